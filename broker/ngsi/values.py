"""Lexical forms of the standard's data types: instants and URIs (§4.6.3)."""

import re
from datetime import UTC, datetime

from broker.ngsi.errors import BadRequestData

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,6}))?Z", re.ASCII
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\u0000-\u001f\u007f-\u00a0]+")
# Invisible and direction-changing characters make two ids look alike; noncharacters are no text
# (§4.5.1).
_DECEIVING = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
                        "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
                        "\ufff0-\uffff\U000e0000-\U000e0fff"
                        + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}"
                                  for plane in range(1, 17)) + "]")  # fmt: skip


def parse_instant(text: str, *, where: str | None = None) -> datetime:
    """Read a DateTime: complete, in UTC, at most six digits of a second's fraction.

    Spec: CIM 009 §4.6.3

    >>> parse_instant("2026-09-01T03:00:00.5Z").isoformat()
    '2026-09-01T03:00:00.500000+00:00'
    """
    found = _INSTANT.fullmatch(text)
    if found:
        try:
            return datetime.fromisoformat(text.replace(",", "."))
        except ValueError:
            pass
    raise BadRequestData(
        f"{text!r} is not a DateTime; right would be 2026-09-01T03:00:00Z", where=where
    )


def format_instant(instant: datetime) -> str:
    """Write a DateTime with a fraction only where there is one.

    Spec: CIM 009 §4.6.3

    >>> format_instant(datetime(2026, 9, 1, 3, tzinfo=UTC))
    '2026-09-01T03:00:00Z'
    """
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def is_uri(text: object) -> bool:
    """Tell whether a value is an absolute URI or IRI without deceiving characters.

    Spec: RFC 3986, RFC 3987; CIM 009 §4.5.1

    >>> is_uri("urn:ngsi-ld:AED:1"), is_uri("AED 1")
    (True, False)
    """
    return (
        isinstance(text, str)
        and _URI.fullmatch(text) is not None
        and _DECEIVING.search(text) is None
    )


def require_uri(text: object, *, what: str, where: str | None = None) -> str:
    """Answer with the text where it is a URI.

    Raises:
        BadRequestData: it is not.
    """
    if isinstance(text, str) and is_uri(text):
        return text
    raise BadRequestData(
        f"{what} {text!r} is not a URI; right would be urn:ngsi-ld:AED:1", where=where
    )
