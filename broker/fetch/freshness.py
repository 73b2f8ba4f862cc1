"""Until when a downloaded @context may be used (§6.3.16; RFC 9111)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

HEURISTIC_S = 24 * 3600
"""Where the origin says nothing."""


def expiry(headers: Mapping[str, str], now: datetime) -> datetime:
    """Read s-maxage, max-age or Expires; else a day.

    Args:
        headers: the response's, names in lower case.
        now: when the response came.

    >>> now = datetime(2026, 9, 1, tzinfo=UTC)
    >>> expiry({"cache-control": "public, max-age=60"}, now) - now
    datetime.timedelta(seconds=60)
    """
    directives = dict(_directive(part) for part in headers.get("cache-control", "").split(","))
    if "no-store" in directives or "no-cache" in directives:
        return now
    for name in ("s-maxage", "max-age"):
        seconds = directives.get(name, "")
        if seconds.isdigit():
            return now + timedelta(seconds=min(int(seconds), 365 * HEURISTIC_S))
    return _expires(headers.get("expires"), now)


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name.lower(), value.strip('"')


def _expires(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now + timedelta(seconds=HEURISTIC_S)
    try:
        expires = parsedate_to_datetime(text)
    except ValueError:
        return now  # RFC 9111 §5.3: an invalid date means already expired
    return expires if expires.tzinfo is not None else expires.replace(tzinfo=UTC)
