"""Described: one operation as the OpenAPI document describes it, and answers that many share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

NOT_FOUND = {404: "#ProblemDetails"}
GONE = {204: "done", **NOT_FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One operation as the document describes it.

    Args:
        id: the operation of the standard, as its clause names it.
        clause: of the HTTP binding.
        parameters: names of its URL parameters.
        body: the name of its body's schema; None: it has none.
        answers: status → what it means, or the schema's name after a `#`.
    """

    id: str
    summary: str
    clause: str
    answers: Mapping[int, str]
    parameters: Collection[str] = ()
    body: str | None = None
