"""Purge entities: delete all that match, or some of their attributes (§5.6.21)."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.commands import Command, Delete, DropAttributes
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import EntityMapId
from broker.ngsi.errors import BadRequestData, NgsiLdError, ResourceNotFound
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.queries import EntityFilter
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.resolve import resolve_filter
from broker.operations.batch import BatchError, BatchResult
from broker.operations.call import Call, context_of, require
from broker.operations.entity_maps import retrieve_entity_map
from broker.operations.mapped import members_matching
from broker.ports import Broker
from joint_use import Action

_GROUP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purging:
    """Which entities, and what of them: names between commas, one of both or neither.

    Args:
        keep: all attributes go but these.
        drop: these attributes go.
    """

    request: QueryRequest
    keep: str | None = None
    drop: str | None = None


async def purge_entities(
    broker: Broker, call: Call, purging: Purging, reference: EntityMapId | None = None
) -> BatchResult:
    """Delete the matching entities, or attributes of them; of a map, where one is referred to.

    Spec: CIM 009 §5.6.21 (HTTP §6.4.3.3)

    Raises:
        BadRequestData: a part is malformed, too wide, or keep stands beside drop.
        ResourceNotFound: the map is not there any more; nothing is deleted on a guess.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call)
    wanted = resolve_filter(purging.request, context)
    order = _order(purging, context, broker.clock())
    result = BatchResult()
    async with aclosing(_groups(broker, call, wanted, reference)) as groups:
        async for group in groups:
            await _write(broker, call, [order(entity.id) for entity in group], result)
    return result


async def _groups(
    broker: Broker, call: Call, wanted: EntityFilter, reference: EntityMapId | None
) -> AsyncGenerator[Sequence[Entity], None]:
    """Read what is to be purged in groups of bounded size."""
    if reference is not None:
        used = await retrieve_entity_map(broker, call, reference)
        async with aclosing(members_matching(broker, call, wanted, used)) as mapped:
            async for members in mapped:
                yield members
        return
    group: list[Entity] = []
    async with aclosing(broker.entities.every(call.tenant, wanted)) as matches:
        async for entity in matches:
            group.append(entity)
            if len(group) == _GROUP:
                yield group
                group = []
    yield group


def _order(purging: Purging, context: Context, at: datetime) -> Callable[[EntityId], Command]:
    if purging.keep is not None and purging.drop is not None:
        raise BadRequestData("keep stands beside drop; right would be one of them", where="keep")
    names = purging.keep if purging.keep is not None else purging.drop
    if names is None:
        return lambda entity_id: Delete(id=entity_id, at=at)
    attributes = _attributes(names, context)
    keep = purging.keep is not None
    return lambda entity_id: DropAttributes(id=entity_id, at=at, attributes=attributes, keep=keep)


def _attributes(names: str, context: Context) -> frozenset[Iri]:
    if "{" in names:
        raise BadRequestData("A purge does not reach linked entities", where="keep")
    return frozenset(context.attribute(Term(name.strip())) for name in names.split(","))


async def _write(broker: Broker, call: Call, group: Sequence[Command], result: BatchResult) -> None:
    """Write a group; an entity that somebody else deleted meanwhile is gone as asked."""
    outcomes = await broker.entities.write_all(call.tenant, group) if group else []
    for command, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, NgsiLdError) and not isinstance(outcome, ResourceNotFound):
            result.errors.append(BatchError(command.id, outcome))
        else:
            result.success.append(command.id)
