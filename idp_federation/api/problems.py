"""Errors as OAuth answers them: one table from code to status."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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
