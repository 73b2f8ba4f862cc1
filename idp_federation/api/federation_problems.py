"""Errors as a federation's endpoints answer them: one table from code to status.

Spec: OpenID Federation 1.0 §8.9
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp_federation.api.problems import NOT_KEPT, Handler, unavailable
from idp_federation.federation.errors import ErrorCode, FederationError
from idp_federation.oidc.authorization import plain
from kit.db import DatabaseUnavailable

STATUS: Mapping[ErrorCode, HTTPStatus] = {
    ErrorCode.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_TRUST_CHAIN: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_METADATA: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNSUPPORTED_PARAMETER: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_CLIENT: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INVALID_ISSUER: HTTPStatus.NOT_FOUND,
    ErrorCode.INVALID_SUBJECT: HTTPStatus.NOT_FOUND,
    ErrorCode.INVALID_TRUST_ANCHOR: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.SERVER_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.TEMPORARILY_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def for_federation(handle: Handler) -> Handler:
    """Answer errors as other members of a federation read them."""

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except FederationError as error:
            return refusal(error)
        except DatabaseUnavailable as error:
            return unavailable(error)

    return answer


def refusal(error: FederationError) -> Response:
    """Write an error as other members of a federation read it."""
    return JSONResponse(
        {"error": error.code.value, "error_description": plain(error.detail)},
        STATUS[error.code],
        headers=NOT_KEPT,
    )
