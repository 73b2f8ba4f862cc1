"""Which entries a search finds and how many, in one pass, or as it was found a moment ago."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from api_catalog.catalog.entry import Reader
from api_catalog.catalog.search import Facet, Search, needed_grams
from api_catalog.ports import Part
from api_catalog.store import entries_sql as sql
from api_catalog.store.remembered import Remembered
from kit.json import JsonObject

_COLUMNS = (Facet.KIND, Facet.TENANT)
"""Facets that are columns too, by which many entries are found or counted more cheaply."""

_COUNTS_KEPT_S = 60.0  # counts are right until an entry changes, which is told
_ORDER_KEPT_S = 5.0  # data that change move a dataset forward, which is not
_MOST_KEPT = 100_000  # counts or keys: some megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many entries a search finds, and by facet."""

    total: int
    by_facet: Mapping[Facet, Mapping[str, int]]


class Question:
    """A search, as the statements are bound to it.

    Args:
        reader: who asks.
        search: what is looked for.
        part: which part of it is wanted.
        facets: what is counted by.
        most_values: of each facet.
    """

    def __init__(
        self,
        reader: Reader,
        search: Search,
        part: Part,
        facets: Collection[Facet],
        most_values: int,
    ) -> None:
        self.facets = tuple(facets)
        self.matching = _matching(reader, search)
        self.part = (part.after, part.limit, part.offset)
        self.is_newest_first = part.newest_first
        self.counting = (tuple(one.value for one in self.facets), most_values)
        self.is_remembered = search.changed_since is None

    @property
    def about_counts(self) -> Hashable:
        """What its counts depend on."""
        return self.matching, self.counting

    @property
    def about_page(self) -> Hashable:
        """What its page depends on."""
        return self.matching, self.part, self.is_newest_first


class Finding:
    """Finds entries, and remembers for a moment what was found."""

    def __init__(self) -> None:
        self._counts = Remembered[Counts](longest_s=_COUNTS_KEPT_S, most=_MOST_KEPT)
        self._pages = Remembered[Sequence[str]](longest_s=_ORDER_KEPT_S, most=_MOST_KEPT)

    async def find(
        self, connection: asyncpg.Connection, question: Question
    ) -> tuple[Counts, Sequence[str]]:
        """Answer with the counts of a search and the keys of its part, in a transaction."""
        changes: int = await connection.fetchval(sql.BEGIN)
        counts = self._counts.find(question.about_counts, changes)
        keys = self._pages.find(question.about_page, changes)
        if counts is None:
            counts, keys = await _count(connection, question)
            if question.is_remembered:
                weight = 1 + sum(len(values) for values in counts.by_facet.values())
                self._counts.keep(question.about_counts, changes, counts, weight=weight)
        elif keys is None:
            keys = await _page(connection, question)
        else:
            return counts, keys
        if question.is_remembered:
            self._pages.keep(question.about_page, changes, keys, weight=1 + len(keys))
        return counts, keys


async def _page(connection: asyncpg.Connection, question: Question) -> Sequence[str]:
    statement = sql.NEWEST if question.is_newest_first else sql.PAGE
    rows = await connection.fetch(statement, *question.matching, *question.part)
    return [row["key"] for row in rows]


async def _count(
    connection: asyncpg.Connection, question: Question
) -> tuple[Counts, Sequence[str]]:
    statement = sql.COUNTED_NEWEST if question.is_newest_first else sql.COUNTED
    rows = await connection.fetch(statement, *question.matching, *question.part, *question.counting)
    by_facet: dict[Facet, dict[str, int]] = {one: {} for one in question.facets}
    total, keys = 0, []
    for row in rows:
        if row["facet"]:
            by_facet[Facet(row["facet"])][row["value"]] = row["entries"]
        elif row["place"]:
            keys.append(row["value"])
        else:
            total = row["entries"]
    return Counts(total=total, by_facet=by_facet), keys


def _matching(reader: Reader, search: Search) -> tuple[object, ...]:
    """Answer with the values that the conditions are bound to."""
    chosen: JsonObject = {
        facet.value: [value] for facet, value in search.chosen.items() if facet not in _COLUMNS
    }
    needed: set[str] = set()
    for word in search.words:
        needed |= needed_grams(word)
    return (
        reader.organisations is None,
        tuple(sorted(reader.organisations or ())),
        reader.is_member,
        tuple(sorted(reader.tenants)),
        tuple(sorted(needed)),
        orjson.dumps(chosen, option=orjson.OPT_SORT_KEYS).decode(),
        tuple(_somewhere(word) for word in search.words),
        search.is_of_platform,
        search.changed_since,
        tuple(search.any_owner),
        search.has_model,
        *(search.chosen.get(facet) for facet in _COLUMNS),
    )


def _somewhere(word: str) -> str:
    r"""Write a word as a pattern of LIKE that finds it anywhere.

    >>> _somewhere("50%")
    '%50\\%%'
    """
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
