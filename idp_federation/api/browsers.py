"""Browsers: the cookies that they send, and those that they are given."""

import secrets
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp_federation.api.problems import FOR_PEOPLE
from idp_federation.oidc.cookies import Browser, browser_cookie, session_cookie
from idp_federation.oidc.profile import Profile

_BROWSER_FOR_S = 86_400


def browser_of(request: Request, profile: Profile) -> Browser:
    """Answer with the browser that asks; one that never did gets a name."""
    known = request.cookies.get(browser_cookie(profile))
    return Browser(id=known or secrets.token_urlsafe(32), cookies=request.cookies)


def sent_to(url: str, browser: Browser, profile: Profile) -> Response:
    """Send a browser elsewhere, and let it keep its name.

    303: what was posted is not posted again (RFC 9700 §4.12).
    """
    answer = RedirectResponse(url, HTTPStatus.SEE_OTHER, headers=FOR_PEOPLE)
    set_cookie(answer, profile, browser_cookie(profile), browser.id, max_age_s=_BROWSER_FOR_S)
    return answer


def keep_session(answer: Response, profile: Profile, tenant: str, cookie: str) -> None:
    """Let a browser keep a session's cookie, as long as it is open."""
    set_cookie(answer, profile, session_cookie(profile, tenant), cookie)


def drop_session(answer: Response, profile: Profile, tenant: str) -> None:
    """Let a browser forget a session's cookie."""
    set_cookie(answer, profile, session_cookie(profile, tenant), "", max_age_s=0)


def set_cookie(
    answer: Response, profile: Profile, name: str, value: str, *, max_age_s: int | None = None
) -> None:
    """Give a browser a cookie that no script reads and no other site's request carries."""
    answer.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path="/",
        secure=profile.is_secure,
        httponly=True,
        samesite="lax",
    )
