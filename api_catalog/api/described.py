"""OpenAPI and AsyncAPI documents over HTTP: of each house, of each tenant's own API."""

from collections.abc import Awaitable, Callable
from functools import cache

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.api.entries import CallerOf
from api_catalog.api.problems import answering
from api_catalog.catalog.errors import EntryUnknown
from api_catalog.catalog.linkset import ASYNCAPI, OPENAPI
from api_catalog.catalog.openapi import HOUSES, house_document
from api_catalog.operations.outputs import asyncapi_of, openapi_of
from api_catalog.ports import ApiCatalog, HouseDescriptions
from kit.json import JsonObject

_Handler = Callable[[Request], Awaitable[Response]]


class Described:
    """The routes by which machines learn how the APIs are called.

    Args:
        catalog: the ports.
        descriptions: what the houses say.
        caller_of: says who calls.
    """

    def __init__(
        self, catalog: ApiCatalog, descriptions: HouseDescriptions, caller_of: CallerOf
    ) -> None:
        self._catalog = catalog
        self._descriptions = descriptions
        self._caller_of = caller_of
        self._house = cache(self._cut)

    def routes(self) -> list[Route]:
        """List them."""
        handlers: dict[str, _Handler] = {
            "/openapi/{house}.json": self._of_house,
            "/asyncapi.json": self._notifications,
            "/tenants/{tenant}/openapi.json": self._of_tenant,
            "/tenants/{tenant}/asyncapi.json": self._notifications,
        }
        return [
            Route(path, answering(handler), methods=["GET"]) for path, handler in handlers.items()
        ]

    async def _of_house(self, request: Request) -> Response:
        content = self._house(request.path_params["house"])
        if content is None:
            raise EntryUnknown(
                "House does not exist; there are " + ", ".join(one.key for one in HOUSES),
                detail_ja="APIの説明がありません。",
                where="house",
            )
        return Response(content, media_type=OPENAPI)

    def _cut(self, key: str) -> bytes | None:
        for house in HOUSES:
            if house.key == key:
                whole, server = self._descriptions.whole(), self._catalog.pages
                return orjson.dumps(house_document(whole, house, server))
        return None

    async def _of_tenant(self, request: Request) -> Response:
        who = await self._caller_of(request)
        tenant = request.path_params["tenant"]
        document = await openapi_of(self._catalog, self._descriptions, who.reader, tenant)
        return _written(document, OPENAPI)

    async def _notifications(self, request: Request) -> Response:
        who = await self._caller_of(request)
        tenant = request.path_params.get("tenant")
        document = await asyncapi_of(self._catalog, self._descriptions, who.reader, tenant)
        return _written(document, ASYNCAPI)


def _written(document: JsonObject, media_type: str) -> Response:
    return Response(orjson.dumps(document), media_type=media_type)
