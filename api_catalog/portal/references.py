"""The reference of an API: its operations on its page, and each on one of its own."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY, Endpoint
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.reference import Operation, Reference, operation_of, reference_of
from api_catalog.catalog.trying import is_tried
from api_catalog.operations.entries import show_entry
from api_catalog.portal.house import say
from api_catalog.portal.trying import SAMPLE, Trial, trial_of
from api_catalog.portal_ports import Portal
from datamodels import UnknownModel
from kit.json import JsonObject
from kit.pages import refusals
from kit.pages.address import base_of
from kit.pages.language import language_of
from kit.pages.rendering import Pages

_TRYING = {"script-src": "'self'", "connect-src": "'self'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An endpoint with what its document says; None: it has none, or it cannot be had now."""

    endpoint: Endpoint
    reference: Reference | None


class References:
    """The pages `/entries/{key}/operations/{slug}`, and what an API's own page lists.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """The one path."""
        return [self._pages.route("/entries/{key}/operations/{slug}", self.operation)]

    async def described(self, listed: Listed) -> list[Described]:
        """Say of each endpoint what its document lists."""
        return [
            Described(
                endpoint=one,
                reference=None
                if (document := await self._document(one)) is None
                else reference_of(document, one.url),
            )
            for one in listed.entry.endpoints
        ]

    async def operation(self, request: Request) -> Response:
        """Show one operation."""
        listed = await show_entry(self._portal.catalog, ANYBODY, request.path_params["key"])
        slug = request.path_params["slug"]
        for endpoint in listed.entry.endpoints:
            document = await self._document(endpoint)
            found = None if document is None else operation_of(document, endpoint.url, slug)
            if found is not None:
                lang, trial = language_of(request), await self._trial(found)
                return self._pages.render(
                    request,
                    "operation.html",
                    crumbs=[(f"/entries/{listed.entry.key}", say(listed.entry.title, lang))],
                    base=base_of(request),
                    listed=listed,
                    endpoint=endpoint,
                    operation=found,
                    policy={} if trial is None else _TRYING,
                    trial=trial,
                    trial_address=None if trial is None else trial.address,
                )
        raise refusals.not_found()

    async def _trial(self, operation: Operation) -> Trial | None:
        """Prepare an operation to be tried, where this platform has a sandbox."""
        if not is_tried(operation.path) or await self._portal.sandbox.tenant() is None:
            return None
        try:
            return trial_of(operation, self._portal.models.named(SAMPLE))
        except UnknownModel:
            return None

    async def _document(self, endpoint: Endpoint) -> JsonObject | None:
        if endpoint.description is None:
            return None
        return await self._portal.descriptions.of(endpoint.description)
