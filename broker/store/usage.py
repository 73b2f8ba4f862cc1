"""What a tenant's own database knows of its usage (joint use's port `TenantCounter`)."""

from datetime import timedelta
from uuid import UUID

from broker.store.amounts import Amount
from broker.store.entering import Entering
from broker.store.tenants import TenantDatabases
from joint_use import Stored, Tenant, TenantCount, WrittenOfDay, japanese_day
from kit.clock import Clock
from kit.db import Connection

_FOLDED = UUID(int=0)
_DAYS_KEPT = timedelta(days=62)  # the control database keeps them for ever
_MOST_ROWS = 16
_STORED = """
SELECT count(*)::int AS rows, coalesce(sum(entities), 0)::bigint AS entities,
       coalesce(sum(attributes), 0)::bigint AS attributes, coalesce(sum(bytes), 0)::bigint AS bytes
FROM stored_amount WHERE tenant = $1"""
_WRITTEN = """
SELECT day, service, sum(changes)::bigint AS changes, sum(notifications)::bigint AS notifications
FROM written_amount WHERE tenant = $1 GROUP BY 1, 2 ORDER BY 1, 2"""
_ADD = """
INSERT INTO stored_amount AS s (tenant, process, entities, attributes, bytes)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, process) DO UPDATE
SET entities = s.entities + excluded.entities, attributes = s.attributes + excluded.attributes,
    bytes = s.bytes + excluded.bytes"""
# Rows of all processes into one; a process that lives begins a new one with its next group.
_FOLD_STORED = """
WITH gone AS (DELETE FROM stored_amount WHERE tenant = $1 AND process <> $2
    RETURNING entities, attributes, bytes)
INSERT INTO stored_amount AS s (tenant, process, entities, attributes, bytes)
SELECT $1, $2, sum(entities), sum(attributes), sum(bytes) FROM gone HAVING count(*) > 0
ON CONFLICT (tenant, process) DO UPDATE
SET entities = s.entities + excluded.entities, attributes = s.attributes + excluded.attributes,
    bytes = s.bytes + excluded.bytes"""
_FOLD_WRITTEN = """
WITH gone AS (DELETE FROM written_amount WHERE tenant = $1 AND process <> $2
    RETURNING day, service, changes, notifications)
INSERT INTO written_amount AS w (tenant, day, service, process, changes, notifications)
SELECT $1, day, service, $2, sum(changes), sum(notifications) FROM gone GROUP BY day, service
ON CONFLICT (tenant, day, service, process) DO UPDATE
SET changes = w.changes + excluded.changes,
    notifications = w.notifications + excluded.notifications"""
_FORGET = "DELETE FROM written_amount WHERE tenant = $1 AND day < $2"


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
        async with self._entering.reading(tenant) as connection:
            [stored] = await connection.fetch(_STORED, tenant.number)
            written = await connection.fetch(_WRITTEN, tenant.number)
        if stored["rows"] > _MOST_ROWS:
            await self._fold(tenant)
        return TenantCount(
            stored=Stored(
                entities=stored["entities"], attributes=stored["attributes"], bytes=stored["bytes"]
            ),
            written=tuple(WrittenOfDay(**dict(row)) for row in written),
        )

    async def _fold(self, tenant: Tenant) -> None:
        async with self._entering.writing(tenant) as connection:
            await connection.execute(_FOLD_STORED, tenant.number, _FOLDED)
            await connection.execute(_FOLD_WRITTEN, tenant.number, _FOLDED)
            await connection.execute(
                _FORGET, tenant.number, japanese_day(self._clock()) - _DAYS_KEPT
            )


async def add_stored(connection: Connection, tenant: int, more: Amount) -> None:
    """Add to what a tenant stores, in the transaction of whoever writes beside the lanes."""
    await connection.execute(_ADD, tenant, _FOLDED, more.entities, more.attributes, more.bytes)
