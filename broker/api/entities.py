"""/entities and /entities/{id} (§6.4, §6.5)."""

from collections.abc import Mapping
from urllib.parse import quote

from broker.api.accept import ENTITY_FORMS, negotiate
from broker.api.address import BASE_PATH
from broker.api.answers import require_geometry_property_in_geojson, single_reply
from broker.api.body import read_document
from broker.api.exchange import NO_CONTENT, Reply
from broker.api.map_header import map_reference
from broker.api.params import options, parameters
from broker.api.query_params import MAPPING, PRESENTATION, form_of, query_request
from broker.api.resource import Exchange
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import EntityId
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.selection import TypeSelection, parse_selection
from broker.ngsi.values import parse_instant, require_uri
from broker.operations import entities
from broker.operations.call import context_of
from broker.operations.retrieval import retrieve_entity

ENTITY_ID = "entity_id"
_SELECTING = frozenset({"type", "local"})
_RETRIEVAL = PRESENTATION | MAPPING | {"attrs", "type", "datasetId", "local"}
_MERGING = _SELECTING | {"format", "options", "lang", "observedAt"}
_SIMPLIFIED = frozenset({"simplified", "keyValues"})
_PLAIN = QueryRequest()


async def create(exchange: Exchange) -> Reply:
    """POST /entities (§6.4.3.1)."""
    parameters(exchange.incoming.query_string, {"local"})
    document = await read_document(exchange.incoming, what="The Entity")
    entity_id = await entities.create_entity(exchange.broker, exchange.call, document)
    return Reply(status=201, headers=[(b"location", _location(entity_id))])


async def retrieve(exchange: Exchange) -> Reply:
    """GET /entities/{id} (§6.5.3.1)."""
    params = parameters(exchange.incoming.query_string, _RETRIEVAL)
    media_type = negotiate(exchange.incoming.header(b"accept"), ENTITY_FORMS)
    entity_id = entity_id_of(exchange)
    request, types = _PLAIN, None
    if params:
        require_geometry_property_in_geojson(params, media_type)
        types = await type_selection(exchange, params)
        request = query_request({name: params[name] for name in params if name != "type"})
    answer = await retrieve_entity(
        exchange.broker,
        exchange.call,
        entity_id,
        request,
        types,
        map_reference(exchange.incoming),
    )
    return await single_reply(exchange, answer, request, media_type)


async def merge(exchange: Exchange) -> Reply:
    """PATCH /entities/{id} (§6.5.3.4)."""
    params = parameters(exchange.incoming.query_string, _MERGING)
    options(params, _SIMPLIFIED | {"normalized", "concise"})
    entity_id = entity_id_of(exchange)
    observed_at = params.get("observedAt")
    if observed_at is not None:
        parse_instant(observed_at, where="observedAt")
    document = await read_document(exchange.incoming, what="The fragment")
    await entities.merge_entity(
        exchange.broker,
        exchange.call,
        entity_id,
        document,
        types=await type_selection(exchange, params),
        simplified=form_of(params) in _SIMPLIFIED,
        language=params.get("lang"),
        observed_at=observed_at,
    )
    return NO_CONTENT


async def replace(exchange: Exchange) -> Reply:
    """PUT /entities/{id} (§6.5.3.3)."""
    params = parameters(exchange.incoming.query_string, _SELECTING)
    entity_id = entity_id_of(exchange)
    document = await read_document(exchange.incoming, what="The Entity")
    types = await type_selection(exchange, params)
    await entities.replace_entity(exchange.broker, exchange.call, entity_id, document, types)
    return NO_CONTENT


async def delete(exchange: Exchange) -> Reply:
    """DELETE /entities/{id} (§6.5.3.2)."""
    params = parameters(exchange.incoming.query_string, _SELECTING)
    types = await type_selection(exchange, params)
    await entities.delete_entity(exchange.broker, exchange.call, entity_id_of(exchange), types)
    return NO_CONTENT


async def without_id(_: Exchange) -> Reply:
    """PATCH or PUT /entities: the id is missing, which the clause calls bad data (§5.6.17.4)."""
    raise BadRequestData("The URL names no Entity; right would be /entities/{id}", where="path")


def entity_id_of(exchange: Exchange) -> EntityId:
    """The URL's Entity id.

    Raises:
        BadRequestData: it is no URI.
    """
    text = exchange.incoming.segment(ENTITY_ID)
    return EntityId(require_uri(text, what="Entity id", where="path"))


async def type_selection(exchange: Exchange, params: Mapping[str, str]) -> TypeSelection | None:
    """Which types the target must have (§4.17), where the URL says so.

    Raises:
        BadRequestData: it is malformed.
    """
    text = params.get("type")
    if text is None or text == "*":
        return None
    context = await context_of(exchange.broker, exchange.call)
    return parse_selection(text, context.entity_type)


def _location(entity_id: EntityId) -> bytes:
    return f"{BASE_PATH}/entities/{quote(entity_id, safe=_ID_SAFE)}".encode()


_ID_SAFE = ":@!$&'()*+,;=-._~"  # what a segment may hold as it is (RFC 3986 pchar)
