"""Errors of the house as problem+json (RFC 9457), Japanese first."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from datamodels.model.errors import (
    AskedTooOften,
    DataModelError,
    NotAllowed,
    SinkRefused,
    UnknownModel,
)
from joint_use import ProblemRoute

_STATUS = {
    UnknownModel: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    AskedTooOften: HTTPStatus.TOO_MANY_REQUESTS,
    SinkRefused: HTTPStatus.BAD_GATEWAY,
}
_TITLES = {
    HTTPStatus.NOT_FOUND: "データモデルがありません / There is no such data model",
    HTTPStatus.FORBIDDEN: "権限がありません / This is not allowed",
    HTTPStatus.TOO_MANY_REQUESTS: "要求が多すぎます / Too many requests",
    HTTPStatus.BAD_GATEWAY: "データを読み書きできません / The data cannot be reached",
    HTTPStatus.BAD_REQUEST: "入力の誤り / The request breaks a rule",
}


class ModelRoute(ProblemRoute):
    """A route whose errors, this house's too, are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except DataModelError as error:
                return problem(error)

        return answer


def problem(error: DataModelError) -> JSONResponse:
    """Render an error of the house."""
    status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
    body = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status.value,
        "detail": f"{error.words.ja} / {error.words.en}",
    }
    if error.where is not None:
        body["where"] = error.where
    headers = {}
    if isinstance(error, AskedTooOften):
        headers["Retry-After"] = str(error.retry_after_s)
    return JSONResponse(body, status.value, headers, media_type="application/problem+json")
