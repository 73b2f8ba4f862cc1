"""jsonpath for the readers of `document`: how a path and a test on its target are written.

A jsonpath is an argument of the statement, not a part of it. Names and keys stand in it as JSON
strings, compared values as variables. All are in lax mode and ask only "is there one such that",
so that a comparison of unlike types, which jsonpath calls unknown, counts as no.

`q.syntax` says what is meant, `q.paths` and `q.evaluate` mean the same in memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

import orjson

from broker.ngsi.names import Iri
from broker.ngsi.q.paths import ANY_LANGUAGE
from broker.ngsi.q.syntax import (
    Boolean,
    Literal,
    Moment,
    MomentForm,
    Number,
    OneOf,
    Operand,
    Operator,
    Path,
    Range,
    Text,
)
from broker.store.sql_text import VISIBLE
from kit.json import JsonValue


@dataclass(frozen=True, slots=True)
class Present:
    """There is a target."""


@dataclass(frozen=True, slots=True)
class Equal:
    """The target, or an element of it, equals the operand."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Ordered:
    """The target is a single value that lies so to a literal."""

    operator: Operator
    literal: Literal


@dataclass(frozen=True, slots=True)
class Textual:
    """The target is a text, one in which the pattern is found where there is a pattern."""

    pattern: str | None = None


OfValue: TypeAlias = Equal | Ordered | Textual
"""What is asked of a target's value."""

Test: TypeAlias = Present | OfValue
"""What is asked of a single target; `!=` and `!~=` are put together from these."""

_MAX_FRACTION = 6  # digits of a second


@dataclass(slots=True)
class Variables:
    """The values that a jsonpath compares with."""

    values: dict[str, JsonValue] = field(default_factory=dict)

    def take(self, value: JsonValue) -> str:
        """Give a value a name and answer with it."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def quote(name: str) -> str:
    """Write a name or a text as a jsonpath string."""
    return orjson.dumps(name).decode()


def chain(attributes: Sequence[Iri], conditions: Sequence[str] = ()) -> str:
    """Write the way to the visible instances of an attribute or, below it, of a sub-attribute.

    Args:
        attributes: from the outermost one.
        conditions: what more each level's instances must satisfy; empty: nothing.
    """
    wanted = conditions or [""] * len(attributes)
    return "$" + "".join(
        f".{quote(name)}[*] ? ({VISIBLE}{f' && {condition}' if condition else ''})"
        for name, condition in zip(attributes, wanted, strict=True)
    )


def leads(path: Path, test: Test, variables: Variables) -> str:
    """Write as a jsonpath predicate that a path leads to a target that passes a test.

    The path names an attribute, and no member that is inherited (createdAt, modifiedAt).
    """
    condition = _on_instance(path, test, variables)
    conditions = [""] * (len(path.attributes) - 1) + [condition]
    return f"exists({chain(path.attributes, conditions)})"


def _on_instance(path: Path, test: Test, variables: Variables) -> str:
    """Write what an instance must satisfy."""
    if isinstance(test, Present):
        return _has_target(path)
    scalar_only = not isinstance(test, Equal) or isinstance(test.operand, Range)
    on_value = on_item(test, variables)
    parts = []
    for place in _places(path):
        if place.is_relational and scalar_only:
            continue
        reached = f"exists({place.way} ? ({on_value}))"
        if scalar_only and not place.is_language:
            reached = f'({place.way}.type() != "array" && {reached})'
        parts.append(f"({place.guard} && {reached})" if place.guard else reached)
    return "(" + " || ".join(parts) + ")"


def _has_target(path: Path) -> str:
    if path.member is not None:
        return f"exists(@.{path.member})"
    if not path.keys:
        return ""
    parts = []
    for place in _places(path):
        items = "[*]" if place.is_language else ""
        reached = f"exists({place.way}{items})"
        parts.append(f"({place.guard} && {reached})" if place.guard else reached)
    return "(" + " || ".join(parts) + ")"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an instance may keep a target: the way there, and what must hold before it is gone."""

    way: str
    guard: str = ""
    is_relational: bool = False
    is_language: bool = False


_WHOLE = (
    _Place("@.value"),
    _Place('@.value."@value"', guard='@.value.type() == "object"'),
    _Place("@.object", is_relational=True),
    _Place("@.objectList", is_relational=True),
    _Place("@.vocab"),
    _Place("@.valueList"),
    _Place("@.json"),
    _Place("@.languageMap.*", is_language=True),
)


