"""Durations of ISO 8601, as parameters and answers carry them (§4.6.3)."""

import re
from datetime import timedelta

from broker.ngsi.errors import BadRequestData

_DURATION = re.compile(
    r"P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?",
    re.ASCII,
)
_DAYS = (365.25, 30.4375, 7.0, 1.0)  # a year and a month on average: durations here only suggest
_SECONDS = (3600.0, 60.0, 1.0)
LONGEST = timedelta(days=36525)


def parse_duration(text: str, *, where: str) -> timedelta:
    """Read a duration.

    Spec: CIM 009 §4.6.3
    Raises:
        BadRequestData: it is none, or longer than a century.

    >>> parse_duration("P1DT2H", where="entityMapLifetime")
    datetime.timedelta(days=1, seconds=7200)
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise BadRequestData(f"{text!r} is not a duration; right would be PT1H", where=where)
    amounts = [float((part or "0").replace(",", ".")) for part in found.groups()]
    days = sum(amount * length for amount, length in zip(amounts[:4], _DAYS, strict=True))
    seconds = sum(amount * length for amount, length in zip(amounts[4:], _SECONDS, strict=True))
    if days * 86400 + seconds > LONGEST.total_seconds():
        raise BadRequestData(f"{text!r} is longer than a century", where=where)
    return timedelta(days=days, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Write a duration in whole seconds.

    >>> format_duration(timedelta(days=1, hours=2, seconds=5.4))
    'P1DT2H5S'
    """
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = f"{days}D" if days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{amount}{letter}" for amount, letter in parts if amount)
    return f"P{date}T{time or ('' if date else '0S')}".removesuffix("T")
