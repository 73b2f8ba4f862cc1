"""Entity type selection: `A,B`, `A|B`, `(A;B)|C`, `*` (§4.17)."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from broker.ngsi.grouping import Grammar, parse_groups
from broker.ngsi.names import Iri, Term
from broker.ngsi.values import is_uri


@dataclass(frozen=True, slots=True)
class OneType:
    """Entities that have this type among theirs."""

    type: Iri


@dataclass(frozen=True, slots=True)
class AllOf:
    """Entities for which every part holds (`;`)."""

    parts: tuple["TypeSelection", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Entities for which some part holds (`,` or `|`)."""

    parts: tuple["TypeSelection", ...]


@dataclass(frozen=True, slots=True)
class AnyType:
    """Every Entity (`*`)."""


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Entities that have none of these types; no client writes it."""

    types: frozenset[Iri]


@dataclass(frozen=True, slots=True)
class OnlyOf:
    """Entities whose types are all among these; no client writes it."""

    types: frozenset[Iri]


TypeSelection: TypeAlias = OneType | AllOf | AnyOf | AnyType | NoneOf | OnlyOf

_NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")


def matches_types(selection: TypeSelection, types: Collection[Iri]) -> bool:
    """Tell whether an Entity of these types is selected.

    >>> matches_types(AnyOf((OneType(Iri("a:A")), OneType(Iri("a:B")))), [Iri("a:B")])
    True
    """
    match selection:
        case AnyType():
            return True
        case OneType(wanted):
            return wanted in types
        case AllOf(parts):
            return all(matches_types(part, types) for part in parts)
        case AnyOf(parts):
            return any(matches_types(part, types) for part in parts)
        case NoneOf(hidden):
            return hidden.isdisjoint(types)
        case OnlyOf(shown):
            return shown.issuperset(types)
        case _:
            assert_never(selection)


def parse_selection(
    text: str, expand: Callable[[Term], Iri], *, where: str = "type"
) -> TypeSelection:
    """Read a type selection; names are expanded with the request's @context.

    Spec: CIM 009 §4.17
    Raises:
        BadRequestData: it is malformed.
    """
    if text.strip() == "*":
        return AnyType()

    def element(name: str) -> TypeSelection | None:
        return OneType(expand(Term(name))) if _NAME.fullmatch(name) or is_uri(name) else None

    example = "A,B or (A;B)|C"
    grammar: Grammar[TypeSelection] = Grammar(element, AllOf, AnyOf, where, example)
    return parse_groups(text, grammar)
