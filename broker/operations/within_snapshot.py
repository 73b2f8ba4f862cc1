"""Core operations on a Snapshot instead of live data (§5.5.15).

A Snapshot is stored like a tenant of its own in its tenant's place; so for the operations only the
stores of entities and entity maps change. @contexts stay those of the tenant.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from broker.ngsi.commands import Applied, Command
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import EntityMap, EntityMapId
from broker.ngsi.errors import NgsiLdError, ResourceNotFound, Unavailable
from broker.ngsi.names import EntityId
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.snapshot import SnapshotId, SnapshotStatus
from broker.operations.call import Call
from broker.ports import AttributeUse, Broker, EntityMaps, EntityStore, EveryGroup, Page, TypeUse
from joint_use import Tenant

_USED_S = 1.0  # lastUsedAt is noted so often and no more


async def within_snapshot(broker: Broker, call: Call, snapshot_id: SnapshotId) -> Broker:
    """Give the broker as it is on a Snapshot.

    Spec: CIM 009 §5.5.15 (HTTP §6.3.22)

    Raises:
        ResourceNotFound: the tenant has no such Snapshot.
        Unavailable: it is being prepared still.
    """
    snapshot = await broker.snapshots.get(call.tenant, snapshot_id)
    if snapshot is None:
        raise ResourceNotFound(f"Snapshot {snapshot_id} does not exist", where="NGSILD-Snapshot")
    if snapshot.status is SnapshotStatus.PREPARING or snapshot.number is None:
        broker.snapshot_work.wake(call.tenant)
        raise Unavailable(f"Snapshot {snapshot_id} is being prepared; try again in a moment")
    now = broker.clock()
    if (now - snapshot.last_used_at).total_seconds() > _USED_S:
        await broker.snapshots.use(call.tenant, snapshot_id, now)
    return replace(
        broker,
        entities=SnapshotEntities(broker.entities, snapshot.number),
        maps=SnapshotMaps(broker.maps, snapshot.number),
    )


@dataclass(frozen=True, slots=True)
class SnapshotEntities:
    """The entities of a Snapshot of whichever tenant is asked for (port `EntityStore`)."""

    store: EntityStore
    number: int

    async def write(self, tenant: Tenant, command: Command) -> Applied:
        """Apply one command."""
        return await self.store.write(self._inside(tenant), command)

    async def write_all(
        self, tenant: Tenant, commands: Sequence[Command]
    ) -> list[Applied | NgsiLdError]:
        """Apply commands in order."""
        return await self.store.write_all(self._inside(tenant), commands)

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Mapping[EntityId, Entity]:
        """Read the entities there are of these ids."""
        return await self.store.read(self._inside(tenant), ids)

    async def query(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page:
        """Read one page of the matching entities."""
        return await self.store.query(self._inside(tenant), wanted, window)

    async def explain(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> str:
        """Say how a page would be read."""
        return await self.store.explain(self._inside(tenant), wanted, window)

    def every(self, tenant: Tenant, wanted: EntityFilter) -> AsyncGenerator[Entity, None]:
        """Read all matching entities."""
        return self.store.every(self._inside(tenant), wanted)

    def frozen(self, tenant: Tenant) -> AbstractAsyncContextManager[EveryGroup]:
        """Lend what reads all matches of filters as they are at one instant."""
        return self.store.frozen(self._inside(tenant))

    async def types(self, tenant: Tenant) -> Sequence[TypeUse]:
        """Read which type combinations there are."""
        return await self.store.types(self._inside(tenant))

    async def attributes(self, tenant: Tenant) -> Sequence[AttributeUse]:
        """Read which attributes there are."""
        return await self.store.attributes(self._inside(tenant))

    def _inside(self, tenant: Tenant) -> Tenant:
        return replace(tenant, number=self.number)


@dataclass(frozen=True, slots=True)
class SnapshotMaps:
    """The entity maps of a Snapshot of whichever tenant is asked for (port `EntityMaps`)."""

    store: EntityMaps
    number: int

    async def put(self, tenant: Tenant, entity_map: EntityMap) -> None:
        """Store a new one."""
        await self.store.put(self._inside(tenant), entity_map)

    async def get(self, tenant: Tenant, map_id: EntityMapId) -> EntityMap | None:
        """Find one that has not expired."""
        return await self.store.get(self._inside(tenant), map_id)

    async def expire(self, tenant: Tenant, map_id: EntityMapId, at: datetime) -> bool:
        """Set when one expires."""
        return await self.store.expire(self._inside(tenant), map_id, at)

    async def prune(self, tenant: Tenant, map_id: EntityMapId, gone: Collection[EntityId]) -> None:
        """Remove Entities from one."""
        await self.store.prune(self._inside(tenant), map_id, gone)

    async def remove(self, tenant: Tenant, map_id: EntityMapId) -> bool:
        """Delete one."""
        return await self.store.remove(self._inside(tenant), map_id)

    def _inside(self, tenant: Tenant) -> Tenant:
        return replace(tenant, number=self.number)
