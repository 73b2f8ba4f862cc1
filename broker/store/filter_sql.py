"""Compiles a filter to SQL: its condition on an entity row, and where to look for candidates.

The condition is exact but for geoqueries, which `geo_sql` only narrows down. Candidates come from
typed columns of entity_index, the only ones that serve as index conditions under row-level
security; the condition is checked on each of them again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from broker.ngsi.cells import Search
from broker.ngsi.names import Iri
from broker.ngsi.q.paths import path_key
from broker.ngsi.q.syntax import (
    Boolean,
    Compare,
    Conjunction,
    Literal,
    Moment,
    MomentForm,
    Number,
    OneOf,
    Operator,
    Path,
    Query,
    Range,
    Text,
)
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.scopes import ANY_LEVEL, AllScopes, AnyScope, ScopePattern, ScopeQuery
from broker.ngsi.selection import AnyType, TypeSelection, matches_types
from broker.ngsi.visibility import Visibility, shows_kind
from broker.store import geo_sql, q_sql
from broker.store.index_sql import MAX_TEXT, as_float, as_instant, boolean_text
from broker.store.q_paths import chain
from broker.store.sql_text import Statement

_NO_TIME = datetime.min.replace(tzinfo=UTC)

Kinds = Mapping[int, tuple[Iri, ...]]
"""The tenant's combinations of types by their numbers (entity_kind)."""


