"""Answers of retrievals written as JSON, JSON-LD or GeoJSON, with paging links (§6.3.10)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from broker.api.contextual import contextual_reply
from broker.api.exchange import GEO_JSON, JSON, Header, Reply
from broker.api.map_header import map_headers
from broker.api.preferences import preferred_version
from broker.api.resource import Exchange
from broker.ngsi.errors import BadRequestData, ResourceNotFound
from broker.ngsi.features import feature, feature_collection
from broker.ngsi.linked import flattened, inline
from broker.ngsi.queries import Window
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.representations import present
from broker.ngsi.versions import fallback
from broker.operations.mapped import MapUse
from broker.operations.retrieval import Answer
from kit.json import JsonObject, JsonValue

_FLAT = "flat"


def require_geometry_property_in_geojson(params: Mapping[str, str], media_type: str) -> None:
    """Check that geometryProperty comes with GeoJSON (§5.7.1.4, §5.7.2.4).

    Raises:
        BadRequestData: it comes with another media type.
    """
    if "geometryProperty" in params and media_type != GEO_JSON:
        raise BadRequestData(
            "geometryProperty is asked for without Accept: application/geo+json",
            where="geometryProperty",
        )


async def single_reply(
    exchange: Exchange, answer: Answer, request: QueryRequest, media_type: str
) -> Reply:
    """Answer with one Entity; with join=flat, and linked ones found, with an array (§6.5.3.1).

    Raises:
        ResourceNotFound: the projection leaves nothing of it.
    """
    documents, is_altered = _conforming(exchange, answer, request, media_type)
    if not documents or not documents[0] or _is_stripped(answer, request):
        raise ResourceNotFound(
            f"Nothing of Entity {answer.entities[0].id} is left by attrs, pick and omit"
        )
    content: JsonValue = documents[0]
    if len(documents) > 1:
        content = _together(documents, media_type)
    return await contextual_reply(
        exchange,
        content,
        answer.context,
        media_type,
        status=203 if is_altered else 200,
        headers=map_headers(answer.map_use),
    )


async def page_reply(
    exchange: Exchange, answer: Answer, request: QueryRequest, page: Window, media_type: str
) -> Reply:
    """Answer with one page of entities (§6.4.3.2)."""
    documents, is_altered = _conforming(exchange, answer, request, media_type)
    use = answer.map_use
    if use is None:
        headers = paging_links(exchange, page, more=answer.more, media_type=media_type)
    else:
        headers = _links_through_map(exchange, page, use, media_type) + map_headers(use)
    if answer.total is not None:
        headers.append((b"ngsild-results-count", b"%d" % answer.total))
    is_new = use is not None and use.is_new
    return await contextual_reply(
        exchange,
        _together(documents, media_type),
        answer.context,
        media_type,
        status=203 if is_altered else 201 if is_new else 200,
        headers=headers,
    )


def paging_links(
    exchange: Exchange, page: Window, *, more: bool, media_type: str = JSON
) -> list[Header]:
    """Link to the next and the previous page, with the query's other parameters (§6.3.10)."""
    links: list[Header] = []
    if more and page.limit:
        links.append(_page_link(exchange, page, page.offset + page.limit, "next", media_type))
    if page.offset:
        before = max(0, page.offset - page.limit)
        links.append(_page_link(exchange, page, before, "prev", media_type))
    return links


def _links_through_map(
    exchange: Exchange, page: Window, use: MapUse, media_type: str
) -> list[Header]:
    """Link to the next and the previous page of an entity map (§5.5.9.3)."""
    links: list[Header] = []
    if use.following is not None and page.limit:
        links.append(_page_link(exchange, page, use.following, "next", media_type))
    if use.preceding is not None:
        links.append(_page_link(exchange, page, use.preceding, "prev", media_type))
    return links


def _page_link(exchange: Exchange, page: Window, offset: int, rel: str, media_type: str) -> Header:
    incoming = exchange.incoming
    target = _parameters_of_page(incoming.query_string, page.limit, offset)
    link = f'<{incoming.path.rstrip("/")}?{target}>;rel="{rel}";type="{media_type}"'
    return (b"link", link.encode())


@lru_cache(maxsize=512)
def _parameters_of_page(query_string: bytes, limit: int, offset: int) -> str:
    """Write the parameters of a query with another page; the same are asked for often."""
    kept = [
        (name, value)
        for name, value in parse_qsl(query_string.decode("ascii"), keep_blank_values=True)
        if name not in ("limit", "offset")
    ]
    return urlencode(sorted([*kept, ("limit", str(limit)), ("offset", str(offset))]), safe=":*")


def _conforming(
    exchange: Exchange, answer: Answer, request: QueryRequest, media_type: str
) -> tuple[list[JsonObject], bool]:
    """Write the entities for the version the client prefers; tell whether that altered them.

    Spec: CIM 009 §4.3.6.8, §6.3.6
    """
    documents = _documents(answer, request, media_type)
    version = None if media_type == GEO_JSON else preferred_version(exchange.incoming)
    if version is None:
        return documents, False
    amended = replace(
        answer,
        entities=[fallback(entity, version, answer.context) for entity in answer.entities],
        linked={
            entity_id: fallback(entity, version, answer.context)
            for entity_id, entity in answer.linked.items()
        },
    )
    conforming = _documents(amended, request, media_type)
    return conforming, conforming != documents


def _documents(answer: Answer, request: QueryRequest, media_type: str) -> list[JsonObject]:
    """Write the entities, in GeoJSON as Features, with linked ones flat behind or inside."""
    if request.join.mode == _FLAT and answer.join is not None:
        linkings = flattened(
            answer.entities, answer.context, answer.how, answer.join, answer.linked
        )
        return [
            feature(one.entity, answer.context, one.how)
            if media_type == GEO_JSON
            else present(one.entity, answer.context, one.how)
            for one in linkings
        ]
    written = []
    for entity in answer.entities:
        document = (
            present(entity, answer.context, answer.how)
            if answer.join is None
            else inline(entity, answer.context, answer.how, answer.join, answer.linked)
        )
        if not document:
            continue  # pick and omit leave nothing of it
        if media_type == GEO_JSON:
            document = feature(entity, answer.context, answer.how, document)
        written.append(document)
    return written


def _together(documents: list[JsonObject], media_type: str) -> JsonValue:
    if media_type == GEO_JSON:
        return feature_collection(documents)
    return list[JsonValue](documents)


def _is_stripped(answer: Answer, request: QueryRequest) -> bool:
    """Tell whether attrs was given and the Entity has none of them (§5.7.1.4)."""
    if not request.attrs:
        return False
    entity = answer.entities[0]
    return not any(iri in entity.attributes for iri in answer.how.attributes or ())
