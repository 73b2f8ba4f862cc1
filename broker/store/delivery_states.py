"""How far subscriptions' notifications are, and dead letters sent again (port `DeliveryStates`)."""

from collections.abc import Collection, Mapping, Sequence

from broker.ngsi.delivery import MOST_COUNTED, DeadLetter, DeliveryState
from broker.ngsi.names import EntityId
from broker.ngsi.subscription import SubscriptionId
from broker.store.tenants import TenantDatabases
from broker.subscription_ports import Deliverer
from joint_use import Tenant

_STATES = """
SELECT s.id, waiting.count AS waiting, oldest.at AS oldest_at, dead.count AS dead_letters,
       o.failing_since, l.window_ends_at, l.next_due, l.owner
FROM subscription s
LEFT JOIN lease l ON l.tenant = $1 AND l.subscription = s.number
LEFT JOIN subscription_outcome o ON o.tenant = $1 AND o.subscription = s.number
CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT 1 FROM delivery d WHERE d.tenant = $1 AND d.subscription = s.number LIMIT $3
    ) counted
) waiting
CROSS JOIN LATERAL (
    SELECT count(*) FROM dead_letter d WHERE d.tenant = $1 AND d.subscription = s.number
) dead
LEFT JOIN LATERAL (
    SELECT c.at FROM delivery d JOIN matched_change c ON c.tenant = $1 AND c.number = d.change
    WHERE d.tenant = $1 AND d.subscription = s.number ORDER BY d.change LIMIT 1
) oldest ON true
WHERE s.tenant = $1 AND s.id = ANY ($2)"""
_DEAD_LETTERS = """
SELECT d.number, d.notification, d.entity_id, d.at, d.died_at, d.cause
FROM dead_letter d JOIN subscription s ON s.tenant = $1 AND s.number = d.subscription
WHERE d.tenant = $1 AND s.id = $2 ORDER BY d.number DESC LIMIT $3"""
_REPLAY = """
WITH back AS (
    DELETE FROM dead_letter d USING subscription s
    WHERE d.tenant = $1 AND s.tenant = $1 AND s.id = $2 AND d.subscription = s.number
      AND ($3::bigint[] IS NULL OR d.number = ANY ($3))
    RETURNING d.subscription, d.number AS old, d.entity_id, d.notification, d.at, d.body
), numbered AS MATERIALIZED (
    SELECT nextval('matched_change_number') AS number, sorted.*
    FROM (SELECT * FROM back ORDER BY old) sorted
), noted AS (
    INSERT INTO matched_change (tenant, number, entity_id, at, body)
    SELECT $1, number, entity_id, now(), body FROM numbered
)
INSERT INTO delivery (tenant, change, subscription, notification)
SELECT $1, number, subscription, notification FROM numbered RETURNING subscription"""


class StoredDeliveryStates:
    """Reads delivery states of tenants.

    Args:
        tenants: lends connections that have entered a tenant.
        deliverer: told of what is to be sent again.
    """

    def __init__(self, tenants: TenantDatabases, deliverer: Deliverer) -> None:
        self._tenants = tenants
        self._deliverer = deliverer

    async def states(
        self, tenant: Tenant, ids: Collection[SubscriptionId]
    ) -> Mapping[SubscriptionId, DeliveryState]:
        """Read how far the notifications of some subscriptions are."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_STATES, tenant.number, list(ids), MOST_COUNTED + 1)
        return {
            row["id"]: DeliveryState(
                waiting=min(row["waiting"], MOST_COUNTED),
                oldest_at=row["oldest_at"],
                dead_letters=row["dead_letters"],
                failing_since=row["failing_since"],
                window_ends_at=row["window_ends_at"],
                next_due=row["next_due"],
                owner=row["owner"],
            )
            for row in rows
        }

    async def dead_letters(
        self, tenant: Tenant, id_: SubscriptionId, limit: int
    ) -> Sequence[DeadLetter]:
        """Read what was given up of a subscription, the latest first."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_DEAD_LETTERS, tenant.number, id_, limit)
        return [
            DeadLetter(
                number=row["number"],
                notification=row["notification"],
                entity_id=EntityId(row["entity_id"]),
                at=row["at"],
                died_at=row["died_at"],
                cause=row["cause"],
            )
            for row in rows
        ]

    async def replay(
        self, tenant: Tenant, id_: SubscriptionId, numbers: Collection[int] | None = None
    ) -> int:
        """Let dead letters be sent again, behind what is waiting; answers with how many."""
        await self._deliverer.expect(tenant)
        wanted = None if numbers is None else list(numbers)
        async with self._tenants.writing(tenant) as connection:
            rows = await connection.fetch(_REPLAY, tenant.number, id_, wanted)
        subscriptions = frozenset(row["subscription"] for row in rows)
        if subscriptions:
            self._deliverer.committed(tenant, subscriptions)
        return len(rows)
