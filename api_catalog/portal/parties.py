"""The pages of who takes part: organisations and tenants, and what they publish."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.search import Facet, Found, Search
from api_catalog.operations.entries import search_entries
from api_catalog.portal.house import path_of
from api_catalog.portal_ports import Portal
from api_catalog.ports import Part
from kit.pages import refusals
from kit.pages.language import language_of
from kit.pages.rendering import Pages

_SHOWN = 50
_TENANTS_A_PAGE = 100


class PartyPages:
    """The pages `/tenants`, `/tenants/{name}` and `/owners/{key}`.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """All paths."""
        route = self._pages.route
        return [
            route("/tenants", self.every),
            route("/tenants/{name}", self.tenant),
            route("/owners/{key}", self.owner),
        ]

    async def every(self, request: Request) -> Response:
        """List who takes part."""
        after = request.query_params.get("after", "").replace("\0", "")
        tenants = await self._portal.parties.tenants(after=after, limit=_TENANTS_A_PAGE + 1)
        found = await self._published(Search(), 1, (Facet.TENANT,))
        return self._pages.render(
            request,
            "tenants.html",
            crumbs=[],
            tenants=tenants[:_TENANTS_A_PAGE],
            following=tenants[_TENANTS_A_PAGE - 1].name if len(tenants) > _TENANTS_A_PAGE else None,
            counts=found.facets[Facet.TENANT],
        )

    async def tenant(self, request: Request) -> Response:
        """Show a tenant."""
        tenant = await self._portal.parties.tenant(request.path_params["name"])
        if tenant is None:
            raise refusals.not_found()
        owner = None if tenant.owner is None else await self._portal.parties.owner(tenant.owner)
        return self._pages.render(
            request,
            "tenant.html",
            crumbs=_above(request),
            tenant=tenant,
            owner=owner,
            found=await self._published(Search(chosen={Facet.TENANT: tenant.name})),
        )

    async def owner(self, request: Request) -> Response:
        """Show an organisation."""
        owner = await self._portal.parties.owner(request.path_params["key"])
        if owner is None:
            return await self._itself(request.path_params["key"])
        return self._pages.render(
            request,
            "owner.html",
            crumbs=_above(request),
            owner=owner,
            tenants=await self._portal.parties.tenants_of(owner.key),
            found=await self._published(Search(chosen={Facet.OWNER: owner.key})),
        )

    async def _itself(self, key: str) -> Response:
        """Lead to the page of who answers for entries without being an organisation."""
        publisher = await self._portal.catalog.owners.find(key)
        if publisher is None:
            raise refusals.not_found()
        return RedirectResponse(path_of(publisher.page), HTTPStatus.SEE_OTHER)

    async def _published(
        self, search: Search, limit: int = _SHOWN, facets: tuple[Facet, ...] = ()
    ) -> Found:
        part = Part(limit=limit, newest_first=True)
        return await search_entries(self._portal.catalog, ANYBODY, search, part, facets)


def _above(request: Request) -> list[tuple[str, str]]:
    return [("/tenants", "参加自治体・組織" if language_of(request) == "ja" else "Participants")]
