"""What a tenant's own database knows of its usage (joint use's port `TenantCounter`)."""

from datetime import date, timedelta
from uuid import UUID

from broker.store.amounts import NOTHING, Amount
from broker.store.entering import Entering
from broker.store.tenants import TenantDatabases
from joint_use import Storage, Stored, Tenant, TenantCount, WrittenOfDay, japanese_day
from kit.clock import Clock
from kit.db import Connection

_FOLDED = UUID(int=0)
_LONG_AGO = date(1, 1, 1)  # the day of what was stored on days that are kept no more
_DAYS_KEPT = timedelta(days=62)  # the control database keeps them for ever
_MOST_ROWS = 64
_NOTHING_HERE = TenantCount(stored=Stored(entities=0, attributes=0, bytes=0), written=())
_ROWS = """
SELECT day, service, count(*)::int AS rows, sum(changes)::bigint AS changes,
       sum(notifications)::bigint AS notifications, sum(entities)::bigint AS entities,
       sum(attributes)::bigint AS attributes, sum(bytes)::bigint AS bytes
FROM written_amount WHERE tenant = $1 GROUP BY 1, 2 ORDER BY 1, 2"""
# All processes' rows of a day and service into one, old days into one; a process that lives begins
# a new row with its next group.
_FOLD = """
WITH gone AS (DELETE FROM written_amount WHERE tenant = $1 AND (process <> $2 OR day < $3)
    RETURNING *)
SELECT count_written($1, f.day, f.service, $2, f.changes, f.notifications, f.entities,
                     f.attributes, f.bytes)
FROM (
    SELECT CASE WHEN day < $3 THEN $4 ELSE day END AS day,
           CASE WHEN day < $3 THEN '' ELSE service END AS service,
           sum(changes)::bigint AS changes, sum(notifications)::bigint AS notifications,
           sum(entities)::bigint AS entities, sum(attributes)::bigint AS attributes,
           sum(bytes)::bigint AS bytes
    FROM gone GROUP BY 1, 2
) f"""

_COUNT = "SELECT count_written($1, $2, '', $3, 0, $4, $5, $6, $7)"


class StoredUsage:
    """Reads a tenant's usage where its data are.

    Args:
        tenants: lends connections that have entered a tenant.
        clock: says what day it is.
    """

    def __init__(self, tenants: TenantDatabases, clock: Clock) -> None:
        self._entering = Entering(tenants)
        self._clock = clock

    async def count(self, tenant: Tenant) -> TenantCount:
        """Read what the tenant stores and what was written on the days that it still knows.

        Raises:
            Unavailable: the database is away.
        """
        if tenant.storage is Storage.EXTERNAL:
            return _NOTHING_HERE
        async with self._entering.reading(tenant) as connection:
            rows = await connection.fetch(_ROWS, tenant.number)
        if sum(row["rows"] for row in rows) > len(rows) + _MOST_ROWS:
            await self._fold(tenant)
        return TenantCount(
            stored=Stored(
                entities=sum(row["entities"] for row in rows),
                attributes=sum(row["attributes"] for row in rows),
                bytes=sum(row["bytes"] for row in rows),
            ),
            written=tuple(
                WrittenOfDay(
                    day=row["day"],
                    service=row["service"],
                    changes=row["changes"],
                    notifications=row["notifications"],
                )
                for row in rows
                if row["day"] != _LONG_AGO
            ),
        )

    async def _fold(self, tenant: Tenant) -> None:
        oldest = japanese_day(self._clock()) - _DAYS_KEPT
        async with self._entering.writing(tenant) as connection:
            await connection.execute(_FOLD, tenant.number, _FOLDED, oldest, _LONG_AGO)


async def count_beside(
    connection: Connection,
    tenant: int,
    day: date,
    *,
    amount: Amount = NOTHING,
    notifications: int = 0,
) -> None:
    """Count what the platform does of itself, in the transaction that does it."""
    await connection.execute(
        _COUNT,
        tenant,
        day,
        _FOLDED,
        notifications,
        amount.entities,
        amount.attributes,
        amount.bytes,
    )
