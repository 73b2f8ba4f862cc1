"""/entities/{id}/attrs and /entities/{id}/attrs/{attr} (§6.6, §6.7)."""

from broker.api.body import read_document
from broker.api.entities import entity_id_of, type_selection
from broker.api.exchange import NO_CONTENT, Reply, json_reply
from broker.api.params import boolean, options, parameters
from broker.api.resource import Exchange
from broker.ngsi.commands import Applied
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import DEFAULT_DATASET, DatasetId, Term
from broker.ngsi.values import require_uri
from broker.operations import attributes
from kit.json import JsonValue

ATTRIBUTE = "attribute"
_SELECTING = frozenset({"type", "local"})


async def append(exchange: Exchange) -> Reply:
    """POST /entities/{id}/attrs (§6.6.3.1)."""
    params = parameters(exchange.incoming.query_string, _SELECTING | {"options"})
    keywords = options(params, {"noOverwrite"})
    entity_id = entity_id_of(exchange)
    document = await read_document(exchange.incoming, what="The fragment")
    applied = await attributes.append_attributes(
        exchange.broker,
        exchange.call,
        entity_id,
        document,
        overwrite="noOverwrite" not in keywords,
        types=await type_selection(exchange, params),
    )
    return _update_reply(applied)


async def update(exchange: Exchange) -> Reply:
    """PATCH /entities/{id}/attrs (§6.6.3.2)."""
    params = parameters(exchange.incoming.query_string, _SELECTING)
    entity_id = entity_id_of(exchange)
    document = await read_document(exchange.incoming, what="The fragment")
    types = await type_selection(exchange, params)
    applied = await attributes.update_attributes(
        exchange.broker, exchange.call, entity_id, document, types
    )
    return _update_reply(applied)


async def partial_update(exchange: Exchange) -> Reply:
    """PATCH /entities/{id}/attrs/{attr} (§6.7.3.1)."""
    params = parameters(exchange.incoming.query_string, _SELECTING)
    entity_id, attribute = entity_id_of(exchange), _attribute_of(exchange)
    document = await read_document(exchange.incoming, what="The attribute fragment")
    types = await type_selection(exchange, params)
    await attributes.partial_attribute_update(
        exchange.broker, exchange.call, entity_id, attribute, document, types
    )
    return NO_CONTENT


async def replace(exchange: Exchange) -> Reply:
    """PUT /entities/{id}/attrs/{attr} (§6.7.3.3)."""
    params = parameters(exchange.incoming.query_string, _SELECTING)
    entity_id, attribute = entity_id_of(exchange), _attribute_of(exchange)
    document = await read_document(exchange.incoming, what="The attribute")
    types = await type_selection(exchange, params)
    await attributes.replace_attribute(
        exchange.broker, exchange.call, entity_id, attribute, document, types
    )
    return NO_CONTENT


async def delete(exchange: Exchange) -> Reply:
    """DELETE /entities/{id}/attrs/{attr} (§6.7.3.2)."""
    params = parameters(exchange.incoming.query_string, _SELECTING | {"datasetId", "deleteAll"})
    await attributes.delete_attribute(
        exchange.broker,
        exchange.call,
        entity_id_of(exchange),
        _attribute_of(exchange),
        dataset_id=_dataset(params.get("datasetId")),
        delete_all=boolean(params, "deleteAll"),
        types=await type_selection(exchange, params),
    )
    return NO_CONTENT


def _attribute_of(exchange: Exchange) -> Term:
    name = exchange.incoming.segment(ATTRIBUTE)
    if name in ("", ".", ".."):
        raise BadRequestData(f"{name!r} is no attribute's name", where="path")
    return Term(name)


def _dataset(text: str | None) -> DatasetId | None:
    if text is None or text == DEFAULT_DATASET:
        return None
    return DatasetId(require_uri(text, what="datasetId", where="datasetId"))


def _update_reply(applied: Applied) -> Reply:
    """204 when all was done; else 207 with an UpdateResult, in full names (§6.3.6)."""
    if not applied.not_updated:
        return NO_CONTENT
    return json_reply(
        {
            "updated": list[JsonValue](applied.updated),
            "notUpdated": [
                {"attributeName": left.attribute, "reason": left.reason}
                for left in applied.not_updated
            ],
        },
        status=207,
    )
