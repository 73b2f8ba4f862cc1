"""GET and DELETE /entities, POST /entityOperations/query (§6.4.3.2, §6.4.3.3, §6.23)."""

from broker.api.accept import ENTITY_FORMS, negotiate
from broker.api.answers import page_reply, require_geometry_property_in_geojson
from broker.api.body import read_document
from broker.api.exchange import Reply, json_reply
from broker.api.map_header import map_header, map_reference
from broker.api.problems import problem_of
from broker.api.query_params import PAGING, QUERY, SELECTION, query_request, window
from broker.api.resource import Exchange
from broker.ngsi.query_request import from_query
from broker.operations.purge import Purging, purge_entities
from broker.operations.retrieval import query_entities
from kit.json import JsonValue

_POSTED = PAGING | {"format", "options", "geometryProperty", "local", "lang"}
_PURGE = SELECTION | {"keep", "drop"}


async def query(exchange: Exchange) -> Reply:
    """GET /entities (§6.4.3.2)."""
    params = exchange.parameters(QUERY)
    media_type = negotiate(exchange.incoming.header(b"accept"), ENTITY_FORMS)
    require_geometry_property_in_geojson(params, media_type)
    request, page = query_request(params), window(params, exchange.settings)
    reference = map_reference(exchange.incoming)
    answer = await query_entities(exchange.broker, exchange.call, request, page, reference)
    return await page_reply(exchange, answer, request, page, media_type)


async def query_by_post(exchange: Exchange) -> Reply:
    """POST /entityOperations/query (§6.23.3.1)."""
    params = exchange.parameters(_POSTED)
    media_type = negotiate(exchange.incoming.header(b"accept"), ENTITY_FORMS)
    require_geometry_property_in_geojson(params, media_type)
    page = window(params, exchange.settings)
    document = await read_document(exchange.incoming, what="The Query")
    request = from_query(document.body, query_request(params))
    call, reference = exchange.call.under(document), map_reference(exchange.incoming)
    answer = await query_entities(exchange.broker, call, request, page, reference)
    return await page_reply(exchange, answer, request, page, media_type)


async def purge(exchange: Exchange) -> Reply:
    """DELETE /entities (§6.4.3.3)."""
    params = exchange.parameters(_PURGE)
    purging = Purging(
        request=query_request(params), keep=params.get("keep"), drop=params.get("drop")
    )
    reference = map_reference(exchange.incoming)
    result = await purge_entities(exchange.broker, exchange.call, purging, reference)
    headers = [] if reference is None else [map_header(reference)]
    if not result.errors:
        return Reply(status=204, headers=headers)
    errors: list[JsonValue] = [
        {"entityId": failed.entity_id, "error": problem_of(failed.error)}
        for failed in result.errors
    ]
    content: JsonValue = {"success": list[JsonValue](result.success), "errors": errors}
    return json_reply(content, status=207, headers=headers)
