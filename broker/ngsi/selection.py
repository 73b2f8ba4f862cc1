"""Entity type selection: `A,B`, `A|B`, `(A;B)|C`, `*` (§4.17)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from broker.ngsi.names import Iri, Term


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


TypeSelection: TypeAlias = OneType | AllOf | AnyOf | AnyType