class Reach(Enum):
    """How candidates are found; said by `explain`."""

    IDS = "by the ids asked for"
    VALUE = "by one indexed value, in order of id"
    VALUES = "by indexed values, unless they are many; then by type in order of id"
    NONE = "nowhere: no entity has such types"
    TYPES = "by type, in order of id"
    ALL = "through all entities, in order of id"

    @property
    def is_walk(self) -> bool:
        """Tell whether Entities are gone through without an index."""
        return self in (Reach.TYPES, Reach.ALL)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of entity_index, called i, that all matches are among.

    Args:
        condition: what stands after WHERE, but for the tenant and the kind.
        ranges: what stands before the rows in FROM, where they are looked for range by range.
        single: the condition of rows besides those in ranges.
        is_ordered: within a kind one row per entity, read in order of id.
    """

    condition: str
    ranges: str = ""
    single: str = ""
    is_ordered: bool = False

    def rows(self, kind: str) -> str:
        """Write the ids of candidates whose kind satisfies a condition."""
        every = f"SELECT i.id FROM entity_index i WHERE i.tenant = $1::int AND {kind} AND"
        rows = f"{every} {self.condition}"
        if not self.ranges:
            return rows
        # OFFSET keeps the rows a subquery of their own: each range is a search in the index.
        return (
            f"SELECT i.id FROM {self.ranges} CROSS JOIN LATERAL ({rows} OFFSET 0) i"
            f" UNION ALL ({every} {self.single})"
        )


def kinds_of(wanted: EntityFilter, kinds: Kinds) -> list[int] | None:
    """Give the kinds that some selector means and the caller may see; None: all."""
    visibility, selectors = wanted.visibility, wanted.selectors
    if not selectors or any(isinstance(each.types, AnyType) for each in selectors):
        if visibility is None:
            return None
        selectors = ()
    return [
        kind
        for kind, types in kinds.items()
        if (not selectors or any(matches_types(each.types, types) for each in selectors))
        and (visibility is None or shows_kind(visibility, types))
    ]


def ids_of(wanted: EntityFilter) -> list[str] | None:
    """Give the only ids that can match; None: any."""
    if not wanted.selectors or not all(selector.ids for selector in wanted.selectors):
        return None
    return sorted({id_ for selector in wanted.selectors for id_ in selector.ids})


def conditions(wanted: EntityFilter, statement: Statement, kinds: Kinds) -> list[str]:
    """Write what an entity row, called e, must satisfy besides its tenant."""
    now = statement.bind(statement.now, "timestamptz")
    parts = [f"(e.expires_at IS NULL OR e.expires_at > {now})"]
    if wanted.selectors:
        selected = [_selector(each, statement, kinds) for each in wanted.selectors]
        parts.append("(" + " OR ".join(selected) + ")")
    if wanted.visibility is not None:
        parts.append(_visible(wanted.visibility, statement, kinds))
    if wanted.scopes is not None:
        parts.append(_scopes(wanted.scopes, statement))
    if wanted.attributes:
        present = " || ".join(f"exists({chain([attribute])})" for attribute in wanted.attributes)
        path, variables = statement.bind_path(f"$ ? ({present})"), statement.bind_variables({})
        parts.append(f"jsonb_path_exists(e.document, {path}, {variables})")
    if wanted.q is not None:
        parts.append(q_sql.condition(wanted.q, statement))
    if wanted.geo is not None:
        parts.append(geo_sql.condition(wanted.geo, statement))
    return parts


def _selector(selector: EntitySelector, statement: Statement, kinds: Kinds) -> str:
    parts = []
    if not isinstance(selector.types, AnyType):
        parts.append(_is_kind(_of(selector.types, kinds), statement))
    if selector.ids:
        parts.append(f"e.id = ANY ({statement.bind(list(selector.ids), 'text[]')})")
    elif selector.id_pattern is not None:
        parts.append(f"e.id ~ {statement.bind(selector.id_pattern, 'text')}")
    return "(" + " AND ".join(parts) + ")" if parts else "true"


def _visible(visibility: Visibility, statement: Statement, kinds: Kinds) -> str:
    """Write that the caller sees an entity; a kind that is not known yet is not seen."""
    seen = [_is_kind(_of(visibility.openly, kinds), statement)]
    for own in visibility.owned:
        is_kind = _is_kind(_of(own.types, kinds), statement)
        seen.append(f"({is_kind} AND {q_sql.condition(own.query, statement)})")
    return "(" + " OR ".join(seen) + ")"


def _of(selection: TypeSelection, kinds: Kinds) -> list[int]:
    return [kind for kind, types in kinds.items() if matches_types(selection, types)]


def _is_kind(kinds: list[int], statement: Statement) -> str:
    if len(kinds) == 1:
        return f"e.kind = {statement.bind(kinds[0], 'int')}"
    return f"e.kind = ANY ({statement.bind(kinds, 'int[]')})"


def _scopes(query: ScopeQuery, statement: Statement) -> str:
    match query:
        case ScopePattern():
            pattern = statement.bind(_scope_pattern(query), "text")
            return f"EXISTS (SELECT 1 FROM unnest(e.scopes) AS s(scope) WHERE s.scope ~ {pattern})"
        case AllScopes(parts):
            return "(" + " AND ".join(_scopes(part, statement) for part in parts) + ")"
        case AnyScope(parts):
            return "(" + " OR ".join(_scopes(part, statement) for part in parts) + ")"


def _scope_pattern(pattern: ScopePattern) -> str:
    """Write a scope's pattern; a level holds letters, digits and _ only, so nothing is escaped."""
    levels = "/".join("[^/]+" if level == ANY_LEVEL else level for level in pattern.levels)
    if not pattern.below:
        return f"^/?{levels}$"
    return f"^/?{levels}(/|$)" if levels else "."


def candidates(
    wanted: EntityFilter, statement: Statement, declared: Collection[str]
) -> Candidates | None:
    """Choose the indexed values to look for; None: there are none.

    One value that is equalled comes first, for its rows are in order of id; then a geometry; then
    lists and ranges of values.

    Args:
        wanted: the filter.
        statement: takes the values looked for.
        declared: keys of paths whose values are all indexed.
    """
    terms = [term for term in _required(wanted.q) if path_key_of(term) in declared]
    for term in terms:
        column = _value(term)
        if column is not None:
            test = _bound(column, "=", statement)
            # Several texts may mean one instant: an entity may have several rows then.
            return _indexed(path_key_of(term), test, statement, is_ordered=column[0] != "instant")
    found = geo_sql.cells(wanted.geo) if wanted.geo is not None else None
    if wanted.geo is not None and found is not None:
        return _cells(wanted.geo.geoproperty, found, statement)
    for term in terms:
        among = _values(term, statement)
        if among is not None:
            return _indexed(path_key_of(term), among, statement, is_ordered=False)
    return None


