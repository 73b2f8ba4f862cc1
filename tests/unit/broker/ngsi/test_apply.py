"""Commands on whole entities: created, replaced, upserted, deleted; what is expired is absent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.apply import apply
from broker.ngsi.changes import Change, Effect, each_attribute
from broker.ngsi.commands import Append, Applied, Command, Create, Delete, Replace, Update, Upsert
from broker.ngsi.entity import DELETION, Attributes, Entity, Fragment
from broker.ngsi.errors import AlreadyExists, ResourceNotFound
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.selection import OneType

ID = EntityId("urn:ngsi-ld:Shelter:1")
SHELTER, SCHOOL = Iri("https://example.org/Shelter"), Iri("https://example.org/School")
CAPACITY, NAME = Iri("https://example.org/capacity"), Iri("https://example.org/name")
DATASET = "urn:ngsi-ld:dataset:radar"
T0 = datetime(2026, 9, 1, tzinfo=UTC)
T1, T2 = T0 + timedelta(hours=1), T0 + timedelta(hours=2)


def prop(value: int | str, **members: str) -> dict[str, object]:
    return {"type": "Property", "value": value, **members}


def a_fragment(attributes: object = None, **members: object) -> Fragment:
    chosen = {CAPACITY: [prop(480)]} if attributes is None else attributes
    return Fragment(**{"id": ID, "types": (SHELTER,), "attributes": chosen, **members})  # type: ignore[arg-type]  # members of a Fragment by name


def created(at: datetime = T0, attributes: object = None, **members: object) -> Entity:
    return after(apply(Create(id=ID, at=at, fragment=a_fragment(attributes, **members)), None))


def after(applied: Applied) -> Entity:
    assert applied.change is not None
    assert applied.change.after is not None
    return applied.change.after


def change(applied: Applied) -> Change:
    assert applied.change is not None
    return applied.change


def effects(applied: Applied) -> list[tuple[str, str | None, Effect]]:
    return [(one.attribute, one.dataset_id, one.effect) for one in each_attribute(change(applied))]


def test_a_created_entity_is_what_its_fragment_says() -> None:
    applied = apply(Create(id=ID, at=T0, fragment=a_fragment(scopes=("/Hokkaido",))), None)
    entity = after(applied)
    assert applied.created
    assert (entity.created_at, entity.modified_at, entity.scopes) == (T0, T0, ("/Hokkaido",))
    assert entity.attributes == {CAPACITY: [prop(480)]}
    assert effects(applied) == [(CAPACITY, None, Effect.CREATED)]


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(AlreadyExists, match="exists already"):
        apply(Create(id=ID, at=T1, fragment=a_fragment()), created())


def test_an_expired_entity_can_be_created_again() -> None:
    old = created(expires_at=T1)
    again = apply(Create(id=ID, at=T1, fragment=a_fragment({NAME: [prop("a")]})), old)
    assert again.created
    assert after(again).created_at == T1
    assert after(again).attributes == {NAME: [prop("a")]}


@pytest.mark.parametrize(
    "command",
    [
        Update(id=ID, at=T1, fragment=a_fragment()),
        Append(id=ID, at=T1, fragment=a_fragment()),
        Replace(id=ID, at=T1, fragment=a_fragment()),
        Delete(id=ID, at=T1),
    ],
)
def test_what_is_not_there_or_expired_is_not_found(command: Command) -> None:
    for before in (None, created(expires_at=T1)):
        with pytest.raises(ResourceNotFound, match="does not exist"):
            apply(command, before)


def test_an_entity_of_other_types_than_those_meant_is_not_found() -> None:
    command = Delete(id=ID, at=T1, types=OneType(SCHOOL))
    with pytest.raises(ResourceNotFound, match="is not of the types"):
        apply(command, created())
    assert apply(replace(command, types=OneType(SHELTER)), created()).change is not None


def test_a_deleted_entity_loses_every_instance() -> None:
    two = {CAPACITY: [prop(1), prop(2, datasetId=DATASET)], NAME: [prop("a")]}
    applied = apply(Delete(id=ID, at=T1), created(attributes=two))
    assert change(applied).after is None
    assert effects(applied) == [
        (CAPACITY, None, Effect.DELETED),
        (CAPACITY, DATASET, Effect.DELETED),
        (NAME, None, Effect.DELETED),
    ]


def test_a_replaced_entity_keeps_only_when_it_was_created() -> None:
    before = created(scopes=("/A",), attributes={CAPACITY: [prop(1)], NAME: [prop("a")]})
    fragment = a_fragment({CAPACITY: [prop(2)]}, types=(SCHOOL,))
    applied = apply(Replace(id=ID, at=T1, fragment=fragment), before)
    entity = after(applied)
    assert (entity.types, entity.scopes, entity.created_at) == ((SCHOOL,), (), T0)
    assert entity.modified_at == T1
    assert entity.attributes == {CAPACITY: [prop(2, modifiedAt="2026-09-01T01:00:00Z")]}
    assert effects(applied) == [
        (NAME, None, Effect.DELETED),
        (CAPACITY, None, Effect.UPDATED),
    ]


def test_an_upsert_creates_replaces_or_updates() -> None:
    two = a_fragment({NAME: [prop("a")]})
    new = apply(Upsert(id=ID, at=T0, fragment=two), None)
    assert new.created
    assert after(apply(Upsert(id=ID, at=T1, fragment=two), created())).attributes.keys() == {NAME}
    updated = apply(Upsert(id=ID, at=T1, fragment=two, update=True), created())
    assert not updated.created
    assert after(updated).attributes.keys() == {CAPACITY, NAME}


def test_an_upsert_of_what_is_not_there_has_nothing_to_delete() -> None:
    fragment = a_fragment({CAPACITY: [DELETION], NAME: [prop("a")]})
    applied = apply(Upsert(id=ID, at=T0, fragment=fragment, update=True), None)
    assert after(applied).attributes == {NAME: [prop("a")]}


def test_an_earlier_clock_never_turns_an_entity_back() -> None:
    before = created(at=T2)
    entity = after(apply(Update(id=ID, at=T1, fragment=a_fragment()), before))
    assert entity.modified_at == T2
    assert entity.attributes[CAPACITY][0]["modifiedAt"] == "2026-09-01T02:00:00Z"


values = st.integers(0, 3).map(prop)
datasets = st.sampled_from([None, DATASET, "urn:d:2"])


@st.composite
def attributes_of(draw: st.DrawFn, deletions: bool = False) -> Attributes:
    chosen: dict[Iri, list[dict[str, object]]] = {}
    for iri in draw(st.sets(st.sampled_from([CAPACITY, NAME]), min_size=1)):
        ids = draw(st.lists(datasets, min_size=1, max_size=3, unique=True))
        chosen[iri] = []
        for one in ids:
            instance = draw(values | st.just(DELETION)) if deletions else draw(values)
            chosen[iri].append({**instance, **({"datasetId": one} if one else {})})
    return chosen  # type: ignore[return-value]  # stored form


@given(attributes_of(), st.lists(attributes_of(deletions=True), max_size=4))
def test_changes_lead_from_one_state_to_the_next(
    first: Attributes, updates: list[Attributes]
) -> None:
    entity = created(attributes=first)
    for step, attributes in enumerate(updates):
        command = Update(
            id=ID, at=T1 + timedelta(seconds=step), fragment=Fragment(attributes=attributes)
        )
        applied = apply(command, entity)
        if applied.change is None:
            assert all("deleted" in one for many in attributes.values() for one in many)
            continue
        state = {(a, i.get("datasetId")): i for a, many in entity.attributes.items() for i in many}
        for one in applied.change.attributes:
            key = (one.attribute, one.dataset_id)
            assert state.pop(key, None) == one.before
            if one.after is not None:
                state[key] = one.after
        entity = after(applied)
        assert state == {
            (a, i.get("datasetId")): i for a, many in entity.attributes.items() for i in many
        }
        assert all(entity.attributes.values())
