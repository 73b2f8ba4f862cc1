"""What goes wrong at a source, told as if it went wrong here; its own faults name it."""

from http import HTTPStatus
from typing import cast

import orjson

from broker.api.exchange import GEO_JSON, JSON, LD_JSON, Header, Reply, json_reply
from broker.api.problems import STATUS, plain_problem, problem_reply
from broker.ngsi.errors import ErrorType, NonexistentTenant, OperationNotSupported
from broker.source_ports import SourceBusy, SourceFailure, SourceName, SourceTooSlow
from kit.json import JsonObject, JsonValue

_LONGEST = 2000
_BY_STATUS: dict[int, ErrorType] = {
    HTTPStatus.BAD_REQUEST: ErrorType.BAD_REQUEST_DATA,
    HTTPStatus.NOT_FOUND: ErrorType.RESOURCE_NOT_FOUND,
    HTTPStatus.CONFLICT: ErrorType.ALREADY_EXISTS,
    HTTPStatus.UNPROCESSABLE_ENTITY: ErrorType.OPERATION_NOT_SUPPORTED,
}
_KNOWN = {one.uri: one for one in ErrorType}
_NOT_OFFERED = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_NOT_ENTERED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def failure_reply(failure: SourceFailure) -> Reply:
    """Answer where a source was not asked, or did not answer."""
    if isinstance(failure, SourceBusy):
        retry = (b"retry-after", b"%d" % failure.retry_after_s)
        return _problem(503, "The source is not available for a moment", failure.detail, (retry,))
    if isinstance(failure, SourceTooSlow):
        return _problem(504, "The source does not answer in time", failure.detail)
    return _problem(502, "The source cannot be asked", failure.detail)


def refusal_reply(
    source: SourceName,
    status: int,
    body: bytes,
    *,
    retry_after: str | None = None,
    is_collection: bool = False,
) -> Reply:
    """Answer where a source answers with an error.

    Args:
        source: who answers.
        status: with which status, of 300 or more.
        body: ProblemDetails, or what some proxy on the way writes.
        retry_after: the header.
        is_collection: the path names no resource that there might be or not.
    """
    told = _told(body)
    if status == HTTPStatus.NOT_ACCEPTABLE:
        available = told.get("available")
        return json_reply({"available": available or [JSON, LD_JSON, GEO_JSON]}, status=status)
    kind = _KNOWN.get(str(told.get("type")))
    by_itself = _own_words(source, status, kind, retry_after, is_collection=is_collection)
    if by_itself is not None:
        return by_itself
    kind = kind or _BY_STATUS.get(status)
    if kind is None:
        return _problem(status, _title(status), _said(told, source, status))
    problem = _merged(told, kind, _said(told, source, status))
    return Reply(
        status=cast(int, problem["status"]),
        body=orjson.dumps(problem),
        media_type=JSON,
        is_mediated=True,
    )


def batch_errors(body: bytes, source: SourceName) -> bytes:
    """Write the errors of a batch operation as ProblemDetails, as ours are (§5.2.17)."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        return body
    document["errors"] = [_batch_error(one, source) for one in errors]
    document.setdefault("success", [])
    return orjson.dumps(document)


def _own_words(
    source: SourceName,
    status: int,
    kind: ErrorType | None,
    retry_after: str | None,
    *,
    is_collection: bool,
) -> Reply | None:
    """Answer where what the source says would mislead the client; None: it says it well."""
    if kind is ErrorType.LD_CONTEXT_NOT_AVAILABLE:
        return None
    if status in _LATER:
        wait_s = int(retry_after) if retry_after and retry_after.isdecimal() else 1
        busy = f"Source {source.shown} asks to be asked later"
        return failure_reply(SourceBusy(busy, retry_after_s=wait_s))
    if status in _NOT_ENTERED:
        return _their_fault(f"Source {source.shown} refuses the platform's credentials")
    if kind is ErrorType.NONEXISTENT_TENANT:
        return _unknown_there(source)
    if status in _NOT_OFFERED or (status == HTTPStatus.NOT_FOUND and not kind and is_collection):
        return _not_offered(source)
    if status == HTTPStatus.FORBIDDEN and kind is None:
        return _problem(403, "This is not allowed", f"Source {source.shown} does not allow this")
    if status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _their_fault(f"Source {source.shown} answers {status}")
    return None


def _not_offered(source: SourceName) -> Reply:
    return problem_reply(
        OperationNotSupported(f"Source {source.shown} does not offer this operation")
    )


def _unknown_there(source: SourceName) -> Reply:
    """Answer where a tenant is not there; many brokers make one for the first that is created."""
    return problem_reply(
        NonexistentTenant(
            f"Source {source.shown} does not know the tenant by its name there, or not yet: "
            "creating an entity may make it known"
        )
    )


def _their_fault(detail: str) -> Reply:
    return _problem(502, "The source answers as it should not", detail)


def _problem(status: int, title: str, detail: str, headers: tuple[Header, ...] = ()) -> Reply:
    return plain_problem(status, title, detail, headers)


def _merged(told: JsonObject, kind: ErrorType, detail: str) -> JsonObject:
    """Write ProblemDetails with the members that the source adds."""
    title = told.get("title")
    return {
        **told,
        "type": kind.uri,
        "title": title[:_LONGEST] if isinstance(title, str) and title else kind.value,
        "status": STATUS[kind],
        "detail": detail,
    }


def _said(told: JsonObject, source: SourceName, status: int) -> str:
    detail = told.get("detail") or told.get("title")
    if isinstance(detail, str) and detail:
        return detail[:_LONGEST]
    return f"Source {source.shown} answers {status} without saying why"


def _told(body: bytes) -> JsonObject:
    """Read ProblemDetails; what is none says nothing."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("JsonObject", told) if isinstance(told, dict) else {}


def _batch_error(error: JsonValue, source: SourceName) -> JsonValue:
    if not isinstance(error, dict):
        return error
    said = error.get("error")
    told: JsonObject = said if isinstance(said, dict) else {"detail": said}
    status = told.get("status")
    code = status if isinstance(status, int) and 400 <= status < 600 else 400
    known = _KNOWN.get(str(told.get("type")))
    kind = known or _BY_STATUS.get(code, ErrorType.BAD_REQUEST_DATA)
    return {**error, "error": _merged(told, kind, _said(told, source, code))}


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "The request is refused"
