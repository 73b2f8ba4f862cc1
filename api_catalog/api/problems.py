"""Errors as problem+json (RFC 9457), in Japanese first: one table from error to status."""

from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from api_catalog.catalog.errors import (
    CatalogError,
    EntryChanged,
    EntryExists,
    EntryUnknown,
    InvalidEntry,
    NotAllowed,
    WrongStep,
)
from kit.db import DatabaseUnavailable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_STATUSES: dict[type[CatalogError], tuple[HTTPStatus, str]] = {
    InvalidEntry: (HTTPStatus.BAD_REQUEST, "入力の誤り / Invalid input"),
    EntryUnknown: (HTTPStatus.NOT_FOUND, "登録がありません / No such entry"),
    EntryExists: (HTTPStatus.CONFLICT, "既に登録されています / Already there"),
    EntryChanged: (HTTPStatus.PRECONDITION_FAILED, "更新されています / Changed meanwhile"),
    NotAllowed: (HTTPStatus.FORBIDDEN, "権限がありません / Not allowed"),
    WrongStep: (HTTPStatus.CONFLICT, "この状態ではできません / Not in this state"),
}


class CatalogRoute(APIRoute):
    """A route whose errors are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap FastAPI's handler."""
        wrapped = answering(super().get_route_handler())

        async def answer(request: Request) -> Response:
            return await wrapped(request)

        return answer


def answering(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Wrap the handler of a plain route likewise."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except CatalogError as error:
            return problem(error)
        except DatabaseUnavailable as error:
            log.warning("database_unavailable", reason=error.detail)
            return unavailable(error)

    return answer


def status_of(error: CatalogError) -> HTTPStatus:
    """Answer with the status that an error has over HTTP."""
    return _STATUSES[type(error)][0]


def problem(error: CatalogError) -> Response:
    """Tell what is refused."""
    status, title = _STATUSES[type(error)]
    body = {
        "type": f"urn:renkei:problem:{type(error).__name__}",
        "title": title,
        "status": status.value,
        "detail": f"{error.detail_ja} / {error.detail}",
    }
    if error.where is not None:
        body["where"] = error.where
    return JSONResponse(body, status.value, media_type=MEDIA_TYPE)


def unavailable(error: DatabaseUnavailable) -> Response:
    """Tell when to come back."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    body = {
        "type": "urn:renkei:problem:unavailable",
        "title": "一時的に利用できません / Temporarily unavailable",
        "status": status.value,
        "detail": "The database cannot be reached now; try again",
    }
    headers = {"retry-after": str(error.retry_after_s)}
    return JSONResponse(body, status.value, headers=headers, media_type=MEDIA_TYPE)
