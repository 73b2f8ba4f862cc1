"""The page of an entry: what it is, on what terms it is had, and what was changed in it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.words import KINDS
from api_catalog.operations.entries import show_entry, show_versions
from api_catalog.portal.asked import PATH as SEARCH
from api_catalog.portal.house import say
from api_catalog.portal_ports import Portal
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

    def routes(self) -> list[Route]:
        """The one path."""
        return [self._pages.route("/entries/{key}", self.show)]

    async def show(self, request: Request) -> Response:
        """Show an entry."""
        catalog = self._portal.catalog
        listed = await show_entry(catalog, ANYBODY, request.path_params["key"])
        return self._pages.render(
            request,
            "entry.html",
            crumbs=_above(listed, request),
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
