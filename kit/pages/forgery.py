"""Cross-site request forgery: who posts a form must have read it from a page of ours.

Three guards, each enough by itself in a current browser: the cookie is SameSite, the browser says
where the form was (Sec-Fetch-Site, or Origin), and the form bears a token that belongs to the
cookie.

Spec: W3C Fetch Metadata; RFC 6454 (Origin)
"""

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from kit.pages.signed import Signer

COOKIE = "renkei_form"
FIELD = "csrf"
_PURPOSE = "form"
_BYTES = 18


class FormToken:
    """The token of one rendered page; the cookie is set only where a form asked for it.

    Args:
        request: that the page answers.
        signer: the platform's.
    """

    def __init__(self, request: Request, signer: Signer) -> None:
        self._signer = signer
        self._cookie = request.cookies.get(COOKIE, "")
        self.was_asked_for = False
        self._is_new = False

    def __call__(self) -> str:
        """Answer with the token for a hidden field."""
        self.was_asked_for = True
        if not self._cookie:
            self._cookie, self._is_new = secrets.token_urlsafe(_BYTES), True
        return self._signer.mark(_PURPOSE, self._cookie)

    def accompany(self, response: Response, *, is_secure: bool) -> None:
        """Set the cookie that the token belongs to, where the reader has none."""
        if self._is_new:
            response.set_cookie(
                COOKIE, self._cookie, httponly=True, samesite="lax", secure=is_secure, path="/"
            )


def is_forged(request: Request, token: str, signer: Signer) -> bool:
    """Tell whether a form was sent from elsewhere than a page of ours."""
    if is_from_elsewhere(request):
        return True
    cookie = request.cookies.get(COOKIE, "")
    return not cookie or not signer.is_mark(_PURPOSE, cookie, token)


def is_from_elsewhere(request: Request) -> bool:
    """Tell whether the browser says that another site sends this request.

    Where it says nothing (a program, an old browser) the token decides alone.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def is_secure(request: Request) -> bool:
    """Tell whether the reader came by HTTPS, also through a proxy that ends it."""
    forwarded = request.headers.get("x-forwarded-proto", "")
    return request.url.scheme == "https" or forwarded.split(",")[0].strip() == "https"
