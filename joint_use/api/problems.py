"""Errors as problem+json (RFC 9457): one table from error to status, Japanese first."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from joint_use.api.texts import place_of_nul
from joint_use.terms.errors import (
    ApplicationUnknown,
    AuditRecordUnknown,
    ConsentUnknown,
    Forbidden,
    InvalidApplication,
    InvalidTerm,
    JointUseError,
    MoveFailed,
    OrganisationExists,
    OrganisationUnknown,
    ProfileUnknown,
    TenantExists,
    TenantSuspended,
    TenantUnknown,
    TooManyApplications,
    Unauthorized,
    WrongStatus,
)
from kit.db import DatabaseUnavailable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of error is told: its status, the last part of its type URI, its titles."""

    status: HTTPStatus
    name: str
    ja: str
    en: str


_KINDS: dict[type[Exception], _Kind] = {
    InvalidTerm: _Kind(HTTPStatus.BAD_REQUEST, "invalid-term", "入力の誤り", "Invalid input"),
    InvalidApplication: _Kind(
        HTTPStatus.BAD_REQUEST, "invalid-application", "申請内容の誤り", "Invalid application"
    ),
    Unauthorized: _Kind(
        HTTPStatus.UNAUTHORIZED, "unauthorized", "認証が必要です", "Authentication required"
    ),
    Forbidden: _Kind(HTTPStatus.FORBIDDEN, "forbidden", "権限がありません", "Forbidden"),
    TenantUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "tenant-unknown", "テナントがありません", "No such tenant"
    ),
    TenantSuspended: _Kind(
        HTTPStatus.FORBIDDEN, "tenant-suspended", "停止中のテナント", "Tenant is suspended"
    ),
    TenantExists: _Kind(
        HTTPStatus.CONFLICT, "tenant-exists", "既に使われている名前", "Name is taken"
    ),
    OrganisationUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "organisation-unknown", "組織がありません", "No such organisation"
    ),
    OrganisationExists: _Kind(
        HTTPStatus.CONFLICT, "organisation-exists", "既に使われている組織名", "Name is taken"
    ),
    ProfileUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "profile-unknown", "属性が未登録です", "No profile yet"
    ),
    ApplicationUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "application-unknown", "申請がありません", "No such application"
    ),
    ConsentUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "consent-unknown", "有効な同意がありません", "No such consent"
    ),
    AuditRecordUnknown: _Kind(
        HTTPStatus.NOT_FOUND, "audit-record-unknown", "記録がありません", "No such record"
    ),
    TooManyApplications: _Kind(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-applications",
        "申請の回数が多すぎます",
        "Too many applications",
    ),
    MoveFailed: _Kind(HTTPStatus.CONFLICT, "move-failed", "移動できません", "Cannot be moved"),
    WrongStatus: _Kind(
        HTTPStatus.CONFLICT, "wrong-status", "この状態ではできません", "Not in this status"
    ),
}
_INVALID = _KINDS[InvalidTerm]
_NUL = "A text holds the character NUL (U+0000), which none of ours does; right is one without it"
_NUL_JA = "文字列に NUL 文字（U+0000）を含めることはできません。取り除いてください。"
_UNAVAILABLE = _Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    "一時的に利用できません",
    "Temporarily unavailable",
)


class ProblemRoute(APIRoute):
    """A route whose errors are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                where = await place_of_nul(request)
                if where is not None:
                    return _problem(_INVALID, _NUL, _NUL_JA, where)
                return await handle(request)
            except JointUseError as exc:
                return _problem(_KINDS[type(exc)], exc.detail, exc.detail_ja, exc.where)
            except RequestValidationError as exc:
                return _invalid(exc)
            except DatabaseUnavailable as exc:
                log.warning("database_unavailable", reason=exc.detail)
                return _unavailable(exc)

        return answer


def _problem(
    kind: _Kind,
    detail: str,
    detail_ja: str,
    where: str | None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {
        "type": f"urn:renkei:problem:{kind.name}",
        "title": f"{kind.ja} / {kind.en}",
        "status": kind.status.value,
        "detail": f"{detail_ja} / {detail}",
    }
    if where is not None:
        body["where"] = where
    if kind.status is HTTPStatus.UNAUTHORIZED:
        headers = {"www-authenticate": "Bearer", **(headers or {})}
    return JSONResponse(body, kind.status.value, headers=headers, media_type=MEDIA_TYPE)


def _invalid(error: RequestValidationError) -> Response:
    """Say of each member what is wrong with it; what was sent is not repeated."""
    told = [(_place(one["loc"]), str(one["msg"])) for one in error.errors()]
    detail = "; ".join(f"{place}: {message}" for place, message in told)
    where = told[0][0] if told else None
    return _problem(_INVALID, detail, "入力内容を確認してください。", where)


def _place(location: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in location[1:]) or str(location[0])


def _unavailable(error: DatabaseUnavailable) -> Response:
    return _problem(
        _UNAVAILABLE,
        "The database cannot be reached now; try again",
        "データベースに接続できません。しばらくしてからやり直してください。",
        None,
        {"retry-after": str(error.retry_after_s)},
    )
