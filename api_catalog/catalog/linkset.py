"""Linksets: where each API's description, documentation, terms and status are.

Spec: RFC 9727 (api-catalog), RFC 9264 (linkset), RFC 8631 (service-desc and its like)
"""

from collections.abc import Iterable, Mapping

from api_catalog.catalog.entry import Endpoint
from api_catalog.catalog.listed import CatalogItself, Listed
from api_catalog.catalog.words import Words
from kit.json import JsonObject, JsonValue

MEDIA_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
OPENAPI = "application/vnd.oai.openapi+json"
WELL_KNOWN = "/.well-known/api-catalog"
LINK = f'<{WELL_KNOWN}>; rel="api-catalog"'
"""What a home page and HEAD of the catalog say (RFC 9727 §2)."""
ASYNCAPI = "application/vnd.aai.asyncapi+json"
_HTML = "text/html"
_JSON_LD = "application/ld+json"


def linkset(
    catalog: CatalogItself, apis: Iterable[Listed], nested: Mapping[str, Words]
) -> JsonObject:
    """Write the linkset of a catalog.

    Args:
        catalog: whose APIs they are.
        apis: entries with endpoints; others are passed over.
        nested: catalogs inside it, by their addresses.
    """
    shown = [(api, endpoint) for api in apis for endpoint in api.entry.endpoints]
    items = [_target(endpoint.url, api.entry.title) for api, endpoint in shown]
    itself: JsonObject = {"anchor": catalog.url}
    if items:
        itself["item"] = list(items)
    if nested:
        itself["api-catalog"] = [_target(url, title) for url, title in nested.items()]
    return {"linkset": [itself, *(_links(catalog, api, endpoint) for api, endpoint in shown)]}


def _links(catalog: CatalogItself, api: Listed, endpoint: Endpoint) -> JsonObject:
    entry = api.entry
    links: JsonObject = {
        "anchor": endpoint.url,
        "service-doc": [{"href": api.page, "type": _HTML, "hreflang": ["ja", "en"]}],
        "service-meta": [{"href": f"{catalog.entries}/{entry.key}.jsonld", "type": _JSON_LD}],
    }
    described = ((endpoint.description, OPENAPI), (endpoint.events, ASYNCAPI))
    descriptions: list[JsonValue] = [
        {"href": url, "type": media_type} for url, media_type in described if url is not None
    ]
    if descriptions:
        links["service-desc"] = descriptions
    if entry.terms is not None:
        links["terms-of-service"] = [{"href": entry.terms}]
    return links


def _target(url: str, title: Words) -> JsonObject:
    """Write one target: `title*` bears a title by its language (RFC 9264 §4.2.4.3)."""
    told: list[JsonValue] = [
        {"value": text, "language": language} for language, text in title.every()
    ]
    return {"href": url, "title": title.ja, "title*": told}
