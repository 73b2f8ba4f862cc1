"""Which entities a caller sees: by type, and of some types those about itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.entity import Entity
from broker.ngsi.names import Iri
from broker.ngsi.q.evaluate import Sight, holds, nothing_linked
from broker.ngsi.q.syntax import Compare, Operator, Path, Query, Text
from broker.ngsi.selection import NoneOf, OnlyOf, TypeSelection, matches_types


@dataclass(frozen=True, slots=True)
class Owned:
    """Entities of these types are seen where they satisfy a query: they are about the caller."""

    types: TypeSelection
    query: Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Which entities are seen: those of some types whatever they hold, and owned ones."""

    openly: TypeSelection
    owned: tuple[Owned, ...] = ()


def visibility_of(
    *, others: bool, exceptions: Collection[str], owners: Mapping[str, str], subject: str
) -> Visibility:
    """Say what is seen by who may read types so; an entity has to pass for each of its types.

    Args:
        others: whether types are seen that are named nowhere.
        exceptions: the types for which it is the other way round.
        owners: types of which those about the subject are seen, with the attribute that says so.
        subject: who looks.

    >>> visibility_of(others=False, exceptions={"a:A"}, owners={}, subject="x").openly
    OnlyOf(types=frozenset({'a:A'}))
    """
    excepted, owned = frozenset(map(Iri, exceptions)), frozenset(map(Iri, owners))

    def seen(own: frozenset[Iri]) -> TypeSelection:
        return NoneOf(excepted | (owned - own)) if others else OnlyOf(excepted | own)

    by_attribute: dict[str, set[Iri]] = {}
    for type_, attribute in owners.items():
        by_attribute.setdefault(attribute, set()).add(Iri(type_))
    return Visibility(
        openly=seen(frozenset()),
        owned=tuple(
            Owned(
                seen(frozenset(types)),
                Compare(Path((Iri(attribute),)), Operator.EQUAL, Text(subject)),
            )
            for attribute, types in sorted(by_attribute.items())
        ),
    )


def shows(visibility: Visibility, entity: Entity, now: datetime) -> bool:
    """Tell whether an Entity is seen; `broker.store.filter_sql` must agree."""
    return matches_types(visibility.openly, entity.types) or any(
        matches_types(own.types, entity.types)
        and holds(own.query, entity, Sight(now, nothing_linked))
        for own in visibility.owned
    )


def shows_kind(visibility: Visibility, types: Collection[Iri]) -> bool:
    """Tell whether entities of these types may be seen at all."""
    return matches_types(visibility.openly, types) or any(
        matches_types(own.types, types) for own in visibility.owned
    )
