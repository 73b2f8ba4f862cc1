"""In which order the Entities of a query come: `orderBy=name,capacity;desc,location;dist-asc`.

Spec: CIM 009 §4.23
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key
from typing import TypeAlias

from shapely.geometry.base import BaseGeometry

from broker.ngsi.collation import Collation, parse_collation
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geometry import distance_m, geometry_of, parse_geometry
from broker.ngsi.names import Iri, Term
from broker.ngsi.q.evaluate import compare_numbers
from broker.ngsi.q.parser import parse_path
from broker.ngsi.q.paths import instances, targets
from broker.ngsi.q.syntax import Instant, MomentForm, Path, moment_of
from kit.json import JsonValue

MAX_TERMS = 16
MAX_SORTED = 10_000
"""How many matches are put in order in memory; beyond it the query is refused."""

_DIRECTIONS = {"asc": False, "desc": True, "dist-asc": False, "dist-desc": True}
_ENTITY_MEMBERS = ("id", "type")


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One thing to order by.

    Args:
        path: what is compared; a Path without attributes names a member of the Entity: id, type,
            createdAt, modifiedAt.
    """

    path: Path
    descending: bool = False
    by_distance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """How matches are put in order; equal ones come in order of id.

    Args:
        origin: the geometry that distances are measured from.
        collation: how text compares; None: by code point.
    """

    terms: tuple[OrderTerm, ...]
    origin: BaseGeometry | None = None
    collation: Collation | None = None


def parse_ordering(
    terms: Sequence[str],
    expand: Callable[[Term], Iri],
    *,
    order_from: JsonValue = None,
    order_geometry: str = "Point",
    collation: str | None = None,
) -> Ordering:
    """Read what to order by; a text with commas is split by `split_terms` first.

    Spec: CIM 009 §4.23.3, §5.2.43
    Raises:
        BadRequestData: a term, the geometry or the collation is malformed, or distances have no
            geometry to start from.
    """
    if not 0 < len(terms) <= MAX_TERMS:
        raise BadRequestData(
            f"orderBy has {len(terms)} terms; right are 1 to {MAX_TERMS}", where="orderBy"
        )
    parsed = tuple(_parse_term(term, expand) for term in terms)
    origin = None
    if order_from is not None:
        origin = parse_geometry(order_geometry, order_from, where="orderFrom")
    elif any(term.by_distance for term in parsed):
        raise BadRequestData(
            "orderBy asks for distances, but orderFrom is missing", where="orderBy"
        )
    return Ordering(
        terms=parsed, origin=origin, collation=parse_collation(collation) if collation else None
    )


def split_terms(text: str) -> list[str]:
    """Split `orderBy` at its commas; a following `;desc` belongs to its term."""
    return text.split(",")


def _parse_term(text: str, expand: Callable[[Term], Iri]) -> OrderTerm:
    name, semicolon, direction = (part.strip() for part in text.partition(";"))
    if semicolon and direction not in _DIRECTIONS:
        raise BadRequestData(
            f"orderBy has the direction {direction!r}; right are {', '.join(_DIRECTIONS)}",
            where="orderBy",
        )
    path = Path((), name) if name in _ENTITY_MEMBERS else parse_path(name, expand, where="orderBy")
    return OrderTerm(path, _DIRECTIONS[direction or "asc"], direction.startswith("dist"))


Scalar: TypeAlias = int | float | str | bool | Instant | tuple[str, ...] | None
Key: TypeAlias = tuple[int, Scalar]
"""The rank of a value's data type (§4.23.2) and, within some ranks, the value."""

DISTANCE = -1
NUMBER, TEXT, OBJECT, ARRAY, BOOLEAN, TIME, DATE, DATE_TIME, NULL, ABSENT = range(10)
_MOMENTS = ((TIME, MomentForm.TIME), (DATE, MomentForm.DATE), (DATE_TIME, MomentForm.DATE_TIME))
_DATE_LIKE = re.compile(r"[0-9].*[0-9Z]", re.DOTALL)


def order_key(value: JsonValue) -> Key:
    """Give a value's place among values of all data types.

    Spec: CIM 009 §4.23.2

    >>> order_key(5) < order_key("a") < order_key({}) < order_key([]) < order_key(True)
    True
    """
    if value is None:
        return NULL, None
    if isinstance(value, bool):
        return BOOLEAN, value
    if isinstance(value, int | float):
        return NUMBER, value
    if isinstance(value, str):
        return _text_key(value)
    return (ARRAY if isinstance(value, list) else OBJECT), None