def _places(path: Path) -> Sequence[_Place]:
    if path.member is not None:
        return (_Place(f"@.{path.member}"),)
    if not path.keys:
        return _WHOLE
    places = [_inside("@.value", path.keys), _inside("@.json", path.keys)]
    if path.keys == ANY_LANGUAGE:
        places.append(_Place("@.languageMap.*", is_language=True))
    elif len(path.keys) == 1:
        places.append(_Place(f"@.languageMap.{quote(path.keys[0])}", is_language=True))
    return places


def _inside(way: str, keys: tuple[str, ...]) -> _Place:
    """Go into objects only: lax mode would go into the elements of an array."""
    guards = []
    for key in keys:
        guards.append(f'{way}.type() == "object"')
        way += f".{quote(key)}"
    return _Place(way, guard=" && ".join(guards))


def on_item(test: OfValue, variables: Variables) -> str:
    """Write what a single value, called @, must satisfy."""
    match test:
        case Equal(operand):
            return _equals(operand, variables)
        case Ordered(operator, literal):
            return _compare(operator.value, literal, variables)
        case Textual(None):
            return '(@.type() == "string")'
        case Textual(pattern):
            found = f'@ like_regex {quote(pattern or "")} flag "s"'
            return f'(@.type() == "string" && {found})'
        case _:
            assert_never(test)


def _equals(operand: Operand, variables: Variables) -> str:
    match operand:
        case OneOf(values):
            return "(" + " || ".join(_compare("==", each, variables) for each in values) + ")"
        case Range(low, high):
            return f"({_compare('>=', low, variables)} && {_compare('<=', high, variables)})"
        case literal:
            return _compare("==", literal, variables)


def _compare(operator: str, literal: Literal, variables: Variables) -> str:
    match literal:
        case Number(number):
            return f'(@.type() == "number" && @ {operator} {variables.take(number)})'
        case Text(text):
            return f'(@.type() == "string" && @ {operator} {variables.take(text)})'
        case Boolean(flag):
            if operator != "==":
                return "(1 == 2)"
            return f'(@.type() == "boolean" && @ == {variables.take(flag)})'
        case Moment():
            return _compare_moment(operator, literal, variables)
        case _:
            assert_never(literal)


def _compare_moment(operator: str, moment: Moment, variables: Variables) -> str:
    """Compare texts of a temporal form by time, with comparisons of texts only.

    A text of another second compares like the text of the literal's second followed by Z, which is
    greater than both marks of a fraction. In the same second, fractions compare as texts, but for
    zeros at the end and for those that end where the literal's goes on.
    """
    form = f'@.type() == "string" && @ like_regex {quote(f"^{moment.form.value}$")}'
    equal = f"@ == {variables.take(_spellings(moment))}[*]"
    if operator == "==":
        return f"({form} && {equal})"
    later = _is_later(moment, variables)
    by_operator: dict[str, Callable[[], str]] = {
        ">": lambda: f"{later} && !({equal})",
        ">=": lambda: f"({later} || {equal})",
        "<": lambda: f"!({later}) && !({equal})",
        "<=": lambda: f"(!({later}) || {equal})",
    }
    return f"({form} && {by_operator[operator]()})"


def _is_later(moment: Moment, variables: Variables) -> str:
    second, fraction = moment.at.second, moment.at.fraction
    if moment.form is MomentForm.DATE:
        return f"(@ > {variables.take(second)})"
    parts = [f"@ > {variables.take(second + 'Z')}"]
    shorter: list[JsonValue] = []
    for mark in ".,":
        begins, beyond = variables.take(second + mark), variables.take(second + mark + fraction)
        parts.append(f"(@ starts with {begins} && @ > {beyond})")
        shorter += [f"{second}{mark}{fraction[:end]}Z" for end in range(1, len(fraction))]
    # What has the literal's fraction only in part compares as greater for its Z; it is earlier.
    earlier = f" && !(@ == {variables.take(shorter)}[*])" if shorter else ""
    same = f" && !(@ == {variables.take(_spellings(moment))}[*])"
    return f"(({' || '.join(parts)}){earlier}{same})"


def _spellings(moment: Moment) -> list[JsonValue]:
    """List all texts of one moment: with zeros after the fraction, with a point or a comma."""
    second, fraction = moment.at.second, moment.at.fraction
    if moment.form is MomentForm.DATE:
        return [second]
    spelt: list[JsonValue] = [] if fraction else [f"{second}Z"]
    for mark in ".,":
        spelt += [
            f"{second}{mark}{fraction}{'0' * zeros}Z"
            for zeros in range(0 if fraction else 1, _MAX_FRACTION - len(fraction) + 1)
        ]
    return spelt
