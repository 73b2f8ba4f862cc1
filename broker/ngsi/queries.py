"""What a query asks for, parsed and expanded: the stage between parameters and the reader."""

from dataclasses import dataclass
from typing import TypeAlias

from broker.ngsi.geoquery import GeoQuery
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.ordering import Ordering
from broker.ngsi.q.syntax import Query
from broker.ngsi.scopes import ScopeQuery
from broker.ngsi.selection import AnyType, TypeSelection
from broker.ngsi.visibility import Visibility

_EVERY_TYPE: TypeSelection = AnyType()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySelector:
    """Which entities are meant, by id and type (§5.2.33); ids win over id_pattern.

    Args:
        id_pattern: as `patterns.canonical` writes it.
    """

    types: TypeSelection = _EVERY_TYPE
    ids: tuple[EntityId, ...] = ()
    id_pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFilter:
    """Which entities match: every part holds; of the selectors at least one (§5.7.2.4).

    Args:
        attributes: entities with at least one of these; empty: any.
        visibility: what the caller sees; None: everything.
    """

    selectors: tuple[EntitySelector, ...] = ()
    attributes: tuple[Iri, ...] = ()
    q: Query | None = None
    geo: GeoQuery | None = None
    scopes: ScopeQuery | None = None
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which page of the matches, in which order, and whether all are to be counted (§5.5.9)."""

    limit: int
    offset: int = 0
    count: bool = False
    ordering: Ordering | None = None


Total: TypeAlias = int | None
"""How many match in all; None where it was not asked for."""
