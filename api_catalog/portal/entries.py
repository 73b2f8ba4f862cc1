"""The page of an entry: what it is, on what terms it is had, and what was changed in it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.words import KINDS, Kind
from api_catalog.operations.entries import show_entry, show_versions
from api_catalog.portal.asked import PATH as SEARCH
from api_catalog.portal.datasets import Datasets, map_policy
from api_catalog.portal.house import say
from api_catalog.portal.references import References
from api_catalog.portal_ports import Portal
from kit.pages.address import base_of
from kit.pages.language import language_of
from kit.pages.rendering import Pages


class EntryPages:
    """The pages `/entries/{key}`.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages
        self._datasets = Datasets(portal, pages)
        self._references = References(portal, pages)

    def routes(self) -> list[Route]:
        """All paths."""
        return [
            self._pages.route("/entries/{key}", self.show),
            *self._datasets.routes(),
            *self._references.routes(),
        ]

    async def show(self, request: Request) -> Response:
        """Show an entry."""
        catalog = self._portal.catalog
        listed = await show_entry(catalog, ANYBODY, request.path_params["key"])
        data = await self._datasets.shown(listed, request)
        is_dataset = listed.entry.kind is Kind.DATASET
        return self._pages.render(
            request,
            "dataset.html" if is_dataset else "api.html",
            policy=map_policy(self._portal.tiles) if data is not None else {},
            crumbs=_above(listed, request),
            base=base_of(request),
            data=data,
            described=[] if is_dataset else await self._references.described(listed),
            tiles=self._portal.tiles,
            one=listed,
            entry=listed.entry,
            versions=await show_versions(catalog, ANYBODY, listed.entry.key),
        )


def _above(listed: Listed, request: Request) -> Sequence[tuple[str, str]]:
    lang, kind = language_of(request), listed.entry.kind
    return [
        (SEARCH, "さがす" if lang == "ja" else "Search"),
        (f"{SEARCH}?kind={kind.value}", say(KINDS[kind], lang)),
    ]
