"""Tells whether an Entity satisfies a query, in memory; `broker.store.q_sql` must agree."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId
from broker.ngsi.patterns import found_in
from broker.ngsi.q.paths import Target, instances, leads_somewhere, targets
from broker.ngsi.q.syntax import (
    Absent,
    AnyPath,
    Boolean,
    Compare,
    Conjunction,
    Disjunction,
    Exists,
    Like,
    LinkedPath,
    Literal,
    Moment,
    Number,
    OneOf,
    Operand,
    Operator,
    Path,
    Query,
    Range,
    Text,
    moment_of,
)
from kit.json import JsonValue

Linked = Callable[[EntityId], Entity | None]
"""Where a linked Entity is looked up; None where it is not stored or has expired."""

_EXACT = 2**53  # up to here a float holds every integer


def nothing_linked(_: EntityId) -> Entity | None:
    """Find no linked Entity."""
    return None


@dataclass(frozen=True, slots=True)
class Sight:
    """At what instant an Entity is looked at, and how its linked ones are found."""

    now: datetime
    linked: Linked = nothing_linked


def holds(query: Query, entity: Entity, sight: Sight) -> bool:
    """Tell whether an Entity satisfies a query.

    Spec: CIM 009 §4.9
    """
    match query:
        case Conjunction(parts):
            return all(holds(part, entity, sight) for part in parts)
        case Disjunction(parts):
            return any(holds(part, entity, sight) for part in parts)
        case Exists(path):
            return _exists(path, entity, sight)
        case Absent(path):
            return not _exists(path, entity, sight)
        case Compare(path, operator, operand):
            return _compare(path, operator, operand, entity, sight)
        case Like(path, pattern, negated):
            return _like(path, pattern, entity, sight, negated=negated)
        case _:
            assert_never(query)


def _like(path: AnyPath, pattern: str, entity: Entity, sight: Sight, *, negated: bool) -> bool:
    if not negated:
        return _any(path, entity, sight, lambda target: _found(target, pattern))
    return _any(path, entity, sight, _is_text) and not _any(
        path, entity, sight, lambda target: _found(target, pattern)
    )


def _compare(
    path: AnyPath, operator: Operator, operand: Operand, entity: Entity, sight: Sight
) -> bool:
    if operator is Operator.UNEQUAL:
        return _exists(path, entity, sight) and not _any(
            path, entity, sight, lambda target: _equal(target, operand)
        )
    if operator is Operator.EQUAL:
        return _any(path, entity, sight, lambda target: _equal(target, operand))
    if isinstance(operand, OneOf | Range):
        return False  # the parser makes none
    return _any(path, entity, sight, lambda target: _ordered(target, operator, operand))


def _reached(path: AnyPath, entity: Entity, sight: Sight) -> list[tuple[Path, Entity]]:
    """Follow Relationships to the Entities in which the last part of a path is to be read."""
    if isinstance(path, Path):
        return [(path, entity)]
    found: list[tuple[Path, Entity]] = []
    for id_ in dict.fromkeys(_objects(path, entity, sight)):
        linked = sight.linked(EntityId(id_))
        if linked is not None and (not path.types or set(path.types).intersection(linked.types)):
            found.extend(_reached(path.path, linked, sight))
    return found


def _objects(path: LinkedPath, entity: Entity, sight: Sight) -> list[str]:
    objects: list[str] = []
    for instance in instances(entity, (path.relationship,), sight.now):
        for member in ("object", "objectList"):
            value = instance.get(member)
            items = value if isinstance(value, list) else [value]
            objects.extend(item for item in items if isinstance(item, str))
    return objects


def _exists(path: AnyPath, entity: Entity, sight: Sight) -> bool:
    return any(leads_somewhere(last, at, sight.now) for last, at in _reached(path, entity, sight))


def _any(path: AnyPath, entity: Entity, sight: Sight, wanted: Callable[[Target], bool]) -> bool:
    return any(
        wanted(target)
        for last, at in _reached(path, entity, sight)
        for target in targets(last, at, sight.now)
    )


def _is_text(target: Target) -> bool:
    return isinstance(target.value, str) and not target.relational


def _found(target: Target, pattern: str) -> bool:
    return (
        isinstance(target.value, str) and not target.relational and found_in(pattern, target.value)
    )


def _equal(target: Target, operand: Operand) -> bool:
    if isinstance(operand, Range):
        return _ordered(target, Operator.GREATER_EQUAL, operand.low) and _ordered(
            target, Operator.LESS_EQUAL, operand.high
        )
    literals = operand.values if isinstance(operand, OneOf) else (operand,)
    values = target.value if isinstance(target.value, list) else [target.value]
    return any(_order(value, literal) == 0 for value in values for literal in literals)


def _ordered(target: Target, operator: Operator, literal: Literal) -> bool:
    if target.relational:
        return False
    order = _order(target.value, literal)
    if order is None:
        return False
    match operator:
        case Operator.GREATER:
            return order > 0
        case Operator.GREATER_EQUAL:
            return order >= 0
        case Operator.LESS:
            return order < 0
        case Operator.LESS_EQUAL:
            return order <= 0
        case _:
            return False


def _order(value: JsonValue, literal: Literal) -> int | None:
    """Compare a single value: negative, zero or positive; None: of another data type."""
    match literal:
        case Number(number) if isinstance(value, int | float) and not isinstance(value, bool):
            return compare_numbers(value, number)
        case Text(text) if isinstance(value, str):
            return (value > text) - (value < text)
        case Boolean(flag) if isinstance(value, bool):
            return 0 if value is flag else 1
        case Moment(form, at) if isinstance(value, str):
            there = moment_of(value, form)
            return None if there is None else (there > at) - (there < at)
        case _:
            return None


def compare_numbers(left: float, right: float) -> int:
    """Compare two JSON numbers as the decimal numbers they are written as.

    >>> compare_numbers(1, 1.0), compare_numbers(10**22 + 1, 1e22)
    (0, 1)
    """
    if type(left) is not type(right) and max(abs(left), abs(right)) >= _EXACT:
        exact_left, exact_right = Decimal(repr(left)), Decimal(repr(right))
        return (exact_left > exact_right) - (exact_left < exact_right)
    return (left > right) - (left < right)
