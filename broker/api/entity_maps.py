"""/entityMaps and /entityMaps/{id} (§6.32, §6.34)."""

from broker.api.accept import DOCUMENT_FORMS, negotiate
from broker.api.answers import require_geometry_property_in_geojson
from broker.api.body import read_document
from broker.api.contextual import contextual_reply
from broker.api.exchange import NO_CONTENT, Reply
from broker.api.map_header import map_header
from broker.api.params import parameters
from broker.api.query_params import PAGING, QUERY, query_request, window
from broker.api.resource import Exchange
from broker.ngsi.entity_map import EntityMap, EntityMapId, map_document
from broker.ngsi.errors import BadRequestData
from broker.ngsi.query_request import from_query
from broker.ngsi.values import require_uri
from broker.operations import entity_maps
from broker.operations.call import Call, context_of

MAP_ID = "map_id"
_POSTED = PAGING | {"format", "options", "geometryProperty", "local", "lang"}


async def create(exchange: Exchange) -> Reply:
    """GET /entityMaps (§6.34.3.1); what only shapes entities or pages is checked and ignored."""
    params = exchange.parameters(QUERY)
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    require_geometry_property_in_geojson(params, media_type)
    window(params, exchange.settings)
    request = query_request(params)
    made = await entity_maps.create_entity_map(exchange.broker, exchange.call, request)
    return await _created(exchange, exchange.call, made, media_type)


async def create_by_post(exchange: Exchange) -> Reply:
    """POST /entityMaps (§6.34.3.2)."""
    params = exchange.parameters(_POSTED)
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    require_geometry_property_in_geojson(params, media_type)
    window(params, exchange.settings)
    document = await read_document(exchange.incoming, what="The Query")
    request = from_query(document.body, query_request(params))
    call = exchange.call.under(document)
    made = await entity_maps.create_entity_map(exchange.broker, call, request)
    return await _created(exchange, call, made, media_type)


async def retrieve(exchange: Exchange) -> Reply:
    """GET /entityMaps/{id} (§6.32.3.1)."""
    parameters(exchange.incoming.query_string, ())
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    found = await entity_maps.retrieve_entity_map(exchange.broker, exchange.call, _map_id(exchange))
    context = await context_of(exchange.broker, exchange.call)
    return await contextual_reply(exchange, map_document(found), context, media_type)


async def update(exchange: Exchange) -> Reply:
    """PATCH /entityMaps/{id} (§6.32.3.2)."""
    parameters(exchange.incoming.query_string, ())
    map_id = _map_id(exchange)
    document = await read_document(exchange.incoming, what="The EntityMap")
    if document.body.get("id", map_id) != map_id:
        raise BadRequestData("The fragment is of another EntityMap than the URL", where="/id")
    await entity_maps.update_entity_map(exchange.broker, exchange.call, map_id, document.body)
    return NO_CONTENT


async def delete(exchange: Exchange) -> Reply:
    """DELETE /entityMaps/{id} (§6.32.3.3)."""
    parameters(exchange.incoming.query_string, ())
    await entity_maps.delete_entity_map(exchange.broker, exchange.call, _map_id(exchange))
    return NO_CONTENT


async def _created(exchange: Exchange, call: Call, made: EntityMap, media_type: str) -> Reply:
    context = await context_of(exchange.broker, call)
    return await contextual_reply(
        exchange,
        map_document(made),
        context,
        media_type,
        status=201,
        headers=[map_header(made.id)],
    )


def _map_id(exchange: Exchange) -> EntityMapId:
    text = exchange.incoming.segment(MAP_ID)
    return EntityMapId(require_uri(text, what="EntityMap id", where="path"))
