"""UserInfo, and signing out, over HTTP.

Spec: OpenID Connect Core 1.0 §5.3, OpenID Connect RP-Initiated Logout 1.0 §2
"""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.bearer import challenged, read_presented
from idp_federation.api.browsers import browser_of, drop_session, sent_to
from idp_federation.api.parameters import read_form, read_query
from idp_federation.api.problems import FOR_PEOPLE, NOT_KEPT, for_clients, for_people
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.dpop import new_nonce
from idp_federation.oidc.errors import OAuthError, UseDpopNonce
from idp_federation.oidc.profile import PATH
from idp_federation.operations.logout import SignedOut, sign_out
from idp_federation.operations.tell import userinfo
from idp_federation.operations.verify import TokenVerifier
from idp_federation.ports import Provider

_HEAD = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>サインアウト / Sign out</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>"""
_DONE = """<h1>サインアウトしました / Signed out</h1></main></body></html>"""
_ASK = """<h1>サインアウトしますか / Sign out?</h1>
<form method="post">{fields}<button>サインアウトする / Sign out</button></form>
</main></body></html>"""
_FORM_POLICY = FOR_PEOPLE["content-security-policy"] + "; form-action 'self'"


class PeopleEndpoints:
    """UserInfo and signing out.

    Args:
        provider: the ports.
        verifier: believes access tokens.
    """

    def __init__(self, provider: Provider, verifier: TokenVerifier) -> None:
        self._provider = provider
        self._verifier = verifier

    def routes(self) -> list[Route]:
        """Make the routes."""
        both = ["GET", "POST"]
        return [
            Route(f"{PATH}/userinfo", for_clients(self.userinfo), methods=both),
            Route(f"{PATH}/logout", for_people(self.sign_out), methods=both),
        ]

    async def userinfo(self, request: Request) -> Response:
        """Tell a client about the person whose token it has."""
        provider = self._provider
        try:
            presented = read_presented(
                request.headers.getlist("authorization"),
                request.headers.getlist("dpop"),
                method=request.method,
                url=provider.profile.url("userinfo"),
            )
            if presented is None:
                return challenged(None)
            told = await userinfo(provider, await self._verifier.verify(presented))
        except UseDpopNonce as error:
            nonce = new_nonce(provider.secrets.nonce, provider.clock())
            return challenged(error, nonce=nonce)
        except OAuthError as error:
            return challenged(error)
        return JSONResponse(told, headers=NOT_KEPT)

    async def sign_out(self, request: Request) -> Response:
        """Sign somebody out, after asking her where no client vouches that she means it."""
        asked = read_query(request) if request.method == "GET" else await read_form(request)
        browser = browser_of(request, self._provider.profile)
        # a confirmation counts only where it was posted: a link has none of the page's own
        meant = asked if request.method == "POST" else {**asked, "confirm": ""}
        done = await sign_out(self._provider, meant, browser)
        profile = self._provider.profile
        if done.confirm is not None:
            answer = sent_to("", browser, profile)
            page = _confirmation(done, asked)
            page.headers.append("set-cookie", answer.headers["set-cookie"])
            return page
        if done.return_to is None:
            answer = HTMLResponse(_HEAD + _DONE, headers=FOR_PEOPLE)
        else:
            answer = sent_to(done.return_to, browser, profile)
        for tenant in done.ended:
            drop_session(answer, profile, tenant)
        return answer


def _confirmation(done: SignedOut, asked: Parameters) -> Response:
    kept = {**asked, "confirm": done.confirm or ""}
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in kept.items()
    )
    headers = {**FOR_PEOPLE, "content-security-policy": _FORM_POLICY}
    return HTMLResponse(_HEAD + _ASK.format(fields=fields), headers=headers)
