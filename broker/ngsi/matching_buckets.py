"""Bucket: subscriptions that stand together in an index, told apart by what they must find.

Where q, whatever else it says, wants a value of the Entity itself to equal a text or to lie above
or below a number, its subscription is found by that value; where it has no such q and a pattern
of ids that begins with fixed characters, by these. All others are candidates always.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from broker.ngsi.entity import Entity
from broker.ngsi.q.paths import targets
from broker.ngsi.q.syntax import (
    Compare,
    Conjunction,
    Number,
    Operator,
    Path,
    Query,
    Range,
    Text,
)
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.subscription import Subscription

_LITERAL = re.compile(r"[^\\^$.|?*+()\[\]{}]+")
_EXACT = 2**53  # beyond, numbers compare as they are written and not as Python has them


@dataclass(frozen=True, slots=True)
class EqualText:
    """Some value at the path is this text."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Some value at the path is this number or more."""

    path: Path
    number: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """Some value at the path is this number or less."""

    path: Path
    number: float


@dataclass(frozen=True, slots=True)
class IdPrefix:
    """The id begins with this text."""

    prefix: str


Necessity: TypeAlias = EqualText | AtLeast | AtMost | IdPrefix


def necessity(wanted: EntityFilter) -> Necessity | None:
    """Find what every Entity that matches a filter must have; None: nothing that can be found."""
    return _of_query(wanted.q) or _of_selectors(wanted.selectors)


def _of_selectors(selectors: Sequence[EntitySelector]) -> IdPrefix | None:
    if len(selectors) != 1 or selectors[0].ids or selectors[0].id_pattern is None:
        return None
    prefix = fixed_prefix(selectors[0].id_pattern)
    return IdPrefix(prefix) if prefix else None


def fixed_prefix(pattern: str) -> str:
    """Answer with the characters that all texts found by a canonical pattern begin with.

    >>> fixed_prefix("^urn:ngsi-ld:AED:01.*"), fixed_prefix("^ab?c"), fixed_prefix("^a|b")
    ('urn:ngsi-ld:AED:01', 'a', '')
    """
    if not pattern.startswith("^") or "|" in pattern:
        return ""
    found = _LITERAL.match(pattern, 1)
    prefix = found[0] if found else ""
    return prefix[:-1] if pattern[1 + len(prefix) :].startswith(("?", "*", "{")) else prefix


def _of_query(q: Query | None) -> Necessity | None:
    parts = q.parts if isinstance(q, Conjunction) else (q,)
    found = [needed for part in parts if (needed := _of(part)) is not None]
    texts = [one for one in found if isinstance(one, EqualText)]
    return next(iter(texts or found), None)


def _of(part: Query | None) -> Necessity | None:
    if not isinstance(part, Compare) or not isinstance(part.path, Path):
        return None
    operator, operand = part.operator, part.operand
    if operator is Operator.EQUAL and isinstance(operand, Text):
        return EqualText(part.path, operand.value)
    if operator is Operator.EQUAL and isinstance(operand, Range):
        operator, operand = Operator.GREATER_EQUAL, operand.low
    if not isinstance(operand, Number) or abs(operand.value) >= _EXACT:
        return None
    if operator in (Operator.GREATER, Operator.GREATER_EQUAL):
        return AtLeast(part.path, operand.value)
    return AtMost(part.path, operand.value) if operator in _BELOW else None


_BELOW = (Operator.LESS, Operator.LESS_EQUAL)


@dataclass(slots=True)
class _Bounds:
    """Subscriptions by a number, in its order."""

    numbers: list[float] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)

    def add(self, number: float, subscription: Subscription) -> None:
        self.subscriptions.insert(bisect_right(self.numbers, number), subscription)
        insort(self.numbers, number)


@dataclass(slots=True)
class Bucket:
    """Subscriptions, and those of them that a value leads to."""

    others: list[Subscription] = field(default_factory=list)
    by_text: dict[Path, dict[str, list[Subscription]]] = field(default_factory=dict)
    at_least: dict[Path, _Bounds] = field(default_factory=dict)
    at_most: dict[Path, _Bounds] = field(default_factory=dict)
    by_prefix: dict[int, dict[str, list[Subscription]]] = field(default_factory=dict)

    def add(self, subscription: Subscription, needed: Necessity | None) -> None:
        """Put a subscription in."""
        match needed:
            case EqualText(path, text):
                self.by_text.setdefault(path, {}).setdefault(text, []).append(subscription)
            case AtLeast(path, number):
                self.at_least.setdefault(path, _Bounds()).add(number, subscription)
            case AtMost(path, number):
                self.at_most.setdefault(path, _Bounds()).add(number, subscription)
            case IdPrefix(prefix):
                same_length = self.by_prefix.setdefault(len(prefix), {})
                same_length.setdefault(prefix, []).append(subscription)
            case None:
                self.others.append(subscription)

    def candidates(self, entity: Entity, at: datetime) -> Iterable[Subscription]:
        """Give those that an Entity may satisfy."""
        if not (self.by_text or self.at_least or self.at_most or self.by_prefix):
            return self.others
        return [*self.others, *self._led_to(entity, at)]

    def _led_to(self, entity: Entity, at: datetime) -> Iterator[Subscription]:
        for length, same_length in self.by_prefix.items():
            yield from same_length.get(entity.id[:length], ())
        for path, by_text in self.by_text.items():
            for text in _texts(path, entity, at):
                yield from by_text.get(text, ())
        for path, bounds in self.at_least.items():
            if numbers := _numbers(path, entity, at):
                yield from bounds.subscriptions[: bisect_right(bounds.numbers, max(numbers))]
        for path, bounds in self.at_most.items():
            if numbers := _numbers(path, entity, at):
                yield from bounds.subscriptions[bisect_left(bounds.numbers, min(numbers)) :]


def _texts(path: Path, entity: Entity, at: datetime) -> set[str]:
    """Gather the texts that `==` would find at a path (see q.syntax)."""
    texts: set[str] = set()
    for target in targets(path, entity, at):
        values = target.value if isinstance(target.value, list) else [target.value]
        texts.update(value for value in values if isinstance(value, str))
    return texts


def _numbers(path: Path, entity: Entity, at: datetime) -> list[float]:
    """Gather the numbers that `>` and `<` would find at a path; great ones are any number."""
    numbers: list[float] = []
    for target in targets(path, entity, at):
        value = target.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers += [value] if abs(value) < _EXACT else [-_EXACT, _EXACT]
    return numbers
