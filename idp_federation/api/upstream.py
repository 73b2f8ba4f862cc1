"""Signing in at a provider over HTTP: the way there, the way back, our key, its logouts.

Spec: OpenID Connect Core 1.0 §3.1.2; OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8
"""

from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.browsers import browser_of, keep_session, sent_to
from idp_federation.api.parameters import read_form, read_query
from idp_federation.api.problems import NOT_KEPT, for_clients, for_people
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.profile import PATH
from idp_federation.operations.account_links import finish_link
from idp_federation.operations.upstream_logout import hear_logout
from idp_federation.operations.upstream_offers import begin_own_sign_in, begin_upstream_sign_in
from idp_federation.operations.upstream_sign_in import finish_upstream_sign_in
from idp_federation.operations.upstream_visits import take_back
from idp_federation.operations.upstreams import public_key_of
from idp_federation.relying_party_ports import RelyingParty

log = structlog.get_logger(__name__)

_KEPT = {"cache-control": "public, max-age=300"}


class UpstreamEndpoints:
    """What browsers and providers call.

    Args:
        rp: the ports.
    """

    def __init__(self, rp: RelyingParty) -> None:
        self._rp = rp

    def routes(self) -> list[Route]:
        """Make the routes."""
        here = f"{PATH}/upstream/{{name}}"
        return [
            Route(f"{here}/begin", for_people(self.begin), methods=["GET"]),
            Route(f"{here}/callback", for_people(self.come_back), methods=["GET"]),
            Route(f"{here}/jwks", for_clients(self.key), methods=["GET"]),
            Route(f"{here}/backchannel-logout", for_clients(self.log_out), methods=["POST"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Send a browser to a provider."""
        profile = self._rp.provider.profile
        asked, browser = read_query(request), browser_of(request, profile)
        if "interaction" in asked:
            goto = await begin_upstream_sign_in(
                self._rp, _name(request), asked["interaction"], browser
            )
        elif "tenant" in asked:
            goto = await begin_own_sign_in(self._rp, _name(request), asked["tenant"], browser)
        else:
            raise InvalidRequest("Parameter interaction is missing", where="interaction")
        return sent_to(goto, browser, profile)

    async def come_back(self, request: Request) -> Response:
        """Take a browser back."""
        profile = self._rp.provider.profile
        browser = browser_of(request, profile)
        returned = await take_back(self._rp, _name(request), read_query(request), browser)
        if returned.attempt.sid is not None:
            linked = await finish_link(self._rp, returned, browser)
            asked = {"tenant": returned.attempt.tenant, "notice": linked.value}
            return sent_to(f"{profile.url('account/links')}?{urlencode(asked)}", browser, profile)
        agent = request.headers.get("user-agent", "")
        came = await finish_upstream_sign_in(self._rp, returned, browser, agent=agent)
        answer = sent_to(came.goto, browser, profile)
        if came.session is not None:
            keep_session(answer, profile, came.tenant, came.session.cookie)
        return answer

    async def key(self, request: Request) -> Response:
        """Tell a provider the key that this platform signs with for it."""
        told = await public_key_of(self._rp, _name(request))
        return JSONResponse(told, headers=_KEPT, media_type="application/jwk-set+json")

    async def log_out(self, request: Request) -> Response:
        """Hear that somebody's session at a provider has ended."""
        token = (await read_form(request)).get("logout_token")
        if token is None:
            raise InvalidRequest("Parameter logout_token is missing", where="logout_token")
        ended = await hear_logout(self._rp, _name(request), token)
        log.info("upstream_logout_heard", provider=_name(request), sessions=ended)
        return Response(headers=NOT_KEPT)


def _name(request: Request) -> str:
    return str(request.path_params["name"])