def _text_key(text: str) -> Key:
    if _DATE_LIKE.fullmatch(text):
        for rank, form in _MOMENTS:
            at = moment_of(text, form)
            if at is not None:
                return rank, at
    return TEXT, text


_Keyed: TypeAlias = tuple[tuple[Key, ...], Entity]


def sort_entities(entities: Iterable[Entity], ordering: Ordering, now: datetime) -> list[Entity]:
    """Put Entities in order; equal ones in order of id."""
    compare = comparison(ordering)

    def in_order(left: _Keyed, right: _Keyed) -> int:
        return compare(left[0], right[0]) or (left[1].id > right[1].id) - (left[1].id < right[1].id)

    keyed = [(sort_keys(entity, ordering, now), entity) for entity in entities]
    return [entity for _, entity in sorted(keyed, key=cmp_to_key(in_order))]


def sort_keys(entity: Entity, ordering: Ordering, now: datetime) -> tuple[Key, ...]:
    """Give an Entity's keys, one for each term."""
    return tuple(_key(entity, term, ordering, now) for term in ordering.terms)


def _key(entity: Entity, term: OrderTerm, ordering: Ordering, now: datetime) -> Key:
    if term.by_distance and ordering.origin is not None:
        nearest = _nearest(entity, term.path, ordering.origin, now)
        if nearest is not None:
            return DISTANCE, nearest
    if term.path.member == "id" and not term.path.attributes:
        return TEXT, entity.id
    if term.path.member == "type" and not term.path.attributes:
        return TEXT, min(entity.types)
    key: Key = ABSENT, None
    value = first_value(entity, term.path, now)
    if value is not None:
        key = order_key(value[0])
    if key[0] == TEXT and isinstance(key[1], str) and ordering.collation:
        return TEXT, ordering.collation.key(key[1])
    return key


def first_value(entity: Entity, path: Path, now: datetime) -> tuple[JsonValue] | None:
    """Give the value that orders an Entity: of the first visible instance that has one.

    A LanguageProperty without a language is an object.
    """
    if path.attributes and path.member is None and not path.keys:
        for instance in instances(entity, path.attributes, now):
            return (_value_of(instance),)
        return None
    for target in targets(path, entity, now):
        return (target.value,)
    return None


def _value_of(instance: Instance) -> JsonValue:
    for member in ("value", "object", "vocab", "languageMap", "json", "valueList", "objectList"):
        if member in instance:
            value = instance[member]
            if member == "value" and isinstance(value, dict) and "@value" in value:
                return value["@value"]
            return value
    return None


def _nearest(entity: Entity, path: Path, origin: BaseGeometry, now: datetime) -> float | None:
    distances = [
        distance_m(shape, origin)
        for instance in instances(entity, path.attributes, now)
        if instance.get("type") == "GeoProperty"
        and (shape := geometry_of(instance.get("value"))) is not None
    ]
    return min(distances, default=None)


def comparison(ordering: Ordering) -> Callable[[tuple[Key, ...], tuple[Key, ...]], int]:
    """Give the comparison of two Entities' keys: negative, zero or positive."""
    directions = [term.descending for term in ordering.terms]

    def compare(left: tuple[Key, ...], right: tuple[Key, ...]) -> int:
        for descending, one, other in zip(directions, left, right, strict=True):
            order = compare_keys(one, other, descending=descending)
            if order:
                return order
        return 0

    return compare


def compare_keys(left: Key, right: Key, *, descending: bool = False) -> int:
    """Compare two keys; what has no value comes last and what has a distance first, either way."""
    if left[0] != right[0]:
        outer = descending and not {left[0], right[0]} & {DISTANCE, NULL, ABSENT}
        return right[0] - left[0] if outer else left[0] - right[0]
    order = _compare_values(left[1], right[1])
    return -order if descending else order


def _compare_values(one: Scalar, other: Scalar) -> int:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return compare_numbers(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, Instant) and isinstance(other, Instant):
        return (one > other) - (one < other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return (one > other) - (one < other)
    return 0
