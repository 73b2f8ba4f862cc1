"""Batch create, upsert, update, merge and delete: each item succeeds or fails alone (§5.6.7 …)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

from broker.ngsi.attributes import Nulls
from broker.ngsi.commands import Append, Applied, Command, Create, Delete, Merge, Upsert
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Fragment
from broker.ngsi.errors import BadRequestData, NgsiLdError
from broker.ngsi.expand import expand_entity, expand_fragment
from broker.ngsi.names import EntityId
from broker.ngsi.values import is_uri
from broker.operations.call import Call, Document, require
from broker.ports import Broker
from joint_use import Action
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One item of a batch as it came: a document, or why it is none."""

    entity_id: str
    document: Document | NgsiLdError


@dataclass(frozen=True, slots=True)
class BatchError:
    """Why one item failed (§5.2.17 BatchEntityError)."""

    entity_id: str
    error: NgsiLdError


@dataclass(slots=True)
class BatchResult:
    """What became of each item, in the order they came (§5.2.16 BatchOperationResult)."""

    success: list[EntityId] = field(default_factory=list)
    created: list[EntityId] = field(default_factory=list)
    errors: list[BatchError] = field(default_factory=list)


_Prepared: TypeAlias = Command | BatchError
_Expand = Callable[[JsonObject, Context], Fragment]
_Order = Callable[[EntityId, Fragment], Command]


async def batch_create(broker: Broker, call: Call, items: Sequence[BatchItem]) -> BatchResult:
    """Create several entities.

    Spec: CIM 009 §5.6.7
    """
    at = broker.clock()
    return await _run(
        broker, call, items, expand_entity, lambda id_, f: Create(id=id_, at=at, fragment=f)
    )


async def batch_upsert(
    broker: Broker, call: Call, items: Sequence[BatchItem], *, update: bool
) -> BatchResult:
    """Create several entities, or replace (or with `update`: append to) those that are there.

    Spec: CIM 009 §5.6.8
    """
    at = broker.clock()
    return await _run(
        broker,
        call,
        items,
        expand_entity,
        lambda id_, f: Upsert(id=id_, at=at, fragment=f, update=update),
    )


async def batch_update(
    broker: Broker, call: Call, items: Sequence[BatchItem], *, overwrite: bool
) -> BatchResult:
    """Append to several entities.

    Spec: CIM 009 §5.6.9
    """
    at = broker.clock()
    return await _run(
        broker,
        call,
        items,
        lambda body, context: expand_fragment(body, context),
        lambda id_, f: Append(id=id_, at=at, fragment=f, overwrite=overwrite),
    )


async def batch_merge(broker: Broker, call: Call, items: Sequence[BatchItem]) -> BatchResult:
    """Merge fragments into several entities.

    Spec: CIM 009 §5.6.20
    """
    at = broker.clock()
    return await _run(
        broker,
        call,
        items,
        lambda body, context: expand_fragment(body, context, nulls=Nulls.MERGE),
        lambda id_, f: Merge(id=id_, at=at, fragment=f),
    )


async def batch_delete(broker: Broker, call: Call, ids: Sequence[JsonValue]) -> BatchResult:
    """Delete several entities.

    Spec: CIM 009 §5.6.10
    """
    require(call, Action.WRITE)
    at = broker.clock()
    prepared: list[_Prepared] = [
        Delete(id=EntityId(id_), at=at)
        if isinstance(id_, str) and is_uri(id_)
        else BatchError(str(id_), BadRequestData(f"Entity id {id_!r} is not a URI"))
        for id_ in ids
    ]
    return await _write(broker, call, prepared)


async def _run(
    broker: Broker, call: Call, items: Sequence[BatchItem], expand: _Expand, order: _Order
) -> BatchResult:
    require(call, Action.WRITE)
    contexts: dict[bytes, Context | NgsiLdError] = {}
    prepared: list[_Prepared] = []
    for item in items:
        document = item.document
        if isinstance(document, NgsiLdError):
            prepared.append(BatchError(item.entity_id, document))
            continue
        key = orjson.dumps(document.context)
        if key not in contexts:
            contexts[key] = await _context(broker, call, document.context)
        prepared.append(_prepare(item, document.body, contexts[key], expand, order))
    return await _write(broker, call, prepared)


async def _context(broker: Broker, call: Call, reference: JsonValue) -> Context | NgsiLdError:
    try:
        return await broker.contexts.load(call.tenant, reference)
    except NgsiLdError as error:
        return error


def _prepare(
    item: BatchItem,
    body: JsonObject,
    context: Context | NgsiLdError,
    expand: _Expand,
    order: _Order,
) -> _Prepared:
    if isinstance(context, NgsiLdError):
        return BatchError(item.entity_id, context)
    try:
        fragment = expand(body, context)
        if fragment.id is None:
            raise BadRequestData("The Entity has no id", where="/id")
    except NgsiLdError as error:
        return BatchError(item.entity_id, error)
    return order(fragment.id, fragment)


async def _write(broker: Broker, call: Call, prepared: Sequence[_Prepared]) -> BatchResult:
    commands = [p for p in prepared if not isinstance(p, BatchError)]
    outcomes = iter(await broker.entities.write_all(call.tenant, commands) if commands else ())
    result = BatchResult()
    for item in prepared:
        if isinstance(item, BatchError):
            result.errors.append(item)
            continue
        outcome = next(outcomes)
        if isinstance(outcome, NgsiLdError):
            result.errors.append(BatchError(item.id, outcome))
            continue
        if outcome.not_updated:
            result.errors.append(BatchError(item.id, _left_alone(outcome)))
            continue
        result.success.append(item.id)
        if outcome.created:
            result.created.append(item.id)
    return result


def _left_alone(outcome: Applied) -> NgsiLdError:
    """An entity of which something was left as it was is told among the errors (§5.6.9)."""
    left = ", ".join(f"{one.attribute}: {one.reason}" for one in outcome.not_updated)
    return BadRequestData(f"Part of the Entity was left as it was: {left}")
