"""Dates and instants as people write them: Western and Japanese years, points, strokes, kanji."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from datamodels.model.texts import narrow

JAPAN = timezone(timedelta(hours=9))
"""The time that a file means where it names none."""

_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_DATE = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])?(?P<year>\d{1,4}|元)[-/.年]"
    r"(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
)
_PLAIN = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]00?:00(:00(\.0+)?)?$")


def read_date(text: str) -> str | None:
    """Read a date as YYYY-MM-DD; None where it is none.

    >>> read_date("令和8年8月5日"), read_date("H30/4/1"), read_date("2026.4.1"), read_date("8月5日")
    ('2026-08-05', '2018-04-01', '2026-04-01', None)
    """
    plain = re.sub(r"\s+", " ", narrow(text)).strip()
    plain = _MIDNIGHT.sub("", plain).replace(" ", "")
    found = _DATE.fullmatch(plain) or _PLAIN.fullmatch(plain)
    if found is None:
        return None
    parts = found.groupdict()
    year = 1 if parts["year"] == "元" else int(parts["year"])
    era = parts.get("era")
    if era is not None:
        year += _ERAS[_LETTERS.get(era, era)]
    elif len(parts["year"]) != 4:
        return None  # 26/4/1: of which century is anybody's guess
    try:
        return date(year, int(parts["month"]), int(parts["day"])).isoformat()
    except ValueError:
        return None


def read_instant(text: str) -> str | None:
    """Read an instant as RFC 3339 in UTC; without an offset it is in Japan's time.

    >>> read_instant("2026-08-05T09:00:00+09:00"), read_instant("2026/8/5 9:00")
    ('2026-08-05T00:00:00Z', '2026-08-05T00:00:00Z')
    """
    plain = re.sub(r"\s+", " ", narrow(text)).strip()
    day, _, time = plain.replace("T", " ").partition(" ")
    known = read_date(day)
    if known is None:
        return None
    hour, mark, rest = time.partition(":")
    try:
        found = datetime.fromisoformat(f"{known}T{hour.zfill(2)}{mark}{rest}" if time else known)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=JAPAN)
    written = found.astimezone(UTC).isoformat()
    return written.replace("+00:00", "Z")


def has_offset(text: str) -> bool:
    """Tell whether an instant names its offset from UTC.

    >>> has_offset("2026-08-05T09:00Z"), has_offset("2026-08-05 09:00")
    (True, False)
    """
    return re.search(r"(Z|[+-]\d{2}:?\d{2})$", narrow(text).strip()) is not None
