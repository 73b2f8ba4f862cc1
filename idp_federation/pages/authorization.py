"""The authorization endpoint, and where pages send the browser back to.

Spec: OpenID Connect Core 1.0 §3.1.2.1
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.parameters import read_form, read_query
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.profile import PATH
from idp_federation.operations.authorize import authorize, resume
from idp_federation.pages.desk import Desk


class AuthorizationPages:
    """Takes services' requests from browsers; who cannot be sent back is told why on a page.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """The paths that browsers are sent to."""
        route = self._desk.pages.route
        return [
            route(f"{PATH}/authorize", self.ask, methods=("GET", "POST")),
            route(f"{PATH}/resume", self.go_on),
        ]

    async def ask(self, request: Request) -> Response:
        """Answer a request: with a page's address, or the client's."""
        asked = read_query(request) if request.method == "GET" else await read_form(request)
        browser = self._desk.browser(request)
        return self._desk.go(await authorize(self._desk.provider, asked, browser), browser)

    async def go_on(self, request: Request) -> Response:
        """Decide anew after a page has done its part."""
        name = read_query(request).get("interaction")
        if name is None:
            raise InvalidRequest("Parameter interaction is missing", where="interaction")
        browser = self._desk.browser(request)
        return self._desk.go(await resume(self._desk.provider, name, browser), browser)
