"""Values that NGSI-LD keeps as they came, and what may not be in them (§4.5.0, §5.5.4)."""

from math import isfinite

from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from kit.json import JsonObject, JsonValue

MOST_LEVELS = 32  # arrays, objects and sub-attributes inside each other

_NO_ZERO = "A text contains the character U+0000; right would be a text without it"
_NO_NULL = "A value is JSON null; right would be a value, or in an update the NGSI-LD Null"
_NO_MARKER = (
    f"A value contains the NGSI-LD Null {NULL}; only a merge may have it inside a value (§5.5.4)"
)
_NOT_FINITE = "A number is not finite; right would be a number that JSON can write"
_TOO_DEEP = f"A value is nested deeper than {MOST_LEVELS} levels; right would be a flatter one"


def pointer(*keys: str | int) -> str:
    """Write a JSON pointer.

    Spec: RFC 6901

    >>> pointer("https://example.jp/speed", "value", 0)
    '/https:~1~1example.jp~1speed/value/0'
    """
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def within(refusal: BadRequestData, *keys: str | int) -> BadRequestData:
    """Say of a refusal that what it refuses lies further inside a document."""
    return BadRequestData(refusal.detail, where=pointer(*keys) + (refusal.where or ""))


def require_value(value: JsonValue, *, merge: bool = False) -> None:
    """Check the value of a Property: no null, no U+0000, nothing infinite, not too deep.

    Args:
        value: what is checked; whether it is the NGSI-LD Null itself is the caller's question.
        merge: the NGSI-LD Null may be inside (§5.5.12).

    Raises:
        BadRequestData: something in it may not be there.
    """
    kind = type(value)
    if kind is int or kind is bool or (kind is str and "\x00" not in value):  # type: ignore[operator]  # a str here
        return
    fault = _fault(value, merge=merge, raw=False, depth=0)
    if fault:
        raise BadRequestData(fault[0], where=fault[1])


def require_raw(value: JsonValue) -> None:
    """Check raw JSON, in which nulls are as good as any value (§4.5.24).

    Raises:
        BadRequestData: it has U+0000 or an infinite number in it, or is too deep.
    """
    fault = _fault(value, merge=True, raw=True, depth=0)
    if fault:
        raise BadRequestData(fault[0], where=fault[1])


def _fault(value: JsonValue, *, merge: bool, raw: bool, depth: int) -> tuple[str, str] | None:
    """Find the first fault of a value: what it is and the pointer to it."""
    if isinstance(value, str):
        if "\x00" in value:
            return _NO_ZERO, ""
        return (_NO_MARKER, "") if value == NULL and depth and not merge else None
    if isinstance(value, dict | list):
        return _fault_inside(value, merge, raw, depth) if depth < MOST_LEVELS else (_TOO_DEEP, "")
    if value is None:
        return None if raw else (_NO_NULL, "")
    return (_NOT_FINITE, "") if isinstance(value, float) and not isfinite(value) else None


def _fault_inside(
    value: JsonObject | list[JsonValue], merge: bool, raw: bool, depth: int
) -> tuple[str, str] | None:
    if isinstance(value, list):
        for position, item in enumerate(value):
            if fault := _fault(item, merge=merge, raw=raw, depth=depth + 1):
                return fault[0], pointer(position) + fault[1]
        return None
    raw = raw or "@json" in (value.get("@type"), value.get("type"))  # a JSON literal, §4.5.0
    for key, item in value.items():
        if "\x00" in key:
            return _NO_ZERO, ""
        if fault := _fault(item, merge=merge or raw, raw=raw, depth=depth + 1):
            return fault[0], pointer(key) + fault[1]
    return None
