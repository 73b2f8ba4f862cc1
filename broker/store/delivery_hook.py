"""Notes, in a write's own transaction, who is to be told of what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from broker.ngsi.change_document import write_change
from broker.ngsi.changes import Change
from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId
from broker.store.groups import new_flush_id
from broker.store.hooks import AfterCommit, Written
from broker.store.inside import Inside
from broker.store.rows import entity_of
from broker.store.subscription_cache import Known, SubscriptionCache
from broker.store.tenants import TenantDatabases
from broker.store.together import Together
from broker.subscription_ports import Deliverer
from joint_use import Tenant
from kit.metrics import counter

# Numbers are drawn in order of position while the entities' rows are locked.
_NUMBER = """
SELECT tenant, position, nextval('matched_change_number') AS number, entity_id, at, body, trace
FROM unnest($1::int[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
    AS row (tenant, position, entity_id, at, body, trace)"""
_NOTE = """
INSERT INTO matched_change (tenant, number, entity_id, at, body, trace)
SELECT entered(row.tenant), number, entity_id, at, body::json, trace FROM numbered AS row"""
_ADD = """
INSERT INTO delivery (tenant, change, subscription, notification)
SELECT entered(row.tenant), numbered.number, row.subscription, row.notification
FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::uuid[])
    AS row (tenant, position, subscription, notification)
JOIN numbered USING (tenant, position)"""
_LINKED = """
SELECT id, kind, created_at, modified_at, expires_at, scopes, document FROM entity
WHERE tenant = $1 AND id = ANY ($2) AND (expires_at IS NULL OR expires_at > now())"""


_DUE = counter("renkei_deliveries_due_total", "Notifications that became due by a write.")


@dataclass(slots=True)
class _Due:
    """The columns of what is to be inserted: of changes, and of what is due of them."""

    entity_ids: list[str] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    subscriptions: list[int] = field(default_factory=list)
    notifications: list[UUID] = field(default_factory=list)

    def add(self, change: Change, trace: str | None, subscriptions: Sequence[int]) -> None:
        self.entity_ids.append(change.entity_id)
        self.instants.append(change.at)
        self.bodies.append(write_change(change))
        self.traces.append(trace)
        for number in subscriptions:
            self.positions.append(len(self.bodies))
            self.subscriptions.append(number)
            self.notifications.append(new_flush_id())

    def add_to(self, together: Together, tenant: int) -> None:
        """Let changes have their numbers, and these and what is due of them be inserted."""
        changes, deliveries = len(self.bodies), len(self.positions)
        together.add(
            "numbered",
            _NUMBER,
            [tenant] * changes,
            range(1, changes + 1),
            self.entity_ids,
            self.instants,
            self.bodies,
            self.traces,
        )
        together.add("noted", _NOTE)
        together.add(
            "due",
            _ADD,
            [tenant] * deliveries,
            self.positions,
            self.subscriptions,
            self.notifications,
        )


class DeliveryHook:
    """Matches changes against the tenant's subscriptions and inserts what is due.

    Args:
        cache: the subscriptions.
        tenants: knows the tenants' kinds.
        deliverer: told before the commit that there will be something to send, and after it.
    """

    def __init__(
        self, cache: SubscriptionCache, tenants: TenantDatabases, deliverer: Deliverer
    ) -> None:
        self._cache = cache
        self._tenants = tenants
        self._deliverer = deliverer

    async def write(
        self, connection: Inside, written: Written, together: Together
    ) -> AfterCommit | None:
        """Write one row per change that somebody is told of, and one per notification."""
        tenant = written.tenant
        known = self._cache.get(tenant)
        if known is None or known.version != written.state.subscription_version:
            known = await self._cache.refresh(connection, tenant)
        if not known.by_number:
            return None
        await together.send()  # numbers are drawn once the rows are locked, new ones too
        due = await self._due(connection, known, written)
        if not due.subscriptions:
            return None
        await self._deliverer.expect(tenant)
        due.add_to(together, tenant.number)
        return partial(self._committed, tenant, due.subscriptions)

    def _committed(self, tenant: Tenant, subscriptions: Sequence[int]) -> None:
        _DUE.of().add(len(subscriptions))
        self._deliverer.committed(tenant, frozenset(subscriptions))

    async def _due(self, connection: Inside, known: Known, written: Written) -> _Due:
        due = _Due()
        linked: dict[EntityId, Entity | None] = {}
        for change, trace in zip(written.changes, written.traces, strict=True):
            while missing := known.index.needs_linked(change, linked):
                await self._read_linked(connection, written.tenant, missing, linked)
            matches = known.index.match(change, linked.get)
            if matches:
                due.add(change, trace, [known.numbers[match.subscription.id] for match in matches])
        return due

    async def _read_linked(
        self,
        connection: Inside,
        tenant: Tenant,
        missing: frozenset[EntityId],
        linked: dict[EntityId, Entity | None],
    ) -> None:
        """Read Entities that conditions on linked ones look at, as they are in this transaction."""
        rows = await connection.fetch(_LINKED, tenant.number, sorted(missing))
        kinds = self._tenants.kinds(tenant)
        if any(kinds.types(row["kind"]) is None for row in rows):
            await kinds.learn(connection, tenant.number)
        linked.update(dict.fromkeys(missing))
        for row in rows:
            linked[row["id"]] = entity_of(row, kinds.types(row["kind"]) or ())
