"""The one table of error types and HTTP statuses, and the one place that renders them (§6.3.2)."""

from collections.abc import Sequence
from urllib.parse import quote

import orjson

from broker.api.exchange import Header, Reply
from broker.ngsi.errors import (
    ErrorType,
    Finding,
    NgsiLdError,
    TooManyRequests,
    Unavailable,
    Unfit,
)
from broker.operations.call import AccessDenied
from joint_use import StepUp
from kit.json import JsonObject, JsonValue
from kit.metrics.requests import REFUSALS

STATUS = {
    ErrorType.INVALID_REQUEST: 400,
    ErrorType.BAD_REQUEST_DATA: 400,
    ErrorType.ALREADY_EXISTS: 409,
    ErrorType.CONFLICT: 409,
    ErrorType.RESOURCE_NOT_FOUND: 404,
    ErrorType.NONEXISTENT_TENANT: 404,
    ErrorType.OPERATION_NOT_SUPPORTED: 422,
    ErrorType.LD_CONTEXT_NOT_AVAILABLE: 504,
    ErrorType.NO_MULTI_TENANT_SUPPORT: 501,
    ErrorType.TOO_COMPLEX_QUERY: 403,
    ErrorType.TOO_MANY_RESULTS: 403,
    ErrorType.UNAVAILABLE: 503,
    ErrorType.INTERNAL_ERROR: 500,
    ErrorType.QUOTA_EXCEEDED: 403,
    ErrorType.TOO_MANY_REQUESTS: 429,
    ErrorType.REQUEST_TOO_LARGE: 413,
}


_REFUSED = frozenset(
    {
        ErrorType.UNAVAILABLE,
        ErrorType.QUOTA_EXCEEDED,
        ErrorType.TOO_MANY_REQUESTS,
        ErrorType.REQUEST_TOO_LARGE,
        ErrorType.TOO_COMPLEX_QUERY,
        ErrorType.TOO_MANY_RESULTS,
    }
)
"""What is not the request's own fault; counted by its name."""

MOST_NAMED = 10
"""How many places a warning names."""


def problem_of(error: NgsiLdError, *, in_japanese: bool = False) -> JsonObject:
    """Render an error as ProblemDetails (RFC 9457, §5.5.3); `where` says where in the input.

    What does not fit a data model is said in Japanese to who asks for it.
    """
    problem: JsonObject = {
        "type": error.error_type.uri,
        "title": error.title,
        "status": STATUS[error.error_type],
        "detail": error.detail,
    }
    if error.where is not None:
        problem["where"] = error.where
    if isinstance(error, Unfit):
        problem |= _of_unfit(error, in_japanese=in_japanese)
    return problem


def warning_of(findings: Sequence[Finding]) -> Header:
    """Say where Entities that were written do not fit their data models (§6.3.17, code 199)."""
    places = list(dict.fromkeys(quote(one.where, safe="/:.-_~") for one in findings))
    named = ", ".join(places[:MOST_NAMED]) + (", ..." if len(places) > MOST_NAMED else "")
    return b"ngsild-warning", f'199 renkei "does not fit the data model: {named}"'.encode()


def _reason(error: AccessDenied, *, is_known: bool) -> str:
    if not is_known:
        return "no_token"
    return "step_up" if isinstance(error.refusal, StepUp) else "denied"


def _of_unfit(error: Unfit, *, in_japanese: bool) -> JsonObject:
    told: JsonObject = {"title": error.title_ja, "detail": error.detail_ja} if in_japanese else {}
    findings: list[JsonValue] = [
        {"where": one.where, "detail": one.ja if in_japanese else one.en} for one in error.findings
    ]
    return {**told, "findings": findings}


def problem_reply(error: NgsiLdError, *, in_japanese: bool = False) -> Reply:
    """Answer with an error of the core."""
    headers: list[Header] = []
    if isinstance(error, Unavailable | TooManyRequests):
        headers.append((b"retry-after", b"%d" % error.retry_after_s))
    if error.error_type in _REFUSED:
        REFUSALS.of("broker", error.error_type.name.lower()).add()
    return _reply(problem_of(error, in_japanese=in_japanese), STATUS[error.error_type], headers)


def plain_problem(status: int, title: str, detail: str, headers: tuple[Header, ...] = ()) -> Reply:
    """Answer with an error that HTTP defines and NGSI-LD has no type for (§6.3.2)."""
    return _reply(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status,
        list(headers),
    )


def denied_reply(error: AccessDenied, *, is_known: bool = True) -> Reply:
    """Answer to a caller who may not do this, or not before a sign-in that suffices.

    Spec: RFC 9110 §15.5.2, RFC 9470 §3 (who challenges writes WWW-Authenticate)
    """
    is_challenged = not is_known or isinstance(error.refusal, StepUp)
    REFUSALS.of("broker", _reason(error, is_known=is_known)).add()
    return plain_problem(401 if is_challenged else 403, "This is not allowed", error.detail)


def fault_reply(trace_id: str) -> Reply:
    """Answer for a fault of ours; the trace id finds it in the log."""
    return _reply(
        {
            "type": ErrorType.INTERNAL_ERROR.uri,
            "title": "Internal error",
            "status": 500,
            "detail": f"The platform failed; its log tells why under trace {trace_id}",
            "instance": f"urn:renkei:trace:{trace_id}",
        },
        500,
        [],
    )


def _reply(problem: JsonObject, status: int, headers: list[Header]) -> Reply:
    return Reply(status=status, body=orjson.dumps(problem), headers=headers)
