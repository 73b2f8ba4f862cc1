"""Text in the order of a language's readers, by BCP 47 tag (`collation`, §4.23.3).

An approximation of ICU's root order that needs no tables: white space, punctuation, symbols,
digits, letters; within letters first the base letter, then accents and voicing marks, then case and
kana; ideographs by code point. Hiragana and katakana, half and full width sort together. Orders
peculiar to one language (`co`) are not known, letters that do not decompose (æ, ø) come last.
"""

import re
import unicodedata
from dataclasses import dataclass

from broker.ngsi.errors import BadRequestData

_TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-u(?P<settings>(?:-[a-z0-9]{2,8})+))?(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_STRENGTHS = {"level1": 1, "level2": 2, "level3": 3, "level4": 3, "identic": 4}
_DEFAULT_STRENGTH = 3
_GROUPS = {"Z": "0", "C": "0", "P": "1", "S": "2", "N": "4"}
_CURRENCY, _DIGITS, _LETTERS = "3", "4", "5"
_SMALL_KANA = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60


@dataclass(frozen=True, slots=True)
class Collation:
    """How text is put in order.

    Args:
        strength: 1 compares base letters, 2 accents too, 3 case too, 4 every code point.
        numeric: runs of digits compare as numbers (kn).
        upper_first: upper case before lower case (kf).
    """

    tag: str
    strength: int = _DEFAULT_STRENGTH
    numeric: bool = False
    upper_first: bool = False

    def key(self, text: str) -> tuple[str, ...]:
        """Give what stands for a text in comparisons.

        >>> sorted(["b", "á", "A", "a"], key=parse_collation("und").key)
        ['a', 'A', 'á', 'b']
        """
        first: list[str] = []
        second: list[str] = []
        third: list[str] = []
        for char in unicodedata.normalize("NFKD", text):
            if unicodedata.combining(char):
                second.append(char)
                continue
            first.append(_group(char) + _base(char))
            second.append("\x01")
            third.append("1" if _is_marked(char) is not self.upper_first else "0")
        base = "".join(first)
        if self.numeric:
            base = re.sub(r"(?:4[0-9])+", _as_number, base)
        return (base, "".join(second), "".join(third), text)[: self.strength]


def _as_number(found: re.Match[str]) -> str:
    digits = found.group()[1::2].lstrip("0")
    return f"{_DIGITS}{len(digits):04d}{digits}"


def _group(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Sc":
        return _CURRENCY
    return _GROUPS.get(category[0], _LETTERS)


def _base(char: str) -> str:
    if ord(char) in _KATAKANA:
        char = chr(ord(char) - _TO_HIRAGANA)
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    return char.translate(_SMALL_KANA).casefold()


def _is_marked(char: str) -> bool:
    return char.isupper() or ord(char) in _KATAKANA


def parse_collation(tag: str) -> Collation:
    """Read a collation tag.

    Spec: CIM 009 §4.23.3, RFC 6067
    Raises:
        BadRequestData: it is no language tag, or a setting of it is unknown.
    """
    found = _TAG.fullmatch(tag.lower())
    if found is None:
        raise BadRequestData(
            f"collation {tag!r} is no language tag; right would be und, ja or de-u-co-phonebk",
            where="collation",
        )
    settings = _settings((found["settings"] or "").split("-")[1:])
    strength = settings.get("ks", "level3")
    if strength not in _STRENGTHS:
        raise BadRequestData(
            f"collation {tag!r} has the strength {strength!r}; right are {', '.join(_STRENGTHS)}",
            where="collation",
        )
    return Collation(
        tag.lower(),
        strength=_STRENGTHS[strength],
        numeric=settings.get("kn") in ("", "true", "yes"),
        upper_first=settings.get("kf") == "upper",
    )


def _settings(parts: list[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    key = ""
    for part in parts:
        if len(part) == 2:  # a key of two characters opens each setting (RFC 6067 §2.1)
            key = part
            settings[key] = ""
        elif key:
            settings[key] = f"{settings[key]}-{part}".strip("-")
    return settings
