"""Signing in at a provider, as browsers go: the way there, and the way back.

Spec: OpenID Connect Core 1.0 §3.1.2
"""

from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.browsers import keep_session
from idp_federation.api.parameters import read_query
from idp_federation.oidc.errors import InvalidRequest, OAuthError
from idp_federation.oidc.profile import PATH
from idp_federation.operations.account_links import finish_link
from idp_federation.operations.attempts import count_visit, give_visit_back
from idp_federation.operations.upstream_offers import begin_own_sign_in, begin_upstream_sign_in
from idp_federation.operations.upstream_sign_in import finish_upstream_sign_in
from idp_federation.operations.upstream_visits import take_back
from idp_federation.pages.desk import Desk, agent_of, sender_of

log = structlog.get_logger(__name__)


class UpstreamPages:
    """Sends browsers to providers and takes them back.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """The paths that lead there and back."""
        route, here = self._desk.pages.route, f"{PATH}/upstream/{{name}}"
        return [route(f"{here}/begin", self.begin), route(f"{here}/callback", self.come_back)]

    async def begin(self, request: Request) -> Response:
        """Send a browser to a provider; from one address not too often."""
        desk, name, asked = self._desk, _name(request), read_query(request)
        browser = desk.browser(request)
        if "interaction" not in asked and "tenant" not in asked:
            raise InvalidRequest("Parameter interaction is missing", where="interaction")
        await count_visit(desk.people, sender_of(request))
        if "interaction" in asked:
            goto = await begin_upstream_sign_in(desk.rp, name, asked["interaction"], browser)
        else:
            goto = await begin_own_sign_in(desk.rp, name, asked["tenant"], browser)
        return desk.go(goto, browser)

    async def come_back(self, request: Request) -> Response:
        """Take a browser back; why an answer does not count is logged, too."""
        try:
            return await self._back(request)
        except OAuthError as error:
            log.info("sign_in_refused", code=error.code, reason=error.detail)
            raise

    async def _back(self, request: Request) -> Response:
        desk, browser = self._desk, self._desk.browser(request)
        returned = await take_back(desk.rp, _name(request), read_query(request), browser)
        if returned.attempt.sid is not None:
            linked = await finish_link(desk.rp, returned, browser)
            asked = {"tenant": returned.attempt.tenant, "notice": linked.value}
            return desk.go(f"{desk.profile.url('account/links')}?{urlencode(asked)}", browser)
        came = await finish_upstream_sign_in(desk.rp, returned, browser, agent=agent_of(request))
        answer = desk.go(came.goto, browser)
        if came.session is not None:
            await give_visit_back(desk.people, sender_of(request))
            keep_session(answer, desk.profile, came.tenant, came.session.cookie)
        return answer


def _name(request: Request) -> str:
    return str(request.path_params["name"])
