"""Subscriptions of tenants in PostgreSQL (port `SubscriptionStore`)."""

from collections.abc import Callable
from datetime import datetime

import asyncpg
import orjson

from broker.ngsi.errors import AlreadyExists, QuotaExceeded
from broker.ngsi.queries import Window
from broker.ngsi.subscription import (
    Counters,
    StoredSubscription,
    SubscriptionId,
    content_of,
    endpoint_of,
    with_endpoint,
)
from broker.store.subscription_cache import COLUMNS, place_of, stored_row
from broker.store.tenants import TenantDatabases
from broker.subscription_ports import Deliverer, KeptSubscription, SubscriptionPage
from joint_use import Tenant
from kit.db import Connection
from kit.sealing import Seal

_KEPT = f"""
SELECT {COLUMNS}, o.times_sent, o.times_failed, o.last_notification, o.last_success,
       o.last_failure, o.cause
FROM subscription s
LEFT JOIN subscription_outcome o ON o.tenant = s.tenant AND o.subscription = s.number
WHERE s.tenant = $1"""  # noqa: S608 — the column list is ours
_GET = _KEPT + " AND s.id = $2"
_PAGE = _KEPT + " ORDER BY s.created_at, s.number LIMIT $2 OFFSET $3"
_COUNT = "SELECT count(*) FROM subscription WHERE tenant = $1"
# Who changes subscriptions holds this row until its commit: versions are in the order of commits.
_NEXT_VERSION = """
UPDATE tenant_state SET subscription_version = subscription_version + 1 WHERE tenant = $1
RETURNING subscription_version"""
_PUT = """
INSERT INTO subscription
    (tenant, id, version, content, endpoint, created_at, modified_at, is_periodic)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, id) DO NOTHING RETURNING number"""
_REPLACE = """
UPDATE subscription
SET version = $3, content = $4, endpoint = $5, created_at = $6, modified_at = $7, is_periodic = $8
WHERE tenant = $1 AND id = $2 AND modified_at = $9 RETURNING number"""
_REMOVE = "DELETE FROM subscription WHERE tenant = $1 AND id = $2 RETURNING number"
_REMOVE_TRACES = (
    "DELETE FROM delivery WHERE tenant = $1 AND subscription = $2",
    "DELETE FROM dead_letter WHERE tenant = $1 AND subscription = $2",
    "DELETE FROM subscription_outcome WHERE tenant = $1 AND subscription = $2",
    "DELETE FROM lease WHERE tenant = $1 AND subscription = $2",
)


class StoredSubscriptions:
    """Keeps Subscriptions in the tenant's own database.

    Args:
        tenants: lends connections that have entered a tenant.
        seal: keeps endpoints secret.
        deliverer: told of changes.
        most_of: says at once how many a tenant may have; None: any number.
    """

    def __init__(
        self,
        tenants: TenantDatabases,
        seal: Seal,
        deliverer: Deliverer,
        most_of: Callable[[Tenant], int | None] = lambda _: None,
    ) -> None:
        self._most_of = most_of
        self._tenants = tenants
        self._seal = seal
        self._deliverer = deliverer

    async def put(self, tenant: Tenant, stored: StoredSubscription) -> None:
        """Store a new one; it counts for every write that begins later.

        Raises:
            AlreadyExists: the tenant already holds this id.
        """
        is_periodic = "timeInterval" in stored.document
        if is_periodic:
            await self._deliverer.expect(tenant)
        async with self._tenants.writing(tenant) as connection:
            row = self._row(tenant, stored, await _next_version(connection, tenant))
            number = await connection.fetchval(_PUT, *row)
            if number is None:
                raise AlreadyExists(f"Subscription {stored.id} exists already")
            await self._require_room(connection, tenant)
        self._deliverer.changed(tenant)

    async def _require_room(self, connection: Connection, tenant: Tenant) -> None:
        """Refuse the one that is too many; others wait meanwhile for the next version.

        Raises:
            QuotaExceeded: the tenant has as many as it may have.
        """
        most = self._most_of(tenant)
        if most is not None and await connection.fetchval(_COUNT, tenant.number) > most:
            raise QuotaExceeded(
                f"通知登録数の上限は {most} です。基盤の運営者に相談してください。 / "
                f"The quota of subscriptions is {most}, and all of them are used; ask the "
                "operator of the platform for more, or delete what is not needed",
                where="quota/subscriptions",
            )

    async def get(self, tenant: Tenant, id_: SubscriptionId) -> KeptSubscription | None:
        """Find one."""
        async with self._tenants.reading(tenant) as connection:
            row = await connection.fetchrow(_GET, tenant.number, id_)
        return None if row is None else self._kept(tenant, row)

    async def page(self, tenant: Tenant, window: Window) -> SubscriptionPage:
        """Read one page of them, oldest first."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_PAGE, tenant.number, window.limit + 1, window.offset)
            total = await connection.fetchval(_COUNT, tenant.number) if window.count else None
        return SubscriptionPage(
            kept=[self._kept(tenant, row) for row in rows[: window.limit]],
            more=len(rows) > window.limit,
            total=total,
        )

    async def replace(self, tenant: Tenant, stored: StoredSubscription, *, over: datetime) -> bool:
        """Store one in the place of what was read, modified at `over`; False: it changed since."""
        if "timeInterval" in stored.document:
            await self._deliverer.expect(tenant)
        async with self._tenants.writing(tenant) as connection:
            row = self._row(tenant, stored, await _next_version(connection, tenant))
            number = await connection.fetchval(_REPLACE, *row, over)
        self._deliverer.changed(tenant)
        return number is not None

    async def remove(self, tenant: Tenant, id_: SubscriptionId) -> bool:
        """Delete one and what was still to be sent for it; False: there is none."""
        async with self._tenants.writing(tenant) as connection:
            await _next_version(connection, tenant)
            number = await connection.fetchval(_REMOVE, tenant.number, id_)
            if number is not None:
                for statement in _REMOVE_TRACES:
                    await connection.execute(statement, tenant.number, number)
        self._deliverer.changed(tenant)
        return number is not None

    def _row(
        self, tenant: Tenant, stored: StoredSubscription, version: int
    ) -> tuple[int, str, int, str, bytes, datetime, datetime, bool]:
        content = content_of(with_endpoint(stored, {}))
        sealed = self._seal.close(endpoint_of(stored), place_of(tenant.number, stored.id))
        return (
            tenant.number,
            stored.id,
            version,
            orjson.dumps(content).decode(),
            sealed,
            stored.created_at,
            stored.modified_at,
            "timeInterval" in stored.document,
        )

    def _kept(self, tenant: Tenant, row: asyncpg.Record) -> KeptSubscription:
        return KeptSubscription(
            stored=stored_row(tenant.number, row, self._seal), counters=_counters(row)
        )


async def _next_version(connection: Connection, tenant: Tenant) -> int:
    version: int = await connection.fetchval(_NEXT_VERSION, tenant.number)
    return version


def _counters(row: asyncpg.Record) -> Counters:
    return Counters(
        times_sent=row["times_sent"] or 0,
        times_failed=row["times_failed"] or 0,
        last_notification=row["last_notification"],
        last_success=row["last_success"],
        last_failure=row["last_failure"],
        cause=row["cause"],
    )
