"""Add, list, serve and delete @contexts (§5.13)."""

from collections.abc import Sequence
from uuid import uuid4

import orjson

from broker.ngsi import core_context
from broker.ngsi.errors import (
    BadRequestData,
    InvalidRequest,
    LdContextNotAvailable,
    OperationNotSupported,
    ResourceNotFound,
)
from broker.ngsi.stored_contexts import ContextKind, StoredContext
from broker.operations.call import Call, require
from broker.ports import Broker
from joint_use import Action, Tenant
from kit.json import JsonObject, JsonValue


async def add_context(broker: Broker, call: Call, body: JsonObject) -> str:
    """Store a client's @context to be served from here; answers with its local id.

    Spec: CIM 009 §5.13.2
    Raises:
        InvalidRequest: the body holds no @context.
        BadRequestData: what it holds is none.
    """
    require(call, Action.WRITE)
    if "@context" not in body:
        raise InvalidRequest("The body holds no @context", where="/@context")
    await broker.contexts.load(call.tenant, body["@context"])  # proves that it is one
    return await _store(broker, call.tenant, ContextKind.HOSTED, body["@context"])


async def host_implicitly(broker: Broker, call: Call, reference: JsonValue) -> str:
    """Give an inline @context or an array a place to be fetched from; answers with its local id.

    Spec: CIM 009 §5.13.1 (ImplicitlyCreated). The same content is stored once.
    """
    wanted = orjson.dumps(reference, option=orjson.OPT_SORT_KEYS)
    for stored in await broker.shelf.every(call.tenant, ContextKind.IMPLICITLY_CREATED):
        if orjson.dumps(stored.document["@context"], option=orjson.OPT_SORT_KEYS) == wanted:
            return stored.local_id
    return await _store(broker, call.tenant, ContextKind.IMPLICITLY_CREATED, reference)


async def list_contexts(
    broker: Broker, call: Call, kind: ContextKind | None
) -> Sequence[StoredContext]:
    """List the tenant's stored @contexts.

    Spec: CIM 009 §5.13.3
    """
    require(call, Action.READ)
    await broker.contexts.settle(call.tenant)
    return await broker.shelf.every(call.tenant, kind)


async def serve_context(broker: Broker, call: Call, name: str, *, details: bool) -> StoredContext:
    """Find one stored @context, to be served or described.

    Spec: CIM 009 §5.13.4
    Raises:
        ResourceNotFound: there is none of this local id (or URL, of a cached one).
        OperationNotSupported: a cached one's content is asked for.
    """
    require(call, Action.READ)
    await broker.contexts.settle(call.tenant)
    stored = await broker.shelf.get(call.tenant, name) or _built_in(broker, name)
    if stored is None:
        raise _unknown(name)
    if not details and stored.kind is ContextKind.CACHED:
        raise OperationNotSupported(
            f"The @context {name} is cached from {stored.url} and not served from here"
        )
    return stored


async def delete_context(broker: Broker, call: Call, name: str, *, reload: bool) -> None:
    """Delete a stored @context, or download a cached one again.

    Spec: CIM 009 §5.13.5
    Raises:
        ResourceNotFound: there is none of this local id.
        BadRequestData: a reload of what is not cached, or the deletion of the core @context.
        LdContextNotAvailable: the download failed; the old copy stays.
    """
    require(call, Action.WRITE)
    if core_context.is_core(name):
        if not reload:
            raise BadRequestData("The core @context is built in and cannot be deleted")
        return
    stored = await broker.shelf.get(call.tenant, name)
    if reload:
        await _reload(broker, call.tenant, name, stored)
    elif stored is None:
        raise _unknown(name)
    else:
        await broker.shelf.remove(call.tenant, stored.local_id)
    await broker.contexts.forget(call.tenant)


async def _reload(broker: Broker, tenant: Tenant, name: str, stored: StoredContext | None) -> None:
    if stored is None or stored.kind is not ContextKind.CACHED or stored.url is None:
        raise BadRequestData(f"@context {name} is not Cached, so it cannot reload", where="reload")
    try:
        fresh = await broker.contexts.fetch(stored.url)
    except BadRequestData as error:
        raise LdContextNotAvailable(error.detail) from error
    await broker.shelf.put(tenant, fresh)


def _unknown(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"@context {name} does not exist")


def _built_in(broker: Broker, name: str) -> StoredContext | None:
    """A core @context is there like one that was cached when the process started."""
    document = core_context.built_in(name)
    if document is None:
        return None
    return StoredContext(
        local_id=name,
        kind=ContextKind.CACHED,
        document=document,
        created_at=broker.started_at,
        url=name,
    )


async def _store(broker: Broker, tenant: Tenant, kind: ContextKind, context: JsonValue) -> str:
    local_id = f"urn:ngsi-ld:Context:{uuid4()}"
    await broker.shelf.put(
        tenant,
        StoredContext(
            local_id=local_id,
            kind=kind,
            document={"@context": context},
            created_at=broker.clock(),
        ),
    )
    await broker.contexts.forget(tenant)
    return local_id
