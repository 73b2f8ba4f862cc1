"""Errors as OAuth answers them: one table from code to status, and the page for people."""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from http import HTTPStatus
from typing import TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from idp_federation.oidc.authorization import plain
from idp_federation.oidc.errors import InvalidClient, OAuthError
from kit.db import DatabaseUnavailable

log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

NOT_KEPT = {"cache-control": "no-store", "pragma": "no-cache"}
FOR_PEOPLE = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_STATUS: Mapping[str, HTTPStatus] = {
    "invalid_client": HTTPStatus.UNAUTHORIZED,
    "invalid_token": HTTPStatus.UNAUTHORIZED,
    "insufficient_scope": HTTPStatus.FORBIDDEN,
    "access_denied": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "temporarily_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
_FOR_PEOPLE_STATUS: Mapping[str, HTTPStatus] = {
    code: status for code, status in _STATUS.items() if status is HTTPStatus.SERVICE_UNAVAILABLE
}
_WRONG = (
    "サービスからの要求に誤りがあります。サービスの画面からやり直してください。",
    "The service's request is wrong. Please start again at the service.",
)
_SAID: Mapping[str, tuple[str, str]] = {
    "temporarily_unavailable": (
        "認証事業者につながりません。時間をおいてやり直すか、別の方法でサインインしてください。",
        "The provider cannot be reached. Try again later, or sign in another way.",
    ),
    "access_denied": (
        "認証事業者からの応答を確認できませんでした。サービスの画面からやり直してください。",
        "The provider's answer could not be verified. Please start again at the service.",
    ),
    "login_required": (
        "サインインの有効期限が切れました。もう一度サインインしてください。",
        "Your sign-in is over. Please sign in again.",
    ),
}
_PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>サインインできません / Cannot sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>サインインできません / Cannot sign in</h1>
<p>{ja}</p>
<p lang="en">{en}</p>
<p lang="en"><code>{code}</code>: {detail}</p></main></body></html>"""


def for_clients(handle: Handler) -> Handler:
    """Answer errors as JSON.

    Spec: RFC 6749 §5.2
    """

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except OAuthError as error:
            return refusal(error)
        except DatabaseUnavailable as error:
            return unavailable(error)

    return answer


def for_people(handle: Handler) -> Handler:
    """Answer errors as a page: who asks cannot be told where she comes from."""

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except OAuthError as error:
            ja, en = _SAID.get(error.code, _WRONG)
            page = _PAGE.format(
                ja=ja, en=en, code=escape(error.code), detail=escape(plain(error.detail))
            )
            log.info("sign_in_refused", code=error.code, reason=error.detail)
            status = _FOR_PEOPLE_STATUS.get(error.code, HTTPStatus.BAD_REQUEST)
            return HTMLResponse(page, status, headers=FOR_PEOPLE)
        except DatabaseUnavailable as error:
            return unavailable(error)

    return answer


def refusal(error: OAuthError) -> Response:
    """Write an error as clients read it."""
    headers = dict(NOT_KEPT)
    if isinstance(error, InvalidClient):
        headers["www-authenticate"] = 'Basic realm="renkei"'
    return JSONResponse(
        {"error": error.code, "error_description": plain(error.detail)},
        _STATUS.get(error.code, HTTPStatus.BAD_REQUEST),
        headers=headers,
    )


def unavailable(error: DatabaseUnavailable) -> Response:
    """Say that the platform cannot answer now."""
    log.warning("database_unavailable", reason=error.detail)
    return JSONResponse(
        {"error": "temporarily_unavailable", "error_description": "Try again in a moment"},
        HTTPStatus.SERVICE_UNAVAILABLE,
        headers={**NOT_KEPT, "retry-after": str(error.retry_after_s)},
    )
