"""Puts entity rows in order in SQL; `ordering` must agree.

Text compares by code point, or by the server's own ICU collation where one is asked for.
"""

from dataclasses import dataclass

from broker.ngsi.ordering import (
    ABSENT,
    ARRAY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    NULL,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Ordering,
    OrderTerm,
)
from broker.ngsi.q.paths import ANY_LANGUAGE
from broker.ngsi.q.syntax import MomentForm, Path
from broker.store.q_paths import chain, quote
from broker.store.sql_text import Statement
from kit.db import Connection

_INHERITED = frozenset({"createdAt", "modifiedAt"})
_COLUMNS = {"createdAt": "created_at", "modifiedAt": "modified_at", "expiresAt": "expires_at"}
_MEMBERS = ("value", "object", "vocab", "languageMap", "json", "valueList", "objectList")
_COLLATION = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collprovider = 'i' AND n.nspname = 'pg_catalog' AND lower(c.collname) = $1
    AND getdatabaseencoding() = 'UTF8'
LIMIT 1"""
_INSTANT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""


@dataclass(frozen=True, slots=True)
class OrderSql:
    """What a statement needs to be in order: values to join, and the list of keys."""

    joins: str
    keys: str


async def collation_of(connection: Connection, ordering: Ordering | None) -> str | None:
    """Find the server's ICU collation that an order asks for, quoted; None: there is none."""
    if ordering is None or ordering.collation is None:
        return None
    found: str | None = await connection.fetchval(_COLLATION, f"{ordering.collation.tag}-x-icu")
    return found


def is_sortable(ordering: Ordering, collation: str | None = None) -> bool:
    """Tell whether the order can be had in SQL: no distance, and no inherited times below.

    Args:
        ordering: the order.
        collation: the server's, where the order asks for one and the server has it.
    """
    return (ordering.collation is None or collation is not None) and not any(
        term.by_distance or (term.path.member in _INHERITED and len(term.path.attributes) > 1)
        for term in ordering.terms
    )


def order_by(
    ordering: Ordering | None,
    statement: Statement,
    entity: str = "e",
    *,
    collation: str | None = None,
) -> OrderSql:
    """Write the order of rows: by the terms, then by id."""
    joins, keys = [], []
    for number, term in enumerate(ordering.terms if ordering else ()):
        if term.path == Path((), "id"):
            keys.append(f"{entity}.id{_direction(term)}")
            continue
        name = f"o{number}"
        joins.append(
            f" CROSS JOIN LATERAL (SELECT {_value(term.path, statement, entity)} AS v) {name}"
        )
        keys += _keys(f"{name}.v", term, collation if term.path.attributes else None)
    return OrderSql("".join(joins), ", ".join([*keys, f"{entity}.id"]))


def _direction(term: OrderTerm) -> str:
    return " DESC" if term.descending else ""


def _keys(value: str, term: OrderTerm, collation: str | None) -> list[str]:
    """Write the keys of a value: of what data type it is, then its number or its text."""
    text = f"({value} #>> '{{}}')"
    is_time, is_date, is_instant = (
        f"{text} ~ '^({form.value})$'"
        for form in (MomentForm.TIME, MomentForm.DATE, MomentForm.DATE_TIME)
    )
    rank = (
        f"CASE jsonb_typeof({value}) WHEN 'number' THEN {NUMBER} WHEN 'string' THEN"
        f" CASE WHEN {is_time} THEN {TIME} WHEN {is_date} THEN {DATE}"
        f" WHEN {is_instant} THEN {DATE_TIME} ELSE {TEXT} END"
        f" WHEN 'object' THEN {OBJECT} WHEN 'array' THEN {ARRAY} WHEN 'boolean' THEN {BOOLEAN}"
        f" WHEN 'null' THEN {NULL} ELSE {ABSENT} END"
    )
    is_number = f"jsonb_typeof({value}) = 'number'"
    is_single = f"jsonb_typeof({value}) IN ('string', 'boolean')"
    moment = (
        f"CASE WHEN {is_instant} THEN {_without_zeros(text, 19)}"
        f" WHEN {is_time} THEN {_without_zeros(text, 8)} ELSE {text} END"
    )
    direction = _direction(term)
    by_reader = f"CASE WHEN {rank} = {TEXT} THEN {text} END COLLATE {collation}{direction}"
    return [
        f"({rank} >= {NULL})",  # what has no value comes last either way
        f"({rank}){direction}",
        f"CASE WHEN {is_number} THEN {text}::numeric END{direction}",
        *([by_reader] if collation else []),
        f'CASE WHEN {is_single} THEN {moment} END COLLATE "C"{direction}',
    ]


def _without_zeros(text: str, seconds: int) -> str:
    """Write a moment's whole seconds, then its fraction without the zeros at the end."""
    digits = f"greatest(length({text}) - {seconds + 2}, 0)"  # there may be no fraction at all
    fraction = f"substr({text}, {seconds + 2}, {digits})"
    return f"left({text}, {seconds}) || rtrim({fraction}, '0')"


def _value(path: Path, statement: Statement, entity: str) -> str:
    """Write the value that orders an entity, as jsonb; SQL's null where it has none."""
    if not path.attributes:
        return _of_entity(path.member or "", entity)
    way = chain(path.attributes)
    if path.member in _INHERITED:
        return _inherited(way, path.member, statement, entity)
    if path.member is not None:
        return _first(f"{way}.{path.member}", statement, entity)
    if path.keys:
        return _with_keys(way, path.keys, statement, entity)
    instance = _first(way, statement, entity)
    members = ", ".join(
        "CASE WHEN jsonb_typeof(i.v -> 'value') = 'object' THEN i.v #> '{value,@value}' END"
        if member == "@value"
        else f"i.v -> '{member}'"
        for member in ("@value", *_MEMBERS)
    )
    return f"(SELECT coalesce({members}) FROM (SELECT {instance}) AS i(v))"


def _of_entity(member: str, entity: str) -> str:
    if member == "type":
        return (
            "(SELECT to_jsonb(k.types[1]) FROM entity_kind k"  # types are stored sorted
            f" WHERE k.tenant = {entity}.tenant AND k.kind = {entity}.kind)"
        )
    column = _COLUMNS.get(member)
    if column is None:
        return "NULL::jsonb"
    return f"to_jsonb(to_char({entity}.{column} AT TIME ZONE 'UTC', {_INSTANT}))"


def _inherited(way: str, member: str, statement: Statement, entity: str) -> str:
    instance = _first(way, statement, entity)
    created = _of_entity("createdAt", entity)
    own = "i.v -> 'modifiedAt', " if member == "modifiedAt" else ""
    return (
        f"(SELECT coalesce({own}i.v -> 'createdAt', {created})"
        f" FROM (SELECT {instance}) AS i(v) WHERE i.v IS NOT NULL)"
    )


def _with_keys(way: str, keys: tuple[str, ...], statement: Statement, entity: str) -> str:
    """Write the first value that keys lead to; each instance is of one kind only."""
    into = "".join(f' ? (@.type() == "object").{quote(key)}' for key in keys)
    places = [f"{way}.value{into}", f"{way}.json{into}"]
    if keys == ANY_LANGUAGE:
        places.append(f"{way}.languageMap.*[*]")
    elif len(keys) == 1:
        places.append(f"{way}.languageMap.{quote(keys[0])}[*]")
    return f"coalesce({', '.join(_first(place, statement, entity) for place in places)})"


def _first(way: str, statement: Statement, entity: str) -> str:
    path, variables = statement.bind_path(way), statement.bind_variables({})
    return f"jsonb_path_query_first({entity}.document, {path}, {variables})"
