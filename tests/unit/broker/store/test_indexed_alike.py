"""Whether a write may have changed index rows is told without reckoning them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.syntax import Path
from broker.store.index_sql import index_rows
from broker.store.indexing import is_indexed_alike

NAME, PLACE, LEVEL, PARK = (Iri(f"https://example.org/{one}") for one in "nplq")
AT = datetime(2026, 9, 1, tzinfo=UTC)
A: list[Instance] = [{"type": "Property", "value": "a"}]
B: list[Instance] = [{"type": "Property", "value": "b"}]
HERE: list[Instance] = [
    {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [141.3, 43.0]}}
]
THERE: list[Instance] = [
    {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [135.0, 35.0]}}
]
BEFORE = Entity(
    id=EntityId("urn:a:1"),
    types=(Iri("urn:T"),),
    attributes={NAME: A, PLACE: HERE, LEVEL: A},
    created_at=AT,
    modified_at=AT,
)
DECLARED = (Path((LEVEL,)),)


def after(attributes: Attributes) -> Entity:
    later = AT + timedelta(seconds=1)
    return replace(BEFORE, modified_at=later, attributes={**BEFORE.attributes, **attributes})


def without(name: Iri) -> Entity:
    left = {one: instances for one, instances in BEFORE.attributes.items() if one != name}
    return replace(BEFORE, attributes=left)


@pytest.mark.parametrize("entity", [BEFORE, after({NAME: B}), after({PARK: B}), without(NAME)])
def test_what_no_index_looks_at_changes_none(entity: Entity) -> None:
    assert is_indexed_alike(BEFORE, entity, DECLARED)
    assert index_rows(BEFORE, DECLARED) == index_rows(entity, DECLARED)


@pytest.mark.parametrize(
    "entity",
    [
        after({PLACE: THERE}), after({PARK: THERE}), after({PLACE: A}), without(PLACE),
        after({LEVEL: B}), without(LEVEL),
    ],
)  # fmt: skip
def test_what_an_index_looks_at_is_reckoned(entity: Entity) -> None:
    assert not is_indexed_alike(BEFORE, entity, DECLARED)
    assert index_rows(BEFORE, DECLARED) != index_rows(entity, DECLARED)


def test_a_new_place_and_a_declared_path_that_appears_are_reckoned() -> None:
    assert not is_indexed_alike(without(PLACE), BEFORE, ())
    assert not is_indexed_alike(without(LEVEL), BEFORE, DECLARED)


def test_other_types_and_times_of_the_entity_are_reckoned() -> None:
    other = replace(BEFORE, types=(Iri("urn:U"),))
    assert not is_indexed_alike(BEFORE, other, ())
    again = replace(BEFORE, created_at=AT + timedelta(days=1))
    assert not is_indexed_alike(BEFORE, again, ())
    modified = (Path((), member="modifiedAt"),)
    assert not is_indexed_alike(BEFORE, after({NAME: B}), modified)
    assert index_rows(BEFORE, modified) != index_rows(after({NAME: B}), modified)
