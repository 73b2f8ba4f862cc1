"""Retrieve an Entity, query entities, with the entities they link to (§5.7.1, §5.7.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import EntityMapId
from broker.ngsi.errors import ResourceNotFound
from broker.ngsi.linked import Join, Linking, follow, start, targets
from broker.ngsi.names import EntityId
from broker.ngsi.queries import Window
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.representations import Presentation
from broker.ngsi.resolve import resolve_filter, resolve_ordering, resolve_presentation
from broker.ngsi.selection import TypeSelection, matches_types
from broker.operations.call import Call, context_of, require
from broker.operations.mapped import MapUse, map_for_one, query_by_map
from broker.operations.within_visibility import require_types
from broker.ports import Broker, EntityStore
from joint_use import Action, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a retrieval found, and all that presenting it needs.

    Args:
        entities: in order.
        linked: the entities behind their Relationships, of all levels that were joined.
        join: None where no linked entities were asked for.
        more: whether further pages follow.
        total: how many match in all, where that was asked for.
        map_use: the EntityMap that the request went by, if any.
    """

    entities: Sequence[Entity]
    context: Context
    how: Presentation
    join: Join | None = None
    linked: Mapping[EntityId, Entity]
    more: bool = False
    total: int | None = None
    map_use: MapUse | None = None


async def retrieve_entity(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    request: QueryRequest,
    types: TypeSelection | None,
    reference: EntityMapId | None = None,
) -> Answer:
    """Retrieve one Entity; a map changes nothing of what is stored here (§5.7.1.4).

    Spec: CIM 009 §5.7.1 (HTTP §6.5.3.1)

    Raises:
        BadRequestData: a part of the request is malformed.
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.READ)
    if types is not None:
        await require_types(broker, call, Action.READ, [types])
    context = await context_of(broker, call)
    how = resolve_presentation(request, context, broker.clock())
    found = await broker.entities.read(call.tenant, (entity_id,))
    entity = found.get(entity_id)
    if entity is None or not (types is None or matches_types(types, entity.types)):
        raise ResourceNotFound(f"Entity {entity_id} does not exist")
    join = join_of(request)
    linked = await _linked(broker, call, [entity], how, context, join)
    map_use = await map_for_one(broker, call, request, entity_id, reference)
    return Answer(
        entities=[entity], context=context, how=how, join=join, linked=linked, map_use=map_use
    )


async def query_entities(
    broker: Broker,
    call: Call,
    request: QueryRequest,
    window: Window,
    reference: EntityMapId | None = None,
) -> Answer:
    """Query entities, one page of them; of a map where one is referred to or asked for.

    Spec: CIM 009 §5.7.2 (HTTP §6.4.3.2, §6.23.3.1)

    Raises:
        BadRequestData: a part of the request is malformed, or it is too wide.
        TooComplexQuery, TooManyResults: it costs or answers more than the operator allows.
    """
    require(call, Action.READ)
    context = await context_of(broker, call)
    wanted = resolve_filter(request, context)
    await require_types(broker, call, Action.READ, [each.types for each in wanted.selectors])
    how = resolve_presentation(request, context, broker.clock())
    window = replace(window, ordering=resolve_ordering(request, context))
    map_use = None
    if request.entity_map or reference is not None:
        page, map_use = await query_by_map(broker, call, request, wanted, window, reference)
    else:
        page = await broker.entities.query(call.tenant, wanted, window)
    join = join_of(request)
    return Answer(
        entities=page.entities,
        context=context,
        how=how,
        join=join,
        linked=await _linked(broker, call, page.entities, how, context, join),
        more=page.more,
        total=page.total,
        map_use=map_use,
    )


def join_of(request: QueryRequest) -> Join | None:
    """Read how far linked entities come along; None: they do not."""
    if request.join.mode is None:
        return None
    contained_by = frozenset(EntityId(one) for one in request.join.contained_by)
    return Join(level=request.join.level, contained_by=contained_by)


async def linked_entities(
    store: EntityStore, tenant: Tenant, level: Sequence[Linking], context: Context, join: Join
) -> Mapping[EntityId, Entity]:
    """Read what entities link to, level by level, each level in one go.

    Spec: CIM 009 §4.5.23
    Raises:
        TooManyResults: it is more than the join allows.
    """
    found: dict[EntityId, Entity] = {}
    for _ in range(join.level):
        wanted = [target.id for target in targets(level, context, join, found)]
        if wanted:
            found.update(await store.read(tenant, wanted))
        level = follow(level, context, join, found)
        if not level:
            break
    return found


async def _linked(
    broker: Broker,
    call: Call,
    entities: Sequence[Entity],
    how: Presentation,
    context: Context,
    join: Join | None,
) -> Mapping[EntityId, Entity]:
    """Read the linked entities that a request asks for."""
    if join is None:
        return {}
    return await linked_entities(broker.entities, call.tenant, start(entities, how), context, join)
