"""The authorization endpoint over HTTP, and where pages send the browser back to.

Spec: OpenID Connect Core 1.0 §3.1.2.1
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.browsers import browser_of, sent_to
from idp_federation.api.parameters import read_form, read_query
from idp_federation.api.problems import for_people
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.profile import PATH
from idp_federation.operations.authorize import authorize, resume
from idp_federation.ports import Provider


def authorization_routes(provider: Provider) -> list[Route]:
    """Make the routes that browsers are sent to."""
    profile = provider.profile

    async def ask(request: Request) -> Response:
        asked = read_query(request) if request.method == "GET" else await read_form(request)
        browser = browser_of(request, profile)
        return sent_to(await authorize(provider, asked, browser), browser, profile)

    async def go_on(request: Request) -> Response:
        name = read_query(request).get("interaction")
        if name is None:
            raise InvalidRequest("Parameter interaction is missing", where="interaction")
        browser = browser_of(request, profile)
        return sent_to(await resume(provider, name, browser), browser, profile)

    return [
        Route(f"{PATH}/authorize", for_people(ask), methods=["GET", "POST"]),
        Route(f"{PATH}/resume", for_people(go_on), methods=["GET"]),
    ]
