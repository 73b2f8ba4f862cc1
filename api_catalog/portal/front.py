"""The front of the portal: what there is, by field, by age and by who gives it; how to join."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.linkset import LINK
from api_catalog.catalog.search import Facet, Found, Search
from api_catalog.catalog.words import Field
from api_catalog.operations.entries import search_entries
from api_catalog.portal_ports import Portal, TenantShown
from api_catalog.ports import Part
from kit.db import DatabaseUnavailable
from kit.pages.address import base_of
from kit.pages.rendering import Pages

_NEWEST = 6
_TENANTS = 12
_KEYWORDS = 8
_COUNTED = (Facet.FIELD, Facet.KIND, Facet.TENANT, Facet.KEYWORD)


class Front:
    """The pages `/` and `/developers`.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """Both paths."""
        return [
            self._pages.route("/", self.front),
            self._pages.route("/developers", self.developers),
        ]

    async def front(self, request: Request) -> Response:
        """Show what there is; where things are it tells also while the database is away."""
        try:
            found, tenants = await self._found(), await self._tenants()
        except DatabaseUnavailable:
            found, tenants = None, []
        counts = {} if found is None else found.facets
        keywords = list(counts.get(Facet.KEYWORD, {}))[:_KEYWORDS]
        return self._pages.render(
            request,
            "front.html",
            headers={"Link": LINK},
            found=found,
            fields=[(one, counts.get(Facet.FIELD, {}).get(one.value, 0)) for one in Field],
            kinds=counts.get(Facet.KIND, {}),
            keywords=keywords,
            tenants=tenants[:_TENANTS],
            more_tenants=len(tenants) > _TENANTS,
            by_tenant=counts.get(Facet.TENANT, {}),
        )

    async def developers(self, request: Request) -> Response:
        """Show the addresses for programs, and a first query."""
        tenants = await self._tenants()
        example = tenants[0].name if tenants else "default"
        return self._pages.render(
            request,
            "developers.html",
            base=base_of(request),
            example=example,
            crumbs=[],
        )

    async def _found(self) -> Found:
        part = Part(limit=_NEWEST, newest_first=True)
        return await search_entries(self._portal.catalog, ANYBODY, Search(), part, _COUNTED)

    async def _tenants(self) -> list[TenantShown]:
        return list(await self._portal.parties.tenants(after="", limit=_TENANTS + 1))
