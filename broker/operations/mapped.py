"""Queries that go by an EntityMap: its entities alone, their filters checked again (§5.5.9.3)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import (
    EntityMap,
    EntityMapId,
    among,
    is_selected,
    map_expiry,
    narrowed,
    question_of,
)
from broker.ngsi.names import EntityId
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.query_request import QueryRequest
from broker.operations.call import Call
from broker.operations.entity_maps import make_map, store_map
from broker.ports import Broker, Page

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MapUse:
    """The map that a request went by.

    Args:
        is_new: it was made for this request.
        following: the offset of the next page; None: there is none.
        preceding: the offset of the page before; None: this is the first.
    """

    id: EntityMapId
    is_new: bool
    following: int | None = None
    preceding: int | None = None


@dataclass(slots=True)
class _Walk:
    """What was found on the way through a map, and where the next page begins."""

    page: list[Entity] = field(default_factory=list)
    gone: list[EntityId] = field(default_factory=list)
    total: int = 0
    following: int | None = None


async def map_for_one(
    broker: Broker,
    call: Call,
    request: QueryRequest,
    entity_id: EntityId,
    reference: EntityMapId | None,
) -> MapUse | None:
    """Answer with the map that a retrieval goes by; None: the client wants none.

    Spec: CIM 009 §5.7.1.4
    """
    if reference is not None and await broker.maps.get(call.tenant, reference) is not None:
        return MapUse(id=reference, is_new=False)
    if reference is None and not request.entity_map:
        return None
    expires_at = map_expiry(request.entity_map_lifetime, broker.bounds.maps, broker.clock())
    made = await store_map(broker, call, request, [entity_id], expires_at)
    return MapUse(id=made.id, is_new=True)


async def query_by_map(
    broker: Broker,
    call: Call,
    request: QueryRequest,
    wanted: EntityFilter,
    window: Window,
    reference: EntityMapId | None,
) -> tuple[Page, MapUse]:
    """Read one page of a map's entities; without a usable reference the map is made first.

    Offsets are places in the map. A place whose Entity is removed stays empty, so that going from
    page to page meets every Entity once. A query that asks something else than the one that made
    the map removes nothing, and its offsets count matches.

    Spec: CIM 009 §5.5.9.3, §5.5.14
    """
    used = None if reference is None else await broker.maps.get(call.tenant, reference)
    is_new = used is None
    if used is None:
        used = await make_map(broker, call, request, wanted, window.ordering)
    if used.question != question_of(request, call.context):
        return await _other_question(broker, call, wanted, window, used)
    walk = await _walk(broker, call, wanted, window, used)
    if walk.gone:
        await broker.maps.prune(call.tenant, used.id, walk.gone)
    use = MapUse(
        id=used.id,
        is_new=is_new,
        following=walk.following,
        preceding=used.before(window.offset, window.limit) if window.offset else None,
    )
    total = walk.total if window.count else None
    return Page(entities=walk.page, more=walk.following is not None, total=total), use


async def members_matching(
    broker: Broker, call: Call, wanted: EntityFilter, entity_map: EntityMap
) -> AsyncGenerator[Sequence[Entity], None]:
    """Read the entities of a map that match, in groups of bounded size.

    Spec: CIM 009 §6.4.3.3 (Table 6.4.3.3-2)
    """
    ids = entity_map.ids
    for start in range(0, len(ids), _CHUNK):
        of_map = narrowed(wanted, ids[start : start + _CHUNK])
        if of_map is not None:
            page = await broker.entities.query(call.tenant, of_map, Window(limit=_CHUNK))
            yield page.entities


async def _walk(
    broker: Broker, call: Call, wanted: EntityFilter, window: Window, used: EntityMap
) -> _Walk:
    """Go through the map until the page is full; to count, through all of it."""
    walk = _Walk()
    place = 0 if window.count else window.offset
    size = _CHUNK if window.count else min(window.limit + 1, _CHUNK)
    while place < len(used.members) and (window.count or walk.following is None):
        chunk = used.members[place : place + size]
        ids = [one for one in chunk if one is not None]
        fitting = await _fitting(broker, call, wanted, ids)
        walk.gone += [one for one in ids if one not in fitting]
        for at, member in enumerate(chunk, place):
            entity = None if member is None else fitting.get(member)
            if entity is not None and is_selected(wanted, entity):
                _take(walk, window, at, entity)
        place += size
        size = _CHUNK
    return walk


def _take(walk: _Walk, window: Window, place: int, entity: Entity) -> None:
    walk.total += 1
    if place < window.offset or walk.following is not None:
        return
    if len(walk.page) == window.limit:
        walk.following = place
    else:
        walk.page.append(entity)


async def _fitting(
    broker: Broker, call: Call, wanted: EntityFilter, ids: Sequence[EntityId]
) -> dict[EntityId, Entity]:
    """Read those of some entities that match, whatever ids the filter itself names."""
    if not ids:
        return {}
    page = await broker.entities.query(call.tenant, among(wanted, ids), Window(limit=len(ids)))
    return {entity.id: entity for entity in page.entities}


async def _other_question(
    broker: Broker, call: Call, wanted: EntityFilter, window: Window, used: EntityMap
) -> tuple[Page, MapUse]:
    """Answer a query that the map was not made for, of the map's entities."""
    page = Page(entities=[], more=False, total=0 if window.count else None)
    of_map = narrowed(wanted, used.ids)
    if of_map is not None:
        page = await broker.entities.query(call.tenant, of_map, window)
    use = MapUse(
        id=used.id,
        is_new=False,
        following=window.offset + window.limit if page.more and window.limit else None,
        preceding=max(0, window.offset - window.limit) if window.offset else None,
    )
    return page, use