def indexable(wanted: EntityFilter) -> frozenset[str]:
    """Give the keys of paths by whose values all matches could be found, were they indexed."""
    scratch = Statement(tenant=0, now=_NO_TIME)
    return frozenset(
        path_key_of(term)
        for term in _required(wanted.q)
        if _value(term) is not None or _values(term, scratch) is not None
    )


def _indexed(key: str, test: str, statement: Statement, *, is_ordered: bool) -> Candidates:
    path = statement.bind(key, "text")
    return Candidates(f"i.path = {path} AND {test}", is_ordered=is_ordered)


def _cells(key: str, found: Search, statement: Statement) -> Candidates:
    low, high = (statement.bind(list(ends), "bigint[]") for ends in zip(*found.ranges, strict=True))
    path = statement.bind(key, "text")
    return Candidates(
        f"i.path = {path} AND i.cell BETWEEN r.low AND r.high",
        ranges=f"unnest({low}, {high}) AS r(low, high)",
        single=f"i.path = {path} AND i.cell = ANY ({statement.bind(found.around, 'bigint[]')})",
    )


def _required(query: Query | None) -> Iterator[Compare]:
    """Give the comparisons that every match satisfies."""
    if isinstance(query, Conjunction):
        for part in query.parts:
            yield from _required(part)
    elif isinstance(query, Compare) and isinstance(query.path, Path):
        yield query


def path_key_of(term: Compare) -> str:
    """Give the key of the path that a comparison looks at."""
    return path_key(term.path) if isinstance(term.path, Path) else ""


_Column = tuple[str, str, object]
"""A column of entity_index, its type, and the value looked for."""


def _value(term: Compare) -> _Column | None:
    if term.operator is not Operator.EQUAL or isinstance(term.operand, OneOf | Range):
        return None
    return _column(term.operand)


def _column(literal: Literal) -> _Column | None:
    match literal:
        case Number(number):
            return "number", "float8", as_float(number)
        case Text(text):
            return "text", "text", text[:MAX_TEXT]
        case Boolean(flag):
            return "text", "text", boolean_text(flag=flag)
        case Moment(MomentForm.DATE_TIME, at):
            return "instant", "timestamptz", as_instant(at)
        case Moment(MomentForm.DATE, at):
            return "text", "text", at.second
        case Moment():
            return None  # one time has many texts


_BOUNDS = {
    Operator.GREATER: ">=",  # rows are coarser than values: the bound itself may match
    Operator.GREATER_EQUAL: ">=",
    Operator.LESS: "<=",
    Operator.LESS_EQUAL: "<=",
}


def _values(term: Compare, statement: Statement) -> str | None:
    """Write the test that rows of all matches pass, where values of one column are asked for."""
    operand = term.operand
    if isinstance(operand, OneOf):
        return _any_value(operand, statement) if term.operator is Operator.EQUAL else None
    if isinstance(operand, Range):
        if term.operator is not Operator.EQUAL:
            return None
        low, high = _column(operand.low), _column(operand.high)
        if low is None or high is None:
            return None
        return f"{_bound(low, '>=', statement)} AND {_bound(high, '<=', statement)}"
    column = _column(operand)
    bound = _BOUNDS.get(term.operator)
    return None if column is None or bound is None else _bound(column, bound, statement)


def _bound(column: _Column, operator: str, statement: Statement) -> str:
    name, type_, value = column
    return f"i.{name} {operator} {statement.bind(value, type_)}"


def _any_value(operand: OneOf, statement: Statement) -> str | None:
    columns = [_column(literal) for literal in operand.values]
    found = [column for column in columns if column is not None]
    if len(found) < len(columns) or len({name for name, _, _ in found}) != 1:
        return None
    name, type_, _ = found[0]
    values = statement.bind([value for _, _, value in found], f"{type_}[]")
    return f"i.{name} = ANY ({values})"
