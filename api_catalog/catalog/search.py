"""Searching: what a text is found by, and what a reader may ask for.

Japanese has no spaces between words: a text is found by its pairs of neighbouring characters, and
then compared as a whole.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.words import FIELDS_EN

MOST_WORDS = 10
_LONGEST_WORD = 100
EVERY_VALUE = 1_000_000
"""More values of a facet than there are."""


class Facet(Enum):
    """What entries are counted by."""

    KIND = "kind"
    FIELD = "field"
    OWNER = "owner"
    TENANT = "tenant"
    MODEL = "model"
    PROOFING = "proofing"
    AUTHENTICATION = "authentication"
    LICENCE = "licence"
    KEYWORD = "keyword"
    LIFECYCLE = "lifecycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for.

    Args:
        words: each has to be found, wherever.
        chosen: by facet, the value that entries have.
        any_owner: of these owners; empty: of any.
        changed_since: words or data changed then or later.
        is_of_platform: only what is of no tenant.
        has_model: only what a data model describes, and so is had as files.
    """

    words: tuple[str, ...] = ()
    chosen: Mapping[Facet, str] = field(default_factory=dict)
    any_owner: tuple[str, ...] = ()
    changed_since: datetime | None = None
    is_of_platform: bool = False
    has_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of what was found.

    Args:
        total: of all pages.
        facets: by facet, how many entries have each value; only those that were asked for.
    """

    listed: tuple[Listed, ...]
    total: int
    facets: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)


def normalized(text: str) -> str:
    """Fold width, case and marks of composition, and make every blank a space.

    >>> normalized("ＡＥＤ　設置ｶﾞ所")
    'aed 設置ガ所'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def words_of(text: str) -> tuple[str, ...]:
    """Cut what somebody typed into words.

    >>> words_of("避難所　江別")
    ('避難所', '江別')
    """
    return tuple(word[:_LONGEST_WORD] for word in normalized(text).split()[:MOST_WORDS])


def grams(text: str) -> frozenset[str]:
    """Answer with a text's single characters and pairs of neighbours, blanks apart.

    >>> sorted(grams("避難所"))
    ['所', '避', '避難', '難', '難所']
    """
    return frozenset(_grams(normalized(text)))


def needed_grams(word: str) -> frozenset[str]:
    """Answer with what a text must have to hold a word.

    >>> sorted(needed_grams("避難所")), sorted(needed_grams("A"))
    (['避難', '難所'], ['a'])
    """
    folded = normalized(word).replace(" ", "")
    pairs = frozenset(folded[at : at + 2] for at in range(len(folded) - 1))
    return pairs or frozenset(folded)


def searched_text(entry: Entry, owner: str) -> str:
    """Answer with everything of an entry that a word may be found in."""
    fields = [text for one in entry.fields for text in (one.value, FIELDS_EN[one])]
    parts = [
        entry.key,
        *(text for _, text in (*entry.title.every(), *entry.description.every())),
        owner,
        entry.tenant or "",
        *fields,
        *entry.keywords,
        *entry.models,
        *entry.types,
    ]
    return normalized("\n".join(parts))


def _grams(text: str) -> Iterator[str]:
    for word in text.split():
        yield from word
        yield from (word[at : at + 2] for at in range(len(word) - 1))
