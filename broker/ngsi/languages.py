"""Languages: tags of a languageMap, and the language filter that picks one of them (§4.15)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from broker.ngsi.opaque import pointer
from kit.json import JsonValue

_NONE = "@none"
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)  # RFC 5646 §2.1, well-formed
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)  # RFC 9110 §12.4.2


@dataclass(frozen=True, slots=True)
class Languages:
    """Language ranges in order of preference, lower case; `*` is any, `refused` is not wanted."""

    ranges: tuple[str, ...]
    refused: frozenset[str] = frozenset()


def parse_languages(text: str) -> Languages:
    """Parse a language filter.

    Spec: CIM 009 §4.15; RFC 5646, RFC 3282
    Raises:
        BadRequestData: it is no list of language tags with qualities.

    >>> parse_languages("en;q=0.8,ja,*;q=0.5").ranges
    ('ja', 'en', '*')
    """
    ranges: list[tuple[float, str]] = []
    refused: set[str] = set()
    for item in text.split(","):
        tag, *parameters = (part.strip() for part in item.split(";"))
        qualities = [_QUALITY.fullmatch(parameter) for parameter in parameters]
        if not (tag == "*" or _is_tag(tag)) or len(qualities) > 1 or None in qualities:
            raise BadRequestData(
                f"{item.strip()!r} is no language range; right would be ja or en;q=0.8",
                where="lang",
            )
        quality = float(qualities[0][1]) if qualities and qualities[0] else 1.0
        if quality:
            ranges.append((quality, tag.lower()))
        else:
            refused.add(tag.lower())
    ranges.sort(key=lambda item: -item[0])
    return Languages(tuple(tag for _, tag in ranges), frozenset(refused))


def choose(texts: Mapping[str, JsonValue], languages: Languages) -> str | None:
    """Choose the tag of a languageMap that a reader prefers; None only where there is none at all.

    Spec: CIM 009 §4.15; RFC 4647 §3.4

    >>> choose({"nl": "Grote Markt", "en-US": "Main Square"}, parse_languages("fr,nl-BE"))
    'nl'
    >>> choose({"nl": "Grote Markt", "en-US": "Main Square"}, parse_languages("en"))
    'en-US'
    """
    tags = {tag.lower(): tag for tag in texts}
    for wanted in languages.ranges:
        found = next(iter(tags), None) if wanted == "*" else _look_up(wanted, tags)
        if found is not None:
            return tags[found]
    if _NONE in tags:
        return _NONE
    return next((tag for low, tag in tags.items() if low not in languages.refused), None) or next(
        iter(texts), None
    )


def _look_up(wanted: str, tags: Mapping[str, str]) -> str | None:
    """Find a tag: the same, else a shorter one by truncation, else a longer one."""
    shorter = wanted
    while shorter:
        if shorter in tags:
            return shorter
        shorter = shorter.rpartition("-")[0]
    return next((tag for tag in tags if tag.startswith(f"{wanted}-")), None)


@lru_cache(maxsize=1024)
def _is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def require_language_map(value: JsonValue, *, merge: bool = False) -> None:
    """Check a languageMap: one text or an array of texts for each language tag or `@none`.

    Args:
        value: what is checked.
        merge: the NGSI-LD Null may stand for a text that is to go.

    Spec: CIM 009 §4.5.18
    Raises:
        BadRequestData: it is not that.
    """
    if not isinstance(value, dict) or not value:
        raise BadRequestData('A languageMap is not an object like {"ja": "札幌", "en": "Sapporo"}')
    for tag, text in value.items():
        if not (_is_tag(tag) or tag == _NONE):
            raise BadRequestData(
                f"{tag!r} is no language tag; right would be ja, en-GB or @none", where=pointer(tag)
            )
        if not _is_text(text, merge):
            raise BadRequestData(
                f"The text for {tag} is neither a text nor an array of texts", where=pointer(tag)
            )


def _is_text(text: JsonValue, merge: bool) -> bool:
    if type(text) is str:
        return "\x00" not in text and (merge or text != NULL)
    return isinstance(text, list) and all(
        isinstance(item, str) and "\x00" not in item and item != NULL for item in text
    )
