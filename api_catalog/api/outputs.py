"""The catalog for machines: /.well-known/api-catalog, DCAT pages, CKAN's read API."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api_catalog.api.ckan_actions import Actions
from api_catalog.api.entries import Caller, CallerOf
from api_catalog.api.problems import answering, status_of
from api_catalog.catalog import ckan
from api_catalog.catalog.dcat import catalog_document, entry_document
from api_catalog.catalog.errors import CatalogError, InvalidEntry
from api_catalog.catalog.linkset import LINK, MEDIA_TYPE, WELL_KNOWN, linkset
from api_catalog.operations.entries import show_entry
from api_catalog.operations.outputs import (
    dcat_page,
    itself,
    linked_apis,
    nested_catalogs,
)
from api_catalog.ports import ApiCatalog
from kit.json import JsonObject

_ACTIONS = "/api/3/action/{action}"
_UNVERSIONED = "/api/action/{action}"  # as CKAN's own client asks
_MOST_BYTES = 1 << 16  # of the parameters of an action
_MOST_DIGITS = 7  # of a page's number
_JSON = "application/json"
_JSON_LD = "application/ld+json"
_Handler = Callable[[Request, Caller], Awaitable[Response]]


class Outputs:
    """The routes by which machines read the catalog.

    Args:
        catalog: the ports.
        caller_of: says who calls.
    """

    def __init__(self, catalog: ApiCatalog, caller_of: CallerOf) -> None:
        self._catalog = catalog
        self._caller_of = caller_of
        self._actions = Actions(catalog)

    def routes(self) -> list[Route]:
        """List them; what is under /tenants is one tenant's part of the same."""
        pages: dict[str, _Handler] = {
            WELL_KNOWN: self._linkset,
            "/tenants/{tenant}/api-catalog": self._linkset,
            "/catalog/catalog.jsonld": self._page,
            "/tenants/{tenant}/catalog.jsonld": self._page,
            "/catalog/entries/{key}.jsonld": self._entry,
            _ACTIONS: self._ckan,
            _UNVERSIONED: self._ckan,
        }
        return [
            *(
                Route(path, self._answering(handler), methods=["GET"])
                for path, handler in pages.items()
            ),
            *(
                Route(path, self._answering(self._ckan), methods=["POST"])
                for path in (_ACTIONS, _UNVERSIONED)
            ),
        ]

    def _answering(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await handler(request, await self._caller_of(request))

        return answering(answer)

    async def _linkset(self, request: Request, who: Caller) -> Response:
        tenant = request.path_params.get("tenant")
        own = await itself(self._catalog, tenant)
        apis = await linked_apis(self._catalog, who.reader, tenant)
        nested = {} if tenant else await nested_catalogs(self._catalog, who.reader)
        document = linkset(own, apis, nested)
        return _written(document, MEDIA_TYPE, {"Link": LINK})

    async def _page(self, request: Request, who: Caller) -> Response:
        tenant = request.path_params.get("tenant")
        number = _page_number(request.query_params.get("page", "1"))
        own = await itself(self._catalog, tenant)
        listed, page = await dcat_page(self._catalog, who.reader, tenant, number)
        return _written(catalog_document(own, listed, page), _JSON_LD)

    async def _entry(self, request: Request, who: Caller) -> Response:
        listed = await show_entry(self._catalog, who.reader, request.path_params["key"])
        own = await itself(self._catalog, None)
        return _written(entry_document(listed, own.entries), _JSON_LD)

    async def _ckan(self, request: Request, who: Caller) -> Response:
        action = request.path_params["action"]
        base = self._catalog.pages
        try:
            parameters = await _parameters(request)
            result = await self._actions.run(action, parameters, who.reader)
        except CatalogError as error:
            kind = "Validation Error" if isinstance(error, InvalidEntry) else "Not Found Error"
            status = 409 if isinstance(error, InvalidEntry) else status_of(error).value
            return JSONResponse(ckan.refusal(action, base, kind, error.detail), status)
        return _written(ckan.answer(action, base, result), _JSON)


def _written(
    document: JsonObject, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Write a document that may be long."""
    return Response(orjson.dumps(document), media_type=media_type, headers=headers)


async def _parameters(request: Request) -> Mapping[str, str]:
    """Read an action's parameters: of the address, or of a JSON object, as clients of CKAN send."""
    if request.method != "POST":
        return dict(request.query_params)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            break
    try:
        given = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or len(body) > _MOST_BYTES:
        raise InvalidEntry(
            f"Body is no JSON object of at most {_MOST_BYTES} bytes",
            detail_ja="本文は JSON オブジェクトにしてください。",
        )
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in given.items()
        if value is not None
    }


def _page_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
    if number > 0:
        return number
    raise InvalidEntry(
        "Parameter page is no number of a page; right is 1, 2, 3 …",
        detail_ja="page には 1 以上の整数を指定してください。",
        where="page",
    )
