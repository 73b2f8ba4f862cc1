"""Signing out, asked for by a client or by the person herself.

Spec: OpenID Connect RP-Initiated Logout 1.0 §2
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.browsers import drop_session, set_cookie
from idp_federation.api.parameters import read_form, read_query
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.cookies import Browser, browser_cookie
from idp_federation.oidc.profile import PATH
from idp_federation.operations.logout import SignedOut, sign_out
from idp_federation.pages.desk import BROWSER_FOR_S, Desk


class SignOutPages:
    """Signs people out.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """The one path, for clients and people."""
        return [self._desk.pages.route(f"{PATH}/logout", self.leave, methods=("GET", "POST"))]

    async def leave(self, request: Request) -> Response:
        """Sign somebody out, after asking her where no client vouches that she means it.

        A confirmation counts only where it was posted: a link has none of the page's own. The
        form carries a mark of this browser's instead of the usual token, for clients post here too.
        """
        desk = self._desk
        asked = read_query(request) if request.method == "GET" else await read_form(request)
        browser = desk.browser(request)
        meant = asked if request.method == "POST" else {**asked, "confirm": ""}
        done = await sign_out(desk.provider, meant, browser)
        if done.confirm is not None:
            return self._ask(request, browser, done, asked)
        if done.return_to is None:
            answer = desk.pages.render(request, "signed_out.html")
        else:
            answer = desk.go(done.return_to, browser)
        for tenant in done.ended:
            drop_session(answer, desk.profile, tenant)
        return answer

    def _ask(
        self, request: Request, browser: Browser, done: SignedOut, asked: Parameters
    ) -> Response:
        desk = self._desk
        parts = urlsplit(done.return_to or "")
        elsewhere = f" {parts.scheme}://{parts.netloc}" if done.return_to else ""
        answer = desk.pages.render(
            request,
            "sign_out.html",
            policy={"form-action": f"'self'{elsewhere}"},
            headers={"Cache-Control": "no-store"},
            kept={**asked, "confirm": done.confirm or ""},
        )
        named = browser_cookie(desk.profile)
        set_cookie(answer, desk.profile, named, browser.id, max_age_s=BROWSER_FOR_S)
        return answer
