"""Create, retrieve, update and delete EntityMaps (§5.14)."""

from collections.abc import Iterable
from contextlib import aclosing
from datetime import datetime
from uuid import uuid4

from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import (
    EntityMap,
    EntityMapId,
    MapBounds,
    candidates_only,
    map_expiry,
    question_of,
    updated_expiry,
)
from broker.ngsi.errors import ResourceNotFound, TooManyResults
from broker.ngsi.names import EntityId
from broker.ngsi.ordering import Ordering
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.resolve import resolve_filter, resolve_ordering, resolve_presentation
from broker.operations.call import Call, context_of, require
from broker.operations.within_visibility import require_types
from broker.ports import Broker, Page
from joint_use import Action
from kit.json import JsonObject

_PAGE = 1_000


async def create_entity_map(broker: Broker, call: Call, request: QueryRequest) -> EntityMap:
    """Create a map of the entities that match a query.

    Spec: CIM 009 §5.14.4 (HTTP §6.34.3)

    Raises:
        BadRequestData: a part of the request is malformed, or it is too wide.
        TooComplexQuery, TooManyResults: it costs or answers more than the operator allows.
    """
    require(call, Action.READ)
    context = await context_of(broker, call)
    wanted = resolve_filter(request, context)
    await require_types(broker, call, Action.READ, [each.types for each in wanted.selectors])
    resolve_presentation(request, context, broker.clock())  # says what is wrong with it
    ordering = resolve_ordering(request, context)
    return await make_map(broker, call, request, wanted, ordering)


async def retrieve_entity_map(broker: Broker, call: Call, map_id: EntityMapId) -> EntityMap:
    """Retrieve one map.

    Spec: CIM 009 §5.14.1 (HTTP §6.32.3.1)

    Raises:
        ResourceNotFound: there is none of this id, or it has expired.
    """
    require(call, Action.READ)
    found = await broker.maps.get(call.tenant, map_id)
    if found is None:
        raise _unknown(map_id)
    return found


async def update_entity_map(
    broker: Broker, call: Call, map_id: EntityMapId, fragment: JsonObject
) -> None:
    """Set when a map expires, within the operator's bounds; nothing else of it changes.

    Spec: CIM 009 §5.14.2 (HTTP §6.32.3.2)

    Raises:
        BadRequestData: the fragment is malformed, or another map's.
        ResourceNotFound: there is none of this id, or it has expired.
    """
    found = await retrieve_entity_map(broker, call, map_id)
    expires_at = updated_expiry(fragment, broker.bounds.maps, broker.clock())
    if not await broker.maps.expire(call.tenant, map_id, expires_at or found.expires_at):
        raise _unknown(map_id)


async def delete_entity_map(broker: Broker, call: Call, map_id: EntityMapId) -> None:
    """Delete one map.

    Spec: CIM 009 §5.14.3 (HTTP §6.32.3.3)

    Raises:
        ResourceNotFound: there is none of this id, or it has expired.
    """
    require(call, Action.READ)
    if not await broker.maps.remove(call.tenant, map_id):
        raise _unknown(map_id)


async def make_map(
    broker: Broker,
    call: Call,
    request: QueryRequest,
    wanted: EntityFilter,
    ordering: Ordering | None,
) -> EntityMap:
    """Find the candidates of a query and store them as a map.

    Raises:
        BadRequestData: the suggested lifetime is no duration.
        TooManyResults: there are more than a map may hold.
    """
    suggested = request.entity_map_lifetime
    expires_at = map_expiry(suggested, broker.bounds.maps, broker.clock())
    if request.split_entities and not request.local:
        wanted = candidates_only(wanted)
    ids = await _candidates(broker, call, wanted, ordering)
    return await store_map(broker, call, request, ids, expires_at)


async def store_map(
    broker: Broker,
    call: Call,
    request: QueryRequest,
    ids: Iterable[EntityId],
    expires_at: datetime,
) -> EntityMap:
    """Store a new map of these entities."""
    entity_map = EntityMap(
        id=EntityMapId(f"urn:ngsi-ld:EntityMap:{uuid4()}"),
        members=tuple(ids),
        question=question_of(request, call.context),
        expires_at=expires_at,
    )
    await broker.maps.put(call.tenant, entity_map)
    return entity_map


async def _candidates(
    broker: Broker, call: Call, wanted: EntityFilter, ordering: Ordering | None
) -> Iterable[EntityId]:
    """Read the ids of all matches, in the order asked for, each once."""
    ids: dict[EntityId, None] = {}
    page = await _page(broker, call, wanted, ordering, 0)
    _add(ids, page.entities, broker.bounds.maps)
    if page.more and ordering is None:
        async with aclosing(broker.entities.every(call.tenant, wanted)) as matches:
            async for entity in matches:
                _add(ids, (entity,), broker.bounds.maps)
        return ids
    offset = 0
    while page.more:
        offset += _PAGE
        page = await _page(broker, call, wanted, ordering, offset)
        _add(ids, page.entities, broker.bounds.maps)
    return ids


async def _page(
    broker: Broker, call: Call, wanted: EntityFilter, ordering: Ordering | None, offset: int
) -> Page:
    window = Window(limit=_PAGE, offset=offset, ordering=ordering)
    return await broker.entities.query(call.tenant, wanted, window)


def _add(ids: dict[EntityId, None], entities: Iterable[Entity], bounds: MapBounds) -> None:
    ids.update((entity.id, None) for entity in entities)
    if len(ids) > bounds.members:
        raise TooManyResults(
            f"More than {bounds.members} entities match, too many for an EntityMap; right would "
            "be a narrower query"
        )


def _unknown(map_id: EntityMapId) -> ResourceNotFound:
    return ResourceNotFound(f"EntityMap {map_id} does not exist")
