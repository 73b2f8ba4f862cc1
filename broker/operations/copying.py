"""Entities for those who copy them elsewhere: all of one type, or some by id, in IRIs."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from broker.ngsi.names import EntityId, Iri
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.representations import present
from broker.ngsi.selection import OneType
from broker.operations.call import Call, context_of, require
from broker.operations.within_visibility import require_types
from broker.ports import Broker
from joint_use import Action
from kit.json import JsonObject


async def every_entity(broker: Broker, call: Call, type_: str) -> AsyncIterator[JsonObject]:
    """Read all Entities of a type in order of id, normalized, with IRIs for names.

    Holds a connection until the end: who sends them to others keeps them aside first.

    Raises:
        AccessDenied: the caller may not read in the tenant.
    """
    require(call, Action.READ)
    context = await context_of(broker, call)
    wanted = EntityFilter(selectors=(EntitySelector(types=OneType(Iri(type_))),))
    async with aclosing(broker.entities.every(call.tenant, wanted)) as entities:
        async for entity in entities:
            yield present(entity, context)


async def page_of_entities(
    broker: Broker, call: Call, type_: str, *, limit: int, offset: int
) -> tuple[Sequence[JsonObject], int]:
    """Read a part of the Entities of a type in order of id, and how many there are.

    Normalized, with IRIs for names.

    Raises:
        AccessDenied: the caller may not read Entities of this type.
    """
    require(call, Action.READ)
    types = OneType(Iri(type_))
    await require_types(broker, call, Action.READ, [types])
    context = await context_of(broker, call)
    wanted = EntityFilter(selectors=(EntitySelector(types=types),))
    window = Window(limit=limit, offset=offset, count=True)
    page = await broker.entities.query(call.tenant, wanted, window)
    return [present(one, context) for one in page.entities], page.total or 0


async def entities_of_ids(
    broker: Broker, call: Call, ids: Sequence[str]
) -> Mapping[str, JsonObject]:
    """Read the Entities there are of some ids, normalized, with IRIs for names.

    Raises:
        AccessDenied: the caller may not read in the tenant.
    """
    require(call, Action.READ)
    context = await context_of(broker, call)
    found = await broker.entities.read(call.tenant, [EntityId(one) for one in ids])
    return {id_: present(entity, context) for id_, entity in found.items()}


async def count_of_types(broker: Broker, call: Call) -> Mapping[str, int]:
    """Count the Entities of each type.

    Raises:
        AccessDenied: the caller may not read in the tenant.
    """
    require(call, Action.READ)
    counts: dict[str, int] = {}
    for use in await broker.entities.types(call.tenant):
        for type_ in use.types:
            counts[type_] = counts.get(type_, 0) + use.count
    return counts
