"""My accounts at other providers: linked, seen and ended by whose they are."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.browsers import drop_session
from idp_federation.oidc.errors import LoginRequired
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.account_links import begin_link, linkable, links_of, unlink
from idp_federation.operations.upstream_visits import offered_upstream
from idp_federation.pages import words
from idp_federation.pages.account import inside_of
from idp_federation.pages.desk import Desk, Errand
from kit.pages.forms import form_of

PAGE = "account/links"


class LinkPages:
    """Links accounts at providers.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """The paths of links."""
        desk, post = self._desk, ("POST",)
        route = desk.pages.route
        return [
            route(f"{PATH}/{PAGE}", inside_of(desk, self._shown)),
            route(f"{PATH}/{PAGE}/begin", inside_of(desk, self._begin), methods=post),
            route(f"{PATH}/{PAGE}/end", inside_of(desk, self._end), methods=post),
        ]

    async def _shown(self, request: Request, errand: Errand, session: Session) -> Response:
        desk = self._desk
        return desk.show(
            request,
            "links.html",
            errand,
            desk.browser(request),
            links=await links_of(desk.rp, session.signed_in.account),
            offered=await linkable(desk.rp, errand.tenant),
            notice=words.NOTICES.get(request.query_params.get("notice", "")),
        )

    async def _begin(self, request: Request, errand: Errand, session: Session) -> Response:
        """Show the way to the provider: a form may not lead to another site by itself."""
        desk, browser = self._desk, self._desk.browser(request)
        name = (await form_of(request, desk.signer)).value("provider")
        upstream = await offered_upstream(desk.rp, name, errand.tenant)
        try:
            onward = await begin_link(desk.rp, session, name, browser)
        except LoginRequired:
            return desk.go(errand.place(PAGE, notice="sign-in-again"), browser)
        return desk.show(
            request, "link_onward.html", errand, browser, upstream=upstream, onward=onward
        )

    async def _end(self, request: Request, errand: Errand, session: Session) -> Response:
        desk, account = self._desk, session.signed_in.account
        name = (await form_of(request, desk.signer)).value("provider")
        factors = await desk.people.factors.of(account)
        ended = await unlink(desk.rp, account, name, has_factors=bool(factors))
        notice = "unlinked" if ended else "only-way"
        answer = desk.go(errand.place(PAGE, notice=notice), desk.browser(request))
        if ended and await desk.session(request, errand.tenant) is None:
            drop_session(answer, desk.profile, errand.tenant)
        return answer
