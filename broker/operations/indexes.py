"""Indexes that an operator declares, and how a query would be answered (docs/architecture.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broker.ngsi.errors import ResourceNotFound
from broker.ngsi.indexes import DeclaredIndex, IndexStage, read_path, spell
from broker.ngsi.q.paths import path_key
from broker.ngsi.queries import Window
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.resolve import resolve_filter, resolve_ordering
from broker.operations.call import Call, context_of, require
from broker.ports import Broker
from joint_use import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeltIndex:
    """An index as its tenant's operator reads it.

    Args:
        path: in the names of the call's @context.
        key: the same in IRIs.
        filled_to: while it is filled, the id of the last Entity that is indexed.
    """

    path: str
    key: str
    stage: IndexStage
    declared_at: datetime
    filled_to: str

    @classmethod
    def of(cls, index: DeclaredIndex, path: str) -> "SpeltIndex":
        """Put the spelling beside an index."""
        return cls(
            path=path,
            key=path_key(index.path),
            stage=index.stage,
            declared_at=index.declared_at,
            filled_to=index.filled_to,
        )


async def declare_index(broker: Broker, call: Call, path: str) -> SpeltIndex:
    """Let queries find the values of a path by index, as soon as all Entities are in it.

    Raises:
        AccessDenied: the caller may not administer the tenant.
        BadRequestData: the path is malformed.
        Conflict: it is being withdrawn.
    """
    require(call, Action.ADMINISTER)
    context = await context_of(broker, call)
    index = await broker.indexes.declare(call.tenant, read_path(path, context))
    return SpeltIndex.of(index, spell(index.path, context))


async def list_indexes(broker: Broker, call: Call) -> Sequence[SpeltIndex]:
    """List the tenant's indexes, oldest first.

    Raises:
        AccessDenied: the caller may not administer the tenant.
    """
    require(call, Action.ADMINISTER)
    context = await context_of(broker, call)
    found = await broker.indexes.every(call.tenant)
    return [SpeltIndex.of(index, spell(index.path, context)) for index in found]


async def withdraw_index(broker: Broker, call: Call, path: str) -> SpeltIndex:
    """Let queries do without an index, and take it away.

    Raises:
        AccessDenied: the caller may not administer the tenant.
        BadRequestData: the path is malformed.
        ResourceNotFound: there is no such index.
    """
    require(call, Action.ADMINISTER)
    context = await context_of(broker, call)
    index = await broker.indexes.withdraw(call.tenant, read_path(path, context))
    if index is None:
        raise ResourceNotFound(f"Tenant {call.tenant.name} has no index of {path}")
    return SpeltIndex.of(index, spell(index.path, context))


async def explain_query(broker: Broker, call: Call, request: QueryRequest, window: Window) -> str:
    """Say how a query would be answered: where matches are looked for, and the server's plan.

    Raises:
        AccessDenied: the caller may not administer the tenant.
        BadRequestData: a part of the request is malformed, or it is too wide.
    """
    require(call, Action.ADMINISTER)
    context = await context_of(broker, call)
    wanted = resolve_filter(request, context)
    window = replace(window, ordering=resolve_ordering(request, context))
    return await broker.entities.explain(call.tenant, wanted, window)
