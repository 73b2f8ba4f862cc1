"""Instants as people in Japan read them."""

from datetime import datetime, timedelta, timezone

from kit.pages.language import Language

JAPAN = timezone(timedelta(hours=9), "JST")


def day(at: datetime, language: Language) -> str:
    """Write down on which day in Japan an instant is.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 31, 15, 5, tzinfo=UTC)
    >>> day(at, "ja"), day(at, "en")
    ('2026年4月1日', '1 April 2026')
    """
    local = at.astimezone(JAPAN)
    if language == "ja":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def when(at: datetime, language: Language) -> str:
    """Write an instant down to the minute, in Japan's time.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 31, 15, 5, tzinfo=UTC)
    >>> when(at, "ja"), when(at, "en")
    ('2026年4月1日 0:05', '1 April 2026, 0:05 (JST)')
    """
    local = at.astimezone(JAPAN)
    time = f"{local.hour}:{local.minute:02}"
    return (
        f"{day(at, language)} {time}" if language == "ja" else f"{day(at, language)}, {time} (JST)"
    )


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
