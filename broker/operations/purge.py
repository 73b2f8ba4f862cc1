"""Purge entities: delete all that match, or some of their attributes (§5.6.21)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.commands import Command, Delete, DropAttributes
from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData, NgsiLdError, ResourceNotFound
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.resolve import resolve_filter
from broker.operations.batch import BatchError, BatchResult
from broker.operations.call import Call, context_of, require
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


async def purge_entities(broker: Broker, call: Call, purging: Purging) -> BatchResult:
    """Delete the matching entities, or attributes of them.

    Spec: CIM 009 §5.6.21 (HTTP §6.4.3.3)

    Raises:
        BadRequestData: a part is malformed, too wide, or keep stands beside drop.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call)
    wanted = resolve_filter(purging.request, context)
    order = _order(purging, context, broker.clock())
    result = BatchResult()
    group: list[Command] = []
    async for entity in broker.entities.every(call.tenant, wanted):
        group.append(order(entity.id))
        if len(group) == _GROUP:
            await _write(broker, call, group, result)
            group = []
    await _write(broker, call, group, result)
    return result


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


async def _write(broker: Broker, call: Call, group: list[Command], result: BatchResult) -> None:
    """Write a group; an entity that somebody else deleted meanwhile is gone as asked."""
    outcomes = await broker.entities.write_all(call.tenant, group) if group else []
    for command, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, NgsiLdError) and not isinstance(outcome, ResourceNotFound):
            result.errors.append(BatchError(command.id, outcome))
        else:
            result.success.append(command.id)
