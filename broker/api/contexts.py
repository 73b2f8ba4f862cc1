"""/jsonldContexts and /jsonldContexts/{id} (§6.29, §6.30)."""

from broker.api.accept import DOCUMENT_FORMS, negotiate
from broker.api.address import BASE_PATH, context_url
from broker.api.body import as_object, media_type_of, parse_json, read_body
from broker.api.exchange import NO_CONTENT, Reply, json_reply
from broker.api.params import boolean, parameters
from broker.api.resource import Exchange
from broker.ngsi.errors import BadRequestData
from broker.ngsi.stored_contexts import ContextKind, StoredContext, metadata
from broker.operations import contexts
from kit.json import JsonValue

CONTEXT_ID = "context_id"


async def add(exchange: Exchange) -> Reply:
    """POST /jsonldContexts (§6.29.3.1)."""
    parameters(exchange.incoming.query_string, ())
    media_type_of(exchange.incoming, patch=False)
    body = as_object(parse_json(await read_body(exchange.incoming)), "The body")
    local_id = await contexts.add_context(exchange.broker, exchange.call, body)
    location = f"{BASE_PATH}/jsonldContexts/{local_id}".encode()
    return Reply(status=201, headers=[(b"location", location)])


async def list_all(exchange: Exchange) -> Reply:
    """GET /jsonldContexts (§6.29.3.2)."""
    params = parameters(exchange.incoming.query_string, {"details", "kind"})
    details = boolean(params, "details")
    found = await contexts.list_contexts(exchange.broker, exchange.call, _kind(params.get("kind")))
    listed: list[JsonValue] = [
        metadata(stored, url=_url(exchange, stored)) if details else _url(exchange, stored)
        for stored in found
    ]
    return json_reply(listed)


async def serve(exchange: Exchange) -> Reply:
    """GET /jsonldContexts/{id} (§6.30.3.1)."""
    params = parameters(exchange.incoming.query_string, {"details"})
    details = boolean(params, "details")
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    stored = await contexts.serve_context(
        exchange.broker, exchange.call, exchange.incoming.segment(CONTEXT_ID), details=details
    )
    if details:
        return json_reply(metadata(stored, url=_url(exchange, stored)))
    return json_reply(stored.document, media_type=media_type)


async def delete(exchange: Exchange) -> Reply:
    """DELETE /jsonldContexts/{id} (§6.30.3.2)."""
    params = parameters(exchange.incoming.query_string, {"reload"})
    await contexts.delete_context(
        exchange.broker,
        exchange.call,
        exchange.incoming.segment(CONTEXT_ID),
        reload=boolean(params, "reload"),
    )
    return NO_CONTENT


def _kind(text: str | None) -> ContextKind | None:
    if text is None:
        return None
    try:
        return ContextKind(text)
    except ValueError as error:
        known = ", ".join(kind.value for kind in ContextKind)
        raise BadRequestData(
            f"Kind {text!r} is unknown; known are: {known}", where="kind"
        ) from error


def _url(exchange: Exchange, stored: StoredContext) -> str:
    return stored.url or context_url(exchange, stored.local_id)
