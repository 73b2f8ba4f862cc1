"""The syntax tree of the NGSI-LD Query Language, after expansion of names (§4.9).

One tree has two readers: `q.evaluate` in memory and `broker.store.q_sql` in the database. What they
agree on is said here.

A *target* is what a path leads to, in every instance that has not expired:

- the value member of an attribute instance; of a LanguageProperty the texts of all languages; of an
  object with "@value" that value;
- with keys (`address[city]`) the member of the value reached by them, each step through an object;
  on a LanguageProperty the texts of one language (`name[ja]`) or of all (`name[*]`);
- with a member (`temperature.observedAt`) that member, not reified, of the instance.

`==` looks at a target and, where that is an array, at its elements; ordering, ranges and patterns
look at single values only and never at the object of a Relationship. `!=` holds where there is a
target and `==` does not hold. Numbers compare as decimal numbers, text by code point, and a
DateTime, Date or Time with texts of the same form, by time.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from broker.ngsi.names import Iri


class Operator(Enum):
    """The operators that compare with a value (§4.9)."""

    EQUAL = "=="
    UNEQUAL = "!="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LESS = "<"
    LESS_EQUAL = "<="


class MomentForm(Enum):
    """The three temporal data types (§4.6.3); the value is the form of their text."""

    DATE_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,6})?Z"
    DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,6})?Z"


_FORMS = {form: re.compile(form.value) for form in MomentForm}


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text:
    """A text, quoted or not; a URI is one too."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A point on one time line: whole seconds, then the fraction without trailing zeros."""

    second: str
    fraction: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An unquoted DateTime, Date or Time."""

    form: MomentForm
    at: Instant


Literal: TypeAlias = Number | Text | Boolean | Moment


@dataclass(frozen=True, slots=True)
class OneOf:
    """A list of values; any of them (`"a","b"`)."""

    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both included (`10..20`)."""

    low: Literal
    high: Literal


Operand: TypeAlias = Literal | OneOf | Range


@dataclass(frozen=True, slots=True)
class Path:
    """Where a target is: `a.b[c]`, `a.observedAt`, or a member of the Entity itself.

    Args:
        attributes: an attribute and the sub-attributes below it; empty: the Entity itself.
        member: a member that is not reified, of the last attribute's instances or the Entity.
        keys: the way into the value, or a language, or ("*",).
    """

    attributes: tuple[Iri, ...]
    member: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedPath:
    """A path in the Entities that a Relationship leads to: `managedBy{Organization:name}`.

    Args:
        types: only linked Entities of one of these types; empty: of any.
    """

    relationship: Iri
    types: tuple[Iri, ...]
    path: "AnyPath"


AnyPath: TypeAlias = Path | LinkedPath


@dataclass(frozen=True, slots=True)
class Exists:
    """The path leads to a target."""

    path: AnyPath


@dataclass(frozen=True, slots=True)
class Absent:
    """The path leads to no target."""

    path: AnyPath


@dataclass(frozen=True, slots=True)
class Compare:
    """A target compares so with the operand."""

    path: AnyPath
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class Like:
    """A text target is found by the pattern (canonical, see `patterns`), or there is none found."""

    path: AnyPath
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Every part holds (`;`)."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Some part holds (`|`)."""

    parts: tuple["Query", ...]


Term: TypeAlias = Exists | Absent | Compare | Like
Query: TypeAlias = Term | Conjunction | Disjunction


def moment_of(text: str, form: MomentForm) -> Instant | None:
    """Read a text of a temporal form as a point in time, or None where it has another form.

    Spec: CIM 009 §4.6.3

    >>> moment_of("2026-09-01T03:00:00.50Z", MomentForm.DATE_TIME)
    Instant(second='2026-09-01T03:00:00', fraction='5')
    """
    if _FORMS[form].fullmatch(text) is None:
        return None
    if form is MomentForm.DATE:
        return Instant(text, "")
    end = 19 if form is MomentForm.DATE_TIME else 8
    return Instant(text[:end], text[end + 1 : -1].rstrip("0"))


def terms_of(query: Query) -> tuple[Term, ...]:
    """List the terms of a query, in order."""
    if isinstance(query, Conjunction | Disjunction):
        return tuple(term for part in query.parts for term in terms_of(part))
    return (query,)


def link_depth(query: Query) -> int:
    """Count how many Relationships the deepest path of a query follows (§5.7.2.4 "too deep")."""
    return max(_depth(term.path) for term in terms_of(query))


def _depth(path: AnyPath) -> int:
    return 1 + _depth(path.path) if isinstance(path, LinkedPath) else 0


def names_only_system_attributes(query: Query) -> bool:
    """Tell whether a query names no attribute but system ones: "too wide" alone (§5.7.2.4)."""
    return all(isinstance(term.path, Path) and not term.path.attributes for term in terms_of(query))
