"""/entityOperations/create, upsert, update, merge, delete (§6.14 to §6.17, §6.31)."""

from collections.abc import Sequence

from broker.api.body import (
    context_link,
    media_type_of,
    parse_json,
    read_body,
    split_context,
)
from broker.api.exchange import LD_JSON, NO_CONTENT, Reply, json_reply
from broker.api.params import options, parameters
from broker.api.preferences import prefers_japanese
from broker.api.problems import problem_of
from broker.api.resource import Exchange
from broker.ngsi.errors import BadRequestData, InvalidRequest, NgsiLdError
from broker.operations import batch
from broker.operations.batch import BatchItem, BatchResult
from kit.json import JsonValue


async def create(exchange: Exchange) -> Reply:
    """POST /entityOperations/create (§6.14.3.1): 201 with the ids."""
    parameters(exchange.incoming.query_string, {"local"})
    items = await _items(exchange)
    result = await batch.batch_create(exchange.broker, exchange.call, items)
    return _failed(exchange, result) or json_reply(list[JsonValue](result.created), status=201)


async def upsert(exchange: Exchange) -> Reply:
    """POST /entityOperations/upsert (§6.15.3.1): 201 with the ids created, 204 if none was."""
    params = parameters(exchange.incoming.query_string, {"options", "local"})
    keywords = options(params, {"replace", "update"})
    if keywords == {"replace", "update"}:
        raise InvalidRequest("Options replace and update exclude each other", where="options")
    items = await _items(exchange)
    result = await batch.batch_upsert(
        exchange.broker, exchange.call, items, update="update" in keywords
    )
    if result.errors:
        return _multi_status(exchange, result)
    if result.created:
        return json_reply(list[JsonValue](result.created), status=201)
    return NO_CONTENT


async def update(exchange: Exchange) -> Reply:
    """POST /entityOperations/update (§6.16.3.1); update and replace name what it does anyway."""
    params = parameters(exchange.incoming.query_string, {"options", "local"})
    keywords = options(params, {"noOverwrite", "replace", "update"})
    if len(keywords) > 1:
        raise InvalidRequest("Options of a batch update exclude each other", where="options")
    items = await _items(exchange)
    result = await batch.batch_update(
        exchange.broker, exchange.call, items, overwrite="noOverwrite" not in keywords
    )
    return _failed(exchange, result) or NO_CONTENT


async def merge(exchange: Exchange) -> Reply:
    """POST /entityOperations/merge (§6.31.3.1)."""
    parameters(exchange.incoming.query_string, {"local"})
    result = await batch.batch_merge(exchange.broker, exchange.call, await _items(exchange))
    return _failed(exchange, result) or NO_CONTENT


async def delete(exchange: Exchange) -> Reply:
    """POST /entityOperations/delete (§6.17.3.1)."""
    parameters(exchange.incoming.query_string, {"local"})
    media_type_of(exchange.incoming, patch=False)
    ids = _array(exchange, parse_json(await read_body(exchange.incoming)))
    result = await batch.batch_delete(exchange.broker, exchange.call, ids)
    return _failed(exchange, result) or NO_CONTENT


async def _items(exchange: Exchange) -> Sequence[BatchItem]:
    incoming = exchange.incoming
    media_type = media_type_of(incoming, patch=False)
    link = context_link(incoming.header(b"link"))
    if media_type == LD_JSON and link is not None:
        raise BadRequestData(
            "A Link to a @context stands beside a body of application/ld+json", where="Link"
        )
    values = _array(exchange, parse_json(await read_body(incoming)))
    return [_item(value, position, media_type, link) for position, value in enumerate(values)]


def _array(exchange: Exchange, value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise InvalidRequest("The body is not a JSON array", where="/")
    if not value:
        raise BadRequestData("The body is an empty array", where="/")
    if len(value) > exchange.settings.max_batch:
        raise BadRequestData(
            f"The batch has {len(value)} items; at most {exchange.settings.max_batch} are allowed",
            where="/",
        )
    for position, item in enumerate(value):
        if item is None:
            raise BadRequestData("An item of the batch is null", where=f"/{position}")
    return value


def _item(value: JsonValue, position: int, media_type: str, link: str | None) -> BatchItem:
    where = f"/{position}"
    if not isinstance(value, dict):
        error = BadRequestData("The item is not a JSON object", where=where)
        return BatchItem(entity_id=where, document=error)
    entity_id = value.get("id", value.get("@id"))
    name = entity_id if isinstance(entity_id, str) else where
    try:
        return BatchItem(entity_id=name, document=split_context(value, media_type, link))
    except NgsiLdError as error:
        return BatchItem(entity_id=name, document=error)


def _failed(exchange: Exchange, result: BatchResult) -> Reply | None:
    return _multi_status(exchange, result) if result.errors else None


def _multi_status(exchange: Exchange, result: BatchResult) -> Reply:
    """207 with a BatchOperationResult (§5.2.16)."""
    in_japanese = prefers_japanese(exchange.incoming)
    return json_reply(
        {
            "success": list[JsonValue](result.success),
            "errors": [
                {
                    "entityId": failed.entity_id,
                    "error": problem_of(failed.error, in_japanese=in_japanese),
                }
                for failed in result.errors
            ],
        },
        status=207,
    )
