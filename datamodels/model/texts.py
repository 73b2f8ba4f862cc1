"""Texts as people type them into tables: widths, spaces, dashes, circles."""

import re
import unicodedata
from functools import lru_cache

_BLANK = " \t\r\n\u3000\u00a0\ufeff"
_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc\uff70\u2500\uff0d]")
_ONLY_DASHES = re.compile(r"[-\u2010-\u2015\u2212\u30fc\uff70\u2500\uff0d]+")
_CIRCLES = str.maketrans({"〇": "○", "◯": "○", "⚪": "○", "✕": "×", "✖": "×", "☓": "×", "▲": "△"})
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")


def trimmed(text: str) -> str:
    """Take spaces of every width off both ends, and one kind of line break inside.

    >>> trimmed("　高松市 ")
    '高松市'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(_BLANK)


def is_blank(text: str) -> bool:
    """Tell whether a trimmed cell says nothing: it is empty, or only a dash.

    >>> is_blank(""), is_blank("−"), is_blank("なし")
    (True, True, False)
    """
    return not text or _ONLY_DASHES.fullmatch(text) is not None


def has_control(text: str) -> bool:
    """Tell whether a text holds control characters, which no table means."""
    return _CONTROL.search(text) is not None


def narrow(text: str) -> str:
    """Write digits, letters and dashes in one width, for codes and numbers.

    >>> narrow("０８７−８３９－２０１１")
    '087-839-2011'
    """
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Write a header or a choice so that width, case, spaces and underscores do not matter.

    >>> folded("名称＿カナ　") == folded("名称カナ")
    True
    """
    plain = unicodedata.normalize("NFKC", text.translate(_CIRCLES)).casefold()
    return re.sub(r"[\s_\-]+", "", plain)
