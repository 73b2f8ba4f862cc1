"""Core operations for a caller who may not read or write entities of every type.

For the operations only the stores of entities and entity maps change, as on a Snapshot: what the
caller may not read is not found, not counted and in no list.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn, assert_never

from broker.ngsi.commands import (
    Append,
    Applied,
    Command,
    Create,
    Merge,
    Replace,
    Update,
    Upsert,
)
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import EntityMap, EntityMapId
from broker.ngsi.errors import NgsiLdError, ResourceNotFound
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.selection import (
    AllOf,
    AnyOf,
    AnyType,
    NoneOf,
    OneType,
    OnlyOf,
    TypeSelection,
    matches_types,
)
from broker.ngsi.visibility import Visibility, shows, visibility_of
from broker.operations.call import AccessDenied, Call, require, standing_of
from broker.operations.personal_data import PersonalRecords
from broker.operations.type_scopes import scope_of
from broker.ports import (
    AttributeUse,
    Broker,
    EntityMaps,
    EntityStore,
    EveryGroup,
    Page,
    Standings,
    TypeUse,
)
from joint_use import OPERATOR, Action, Deny, Principal, Tenant, TypeScope
from kit.clock import Clock

_GROUP = 500


def within_visibility(broker: Broker, call: Call) -> Broker:
    """Give the broker as it is for a caller."""
    readable, writable = scope_of(call, Action.READ), scope_of(call, Action.WRITE)
    if readable.is_whole and writable.is_whole:
        return broker
    visibility = visibility_of(
        others=readable.others,
        exceptions=readable.exceptions,
        owners=readable.owners,
        subject=call.principal.subject,
    )
    records = personal_records(broker, call)
    entities = VisibleEntities(broker.entities, visibility, writable, broker.clock, records)
    return replace(broker, entities=entities, maps=VisibleMaps(broker.maps, entities))


async def enter(broker: Broker, tenant: Tenant, principal: Principal) -> tuple[Broker, Call]:
    """Give the broker as it is for a caller in a tenant, and the call to operate with.

    Raises:
        Unavailable: on what decisions rest cannot be known now.
    """
    standing = await standing_of(broker, tenant, principal)
    call = Call(tenant=tenant, principal=principal, standing=standing)
    return within_visibility(broker, call), call


@dataclass(frozen=True, slots=True)
class VisibleEntities:
    """The entities that a caller sees, and may change (port `EntityStore`).

    Args:
        store: all entities.
        visibility: which of them are seen.
        writable: on which types may be written.
        clock: says what is expired.
        records: what is shown, changed and kept back of personal data is recorded before it is
            answered; None: nothing is personal.
    """

    store: EntityStore
    visibility: Visibility
    writable: TypeScope
    clock: Clock
    records: PersonalRecords | None

    async def write(self, tenant: Tenant, command: Command) -> Applied:
        """Apply one command."""
        [guarded] = await self._all_guarded([command])
        try:
            applied = await self.store.write(tenant, guarded)
        except ResourceNotFound as error:
            raise self._absent(command, error) from None
        if self.records is not None:
            await self.records.written([applied])
        return applied

    async def write_all(
        self, tenant: Tenant, commands: Sequence[Command]
    ) -> list[Applied | NgsiLdError]:
        """Apply commands in order."""
        guarded = await self._all_guarded(commands)
        outcomes = await self.store.write_all(tenant, guarded)
        if self.records is not None:
            await self.records.written(outcomes)
        return [
            self._absent(command, outcome) if isinstance(outcome, ResourceNotFound) else outcome
            for command, outcome in zip(commands, outcomes, strict=True)
        ]

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Mapping[EntityId, Entity]:
        """Read the entities there are of these ids."""
        found, seen = await self._looked_up(tenant, ids)
        if self.records is not None:
            await self.records.shown(seen.values())
            await self.records.hidden(found[name] for name in found.keys() - seen.keys())
        return seen

    async def seen_of(self, tenant: Tenant, ids: Sequence[EntityId]) -> Collection[EntityId]:
        """Say which of these ids are of entities that are seen."""
        return (await self._looked_up(tenant, ids))[1].keys()

    async def _looked_up(
        self, tenant: Tenant, ids: Sequence[EntityId]
    ) -> tuple[Mapping[EntityId, Entity], Mapping[EntityId, Entity]]:
        """Answer with the entities there are of these ids, and those of them that are seen."""
        found, now = await self.store.read(tenant, ids), self.clock()
        return found, {
            name: entity for name, entity in found.items() if shows(self.visibility, entity, now)
        }

    async def query(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page:
        """Read one page of the matching entities."""
        page = await self.store.query(tenant, self._seen(wanted), window)
        if self.records is not None:
            await self.records.shown(page.entities)
        return page

    async def explain(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> str:
        """Say how a page would be read."""
        return await self.store.explain(tenant, self._seen(wanted), window)

    async def every(self, tenant: Tenant, wanted: EntityFilter) -> AsyncGenerator[Entity, None]:
        """Read all matching entities."""
        async with aclosing(self.store.every(tenant, self._seen(wanted))) as matches:
            async for entity in self._each_recorded(matches):
                yield entity

    async def _each_recorded(self, matches: AsyncIterator[Entity]) -> AsyncIterator[Entity]:
        """Hand on what is read; the first personal entity is recorded for all that follow."""
        is_recorded = self.records is None
        async for entity in matches:
            if self.records is not None and not is_recorded:
                is_recorded = await self.records.shown([entity])
            yield entity

    @asynccontextmanager
    async def _frozen(self, tenant: Tenant) -> AsyncIterator[EveryGroup]:
        async with self.store.frozen(tenant) as every:
            yield lambda wanted: every(self._seen(wanted))

    def frozen(self, tenant: Tenant) -> AbstractAsyncContextManager[EveryGroup]:
        """Lend what reads all matches of filters as they are at one instant."""
        return self._frozen(tenant)

    async def types(self, tenant: Tenant) -> Sequence[TypeUse]:
        """Read which type combinations there are; not those of which only some entities are seen.

        How many of those there are would tell of others.
        """
        return [use for use in await self.store.types(tenant) if self._is_open(use.types)]

    async def attributes(self, tenant: Tenant) -> Sequence[AttributeUse]:
        """Read which attributes there are, of the same type combinations."""
        return [use for use in await self.store.attributes(tenant) if self._is_open(use.types)]

    def _is_open(self, types: Collection[Iri]) -> bool:
        return matches_types(self.visibility.openly, types)

    def _seen(self, wanted: EntityFilter) -> EntityFilter:
        return replace(wanted, visibility=self.visibility)

    async def _all_guarded(self, commands: Sequence[Command]) -> list[Command]:
        """Let commands count only where the caller may write; who may not is recorded."""
        try:
            return [self._guarded(command) for command in commands]
        except AccessDenied:
            if self.records is not None:
                named = frozenset(type_ for one in commands for type_ in _said_types(one))
                await self.records.refused(Action.WRITE, named)
            raise

    def _guarded(self, command: Command) -> Command:
        """Let a command count only where the caller may write: decided in its transaction.

        Raises:
            AccessDenied: it says that the Entity is of a type that the caller may not write.
        """
        if self.writable.is_whole:
            return command
        for type_ in _said_types(command):
            if not _allows(self.writable, type_):
                _refuse(self.writable, type_)
        allowed = _selection(self.writable)
        types = allowed if command.types is None else AllOf((command.types, allowed))
        return replace(command, types=types)

    def _absent(self, command: Command, error: ResourceNotFound) -> NgsiLdError:
        """Say of what is not seen or may not be written what is said of what is not there."""
        if command.types is None and self.writable.is_whole:
            return error
        return ResourceNotFound(f"Entity {command.id} does not exist")


@dataclass(frozen=True, slots=True)
class VisibleMaps:
    """Entity maps, of which a caller learns the entities that it sees (port `EntityMaps`)."""

    store: EntityMaps
    entities: VisibleEntities

    async def put(self, tenant: Tenant, entity_map: EntityMap) -> None:
        """Store a new one."""
        await self.store.put(tenant, entity_map)

    async def get(self, tenant: Tenant, map_id: EntityMapId) -> EntityMap | None:
        """Find one that has not expired; what is not seen is as if it were removed."""
        found = await self.store.get(tenant, map_id)
        if found is None:
            return None
        seen: set[EntityId] = set()
        for start in range(0, len(found.ids), _GROUP):
            seen.update(await self.entities.seen_of(tenant, found.ids[start : start + _GROUP]))
        members = tuple(one if one in seen else None for one in found.members)
        return replace(found, members=members)

    async def expire(self, tenant: Tenant, map_id: EntityMapId, at: datetime) -> bool:
        """Set when one expires."""
        return await self.store.expire(tenant, map_id, at)

    async def prune(self, tenant: Tenant, map_id: EntityMapId, gone: Collection[EntityId]) -> None:
        """Remove nothing: others may see what this caller does not."""

    async def remove(self, tenant: Tenant, map_id: EntityMapId) -> bool:
        """Delete one."""
        return await self.store.remove(tenant, map_id)


async def hidden_types(standings: Standings | None, tenant: Tenant) -> frozenset[Iri]:
    """Name the types of which nobody is notified: what is personal by the tenant's policy.

    Raises:
        Unavailable: the policy cannot be known now.
    """
    if standings is None:
        return frozenset()
    standing = await standings.of(tenant, OPERATOR)
    return frozenset(map(Iri, standing.policy.personal)) if standing.policy else frozenset()


async def require_whole(broker: Broker, call: Call, action: Action) -> None:
    """Let pass who may act on all types of a tenant: what is elsewhere is not looked through.

    Where some types are personal data it is recorded who is refused, and who changes something.

    Raises:
        AccessDenied: there are types that the caller may not act on so.
        Unavailable: it cannot be recorded now.
    """
    records = personal_records(broker, call)
    try:
        require(call, action)
        _require_whole(call, action)
    except AccessDenied as error:
        if records is not None:
            await records.refused_whole(action, error.refusal)
        raise
    if records is not None:
        await records.passed_on(action)


def _require_whole(call: Call, action: Action) -> None:
    scope = scope_of(call, action)
    if not scope.is_whole:
        refused = sorted(scope.refusals)
        raise AccessDenied(
            scope.refusals[refused[0]]
            if refused
            else Deny(reason=f"Not all entities of tenant {call.tenant.name} may be used so")
        )


async def require_types(
    broker: Broker, call: Call, action: Action, selections: Iterable[TypeSelection]
) -> None:
    """Refuse what asks for nothing but types that the caller may not act on.

    What asks for others too is answered as if there were no entities of these.

    Raises:
        AccessDenied: it may act on none of the types that are asked for.
    """
    scope = scope_of(call, action)
    if scope.is_whole:
        return
    named = [frozenset[Iri]() if isinstance(one, AnyType) else _named(one) for one in selections]
    if not named or not all(named):
        return
    types = frozenset[Iri]().union(*named)
    if types and not any(_allows(scope, type_) for type_ in types):
        records = personal_records(broker, call)
        if records is not None:
            await records.refused(action, types)
        _refuse(scope, min(types))


def personal_records(broker: Broker, call: Call) -> PersonalRecords | None:
    """Give what records decisions on personal data; None: nothing is personal for this call."""
    policy = call.standing.policy
    if broker.audit is None or policy is None or not policy.personal:
        return None
    return PersonalRecords(broker.audit, call)


def _named(selection: TypeSelection) -> frozenset[Iri]:
    match selection:
        case AnyType() | NoneOf():
            return frozenset()
        case OnlyOf(types):
            return types
        case OneType(type_):
            return frozenset({type_})
        case AllOf(parts) | AnyOf(parts):
            return frozenset[Iri]().union(*(_named(part) for part in parts))
        case _:
            assert_never(selection)


def _said_types(command: Command) -> tuple[Iri, ...]:
    if isinstance(command, Create | Upsert | Replace | Merge | Append | Update):
        return command.fragment.types
    return ()


def _allows(scope: TypeScope, type_: Iri) -> bool:
    return type_ in scope.owners or (type_ in scope.exceptions) != scope.others


def _selection(scope: TypeScope) -> TypeSelection:
    types = frozenset(map(Iri, scope.exceptions))
    return NoneOf(types) if scope.others else OnlyOf(types)


def _refuse(scope: TypeScope, type_: Iri) -> NoReturn:
    refusal = scope.refusals.get(type_)
    raise AccessDenied(refusal or Deny(reason=f"Entities of type {type_} may not be used so"))
