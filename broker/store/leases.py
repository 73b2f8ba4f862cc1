"""Who sends a subscription's notifications: one row per subscription, taken over when it dies."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from broker.ngsi.delivery import Lease
from broker.store.entering import Entering
from broker.store.tenants import TenantDatabases
from joint_use import Tenant

_CLAIM = """
INSERT INTO lease AS l (tenant, subscription, owner)
SELECT $1, number, $2 FROM subscription WHERE tenant = $1 AND number = ANY ($3) ORDER BY number
ON CONFLICT (tenant, subscription) DO UPDATE
SET owner = excluded.owner, fencing = l.fencing + 1 WHERE l.owner = ANY ($4)"""
_TAKE_OVER = """
UPDATE lease SET owner = $2, fencing = fencing + 1
WHERE tenant = $1 AND subscription IN (
    SELECT subscription FROM lease WHERE tenant = $1 AND owner <> ALL ($3)
    ORDER BY subscription FOR UPDATE SKIP LOCKED)"""
# Nobody's: left between a commit and the first claim.
_ADOPT = """
INSERT INTO lease (tenant, subscription, owner)
SELECT $1, s.number, $2 FROM subscription s
WHERE s.tenant = $1
  AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.subscription = s.number)
  AND (s.is_periodic
       OR EXISTS (SELECT 1 FROM delivery d WHERE d.tenant = $1 AND d.subscription = s.number))
ORDER BY s.number ON CONFLICT DO NOTHING"""
_READ = """
SELECT l.subscription, l.owner, l.fencing, l.window_ends_at, l.next_due, o.failing_since
FROM lease l
LEFT JOIN subscription_outcome o ON o.tenant = l.tenant AND o.subscription = l.subscription
WHERE l.tenant = $1"""
_OF_SUBSCRIPTIONS = _READ + " AND l.subscription = ANY ($2)"
_OF_OWNER = _READ + " AND l.owner = $2"


class PostgresLeases:
    """The leases of tenants.

    Args:
        tenants: lends connections that have entered a tenant.
    """

    def __init__(self, tenants: TenantDatabases) -> None:
        self._tenants = Entering(tenants)

    async def claim(
        self,
        tenant: Tenant,
        owner: UUID,
        subscriptions: Collection[int],
        dead: Collection[UUID] = (),
    ) -> Sequence[Lease]:
        """Become the owner where there is none, or a dead one; answers with all these leases."""
        wanted = sorted(subscriptions)
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_CLAIM, tenant.number, owner, wanted, list(dead))
            rows = await connection.fetch(_OF_SUBSCRIPTIONS, tenant.number, wanted)
        return [_lease(row) for row in rows]

    async def take_over(
        self, tenant: Tenant, owner: UUID, alive: Collection[UUID]
    ) -> Sequence[Lease]:
        """Become the owner of all whose owner does not live; answers with all leases of ours."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_TAKE_OVER, tenant.number, owner, list(alive))
            await connection.execute(_ADOPT, tenant.number, owner)
            rows = await connection.fetch(_OF_OWNER, tenant.number, owner)
        return [_lease(row) for row in rows]


def _lease(row: asyncpg.Record) -> Lease:
    return Lease(
        subscription=row["subscription"],
        owner=row["owner"],
        fencing=row["fencing"],
        window_ends_at=row["window_ends_at"],
        next_due=row["next_due"],
        failing_since=row["failing_since"],
    )
