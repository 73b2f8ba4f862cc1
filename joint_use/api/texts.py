"""What no request may hold, whatever its operation: what PostgreSQL cannot store."""

from typing import Annotated, cast

import orjson
from fastapi import Path, Request

from kit.json import JsonValue

Number = Annotated[int, Path(ge=0, le=2**63 - 1, description="番号 / Its number")]
"""The number of something, in a path."""

_JSON = "json"


async def place_of_nul(request: Request) -> str | None:
    """Say which part of a request holds the character NUL; None: none does.

    Bodies that are no JSON, such as files, are for their own operations to read.
    """
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if "\0" in str(value) or "\0" in name:
            return name
    if _JSON not in request.headers.get("content-type", ""):
        return None
    body = await request.body()
    if b"u0000" not in body:
        return None
    try:
        return _place(cast(JsonValue, orjson.loads(body)))
    except orjson.JSONDecodeError:
        return None  # what is wrong with it, the operation says


def _place(document: JsonValue) -> str | None:
    """Find a text with a NUL, as a JSON Pointer (RFC 6901)."""
    waiting: list[tuple[str, JsonValue]] = [("", document)]  # a nested document may be deep
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str) and "\0" in value:
            return at or "/"
        if isinstance(value, dict):
            if any("\0" in name for name in value):
                return at or "/"
            waiting += [(f"{at}/{name}", one) for name, one in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{at}/{position}", one) for position, one in enumerate(value)]
    return None
