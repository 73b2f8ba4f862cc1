"""Attributes appended, updated, replaced, deleted; stamps, scopes, what stays as it was."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.apply import apply
from broker.ngsi.changes import AttributeChange, Effect
from broker.ngsi.commands import (
    Append,
    Applied,
    Command,
    DeleteAttribute,
    DropAttributes,
    PartialUpdate,
    ReplaceAttribute,
    Update,
)
from broker.ngsi.entity import DELETION, Entity, Fragment, Instance
from broker.ngsi.errors import BadRequestData, ResourceNotFound
from broker.ngsi.names import DatasetId, EntityId, Iri
from kit.json import JsonValue

ID = EntityId("urn:ngsi-ld:Shelter:1")
TYPE, SECOND_TYPE = Iri("https://example.org/Shelter"), Iri("https://example.org/School")
CAPACITY, NAME = Iri("https://example.org/capacity"), Iri("https://example.org/name")
ACCURACY, SOURCE = "https://example.org/accuracy", "https://example.org/source"
DATASET = DatasetId("urn:ngsi-ld:dataset:radar")
T0 = datetime(2026, 9, 1, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)
AT1 = "2026-09-01T01:00:00Z"


def prop(value: object, **members: object) -> Instance:
    return {"type": "Property", "value": value, **members}  # type: ignore[dict-item]  # JSON


def stored(
    *capacity: Instance, scopes: tuple[str, ...] = (), expires_at: datetime | None = None
) -> Entity:
    return Entity(
        id=ID,
        types=(TYPE,),
        attributes={CAPACITY: list(capacity or (prop(480),))},
        created_at=T0,
        modified_at=T0,
        scopes=scopes,
        expires_at=expires_at,
    )


def fragment(
    *capacity: Instance,
    name: Instance | None = None,
    scopes: tuple[str, ...] | None = None,
    types: tuple[Iri, ...] = (),
) -> Fragment:
    attributes = {CAPACITY: list(capacity)} if capacity else {}
    if name is not None:
        attributes[NAME] = [name]
    return Fragment(attributes=attributes, scopes=scopes, types=types)


def after(applied: Applied) -> Entity:
    assert applied.change is not None
    assert applied.change.after is not None
    return applied.change.after


def only_change(applied: Applied) -> AttributeChange:
    assert applied.change is not None
    (one,) = applied.change.attributes
    return one


def test_a_replaced_instance_keeps_when_it_was_created() -> None:
    young = prop(1, createdAt="2026-09-01T00:30:00Z", unitCode="IE")
    entity = after(apply(Update(id=ID, at=T1, fragment=fragment(prop(2))), stored(young)))
    assert entity.attributes[CAPACITY] == [
        prop(2, createdAt="2026-09-01T00:30:00Z", modifiedAt=AT1)
    ]


def test_an_added_instance_says_when_it_was_created_and_the_others_stay() -> None:
    added = prop(7, datasetId=DATASET)
    applied = apply(Append(id=ID, at=T1, fragment=fragment(added)), stored())
    assert after(applied).attributes[CAPACITY] == [prop(480), {**added, "createdAt": AT1}]
    assert only_change(applied).effect is Effect.CREATED
    assert only_change(applied).dataset_id == DATASET


def test_sub_attributes_of_a_replaced_instance_carry_their_own_stamps() -> None:
    old = prop(1, **{ACCURACY: [prop(0.5)]})
    new = prop(1, **{ACCURACY: [prop(0.6)], SOURCE: [prop("a", **{ACCURACY: [prop(1)]})]})
    (instance,) = after(
        apply(Update(id=ID, at=T1, fragment=fragment(new)), stored(old))
    ).attributes[CAPACITY]
    assert instance[ACCURACY] == [prop(0.6, modifiedAt=AT1)]
    assert instance[SOURCE] == [prop("a", createdAt=AT1, **{ACCURACY: [prop(1)]})]


@pytest.mark.parametrize(
    ("new", "differs"),
    [
        (prop(480), False),
        (prop(480.0), False),
        (prop(481), True),
        (prop(480, unitCode="IE"), True),
        (prop(480, expiresAt="2027-01-01T00:00:00Z"), False),
        (prop(480, **{ACCURACY: [prop(1)]}), True),
    ],
)
def test_writing_the_same_value_is_history_but_no_difference(new: Instance, differs: bool) -> None:
    applied = apply(Update(id=ID, at=T1, fragment=fragment(new)), stored())
    assert only_change(applied).effect is Effect.UPDATED
    assert only_change(applied).differs is differs


def test_true_is_another_value_than_one() -> None:
    applied = apply(Update(id=ID, at=T1, fragment=fragment(prop([True]))), stored(prop([1])))
    assert only_change(applied).differs


def test_without_overwrite_what_is_there_is_left_and_named() -> None:
    command = Append(id=ID, at=T1, fragment=fragment(prop(1), name=prop("a")), overwrite=False)
    applied = apply(command, stored())
    assert after(applied).attributes[CAPACITY] == [prop(480)]
    assert applied.updated == (NAME,)
    assert [one.attribute for one in applied.not_updated] == [CAPACITY]
    nothing = Append(id=ID, at=T1, fragment=fragment(prop(1)), overwrite=False)
    assert apply(nothing, stored()).change is None


def test_types_are_only_ever_added() -> None:
    command = Update(id=ID, at=T1, fragment=fragment(types=(SECOND_TYPE, TYPE)))
    applied = apply(command, stored())
    assert after(applied).types == (TYPE, SECOND_TYPE)
    assert applied.change is not None
    assert applied.change.attributes == ()


def test_an_update_replaces_a_scope_only_where_there_is_one() -> None:
    command = Update(id=ID, at=T1, fragment=fragment(prop(1), scopes=("/B",)))
    assert after(apply(command, stored(scopes=("/A",)))).scopes == ("/B",)
    applied = apply(command, stored())
    assert after(applied).scopes == ()
    assert [one.attribute for one in applied.not_updated] == ["scope"]


def test_an_append_replaces_scopes_or_without_overwrite_unites_them() -> None:
    given = fragment(scopes=("/B", "/A"))
    before = stored(scopes=("/A",))
    assert after(apply(Append(id=ID, at=T1, fragment=given), before)).scopes == ("/B", "/A")
    united = apply(Append(id=ID, at=T1, fragment=given, overwrite=False), before)
    assert after(united).scopes == ("/A", "/B")


def test_an_update_deletes_the_instance_that_is_null() -> None:
    two = stored(prop(1), prop(2, datasetId=DATASET))
    one_left = after(apply(Update(id=ID, at=T1, fragment=fragment(DELETION)), two))
    assert one_left.attributes[CAPACITY] == [prop(2, datasetId=DATASET)]
    deletion: Instance = {"deleted": True, "datasetId": DATASET}
    none_left = apply(Update(id=ID, at=T1, fragment=fragment(deletion)), one_left)
    assert after(none_left).attributes == {}
    assert only_change(none_left).effect is Effect.DELETED


def test_deleting_what_is_not_there_changes_nothing() -> None:
    command = Update(id=ID, at=T1, fragment=fragment(name=DELETION))
    assert apply(command, stored()).change is None


def test_an_expired_instance_counts_as_absent() -> None:
    before = stored(prop(1, expiresAt="2026-09-01T00:59:59.5Z"))
    with pytest.raises(ResourceNotFound, match="has no attribute"):
        apply(DeleteAttribute(id=ID, at=T1, attribute=CAPACITY), before)
    applied = apply(Append(id=ID, at=T1, fragment=fragment(prop(2)), overwrite=False), before)
    assert after(applied).attributes == {CAPACITY: [prop(2, createdAt=AT1)]}


def test_replacing_makes_a_transient_instance_durable_again() -> None:
    before = stored(prop(1, expiresAt="2026-10-01T00:00:00Z"))
    replaced = apply(ReplaceAttribute(id=ID, at=T1, attribute=CAPACITY, instance=prop(2)), before)
    assert "expiresAt" not in after(replaced).attributes[CAPACITY][0]
    partial = apply(PartialUpdate(id=ID, at=T1, attribute=CAPACITY, instance=prop(2)), before)
    assert after(partial).attributes[CAPACITY][0]["expiresAt"] == "2026-10-01T00:00:00Z"


def test_an_expiry_of_the_entity_is_set_and_removed() -> None:
    later = T1 + timedelta(days=1)
    set_ = Update(id=ID, at=T1, fragment=Fragment(expires_at=later))
    assert after(apply(set_, stored())).expires_at == later
    removed = Update(id=ID, at=T1, fragment=Fragment(removes_expiry=True))
    assert after(apply(removed, stored(expires_at=later))).expires_at is None


class TestPartialUpdate:
    def partial(self, instance: Instance, *removed: str) -> PartialUpdate:
        return PartialUpdate(
            id=ID, at=T1, attribute=CAPACITY, instance=instance, removed=frozenset(removed)
        )

    def test_only_given_members_are_overwritten(self) -> None:
        before = stored(prop(1, unitCode="IE", **{ACCURACY: [prop(0.5)]}))
        applied = apply(self.partial({"value": 2}), before)
        assert after(applied).attributes[CAPACITY] == [
            prop(2, unitCode="IE", modifiedAt=AT1, **{ACCURACY: [prop(0.5)]})
        ]

    def test_removed_members_and_sub_attributes_go(self) -> None:
        before = stored(prop(1, unitCode="IE", **{ACCURACY: [prop(0.5)]}))
        applied = apply(self.partial({}, "unitCode", ACCURACY), before)
        assert after(applied).attributes[CAPACITY] == [prop(1, modifiedAt=AT1)]

    def test_a_sub_attribute_is_replaced_by_datasetid(self) -> None:
        before = stored(prop(1, **{ACCURACY: [prop(0.5), prop(0.6, datasetId=DATASET)]}))
        given: Instance = {ACCURACY: [prop(0.7, datasetId=DATASET)]}
        (instance,) = after(apply(self.partial(given), before)).attributes[CAPACITY]
        assert instance[ACCURACY] == [
            prop(0.5),
            prop(0.7, datasetId=DATASET, modifiedAt=AT1),
        ]

    def test_the_last_sub_instance_takes_the_sub_attribute_with_it(self) -> None:
        before = stored(prop(1, **{ACCURACY: [prop(0.6, datasetId=DATASET)]}))
        given: Instance = {ACCURACY: [{"deleted": True, "datasetId": DATASET}]}
        (instance,) = after(apply(self.partial(given), before)).attributes[CAPACITY]
        assert ACCURACY not in instance

    def test_null_deletes_the_instance(self) -> None:
        assert after(apply(self.partial(DELETION), stored())).attributes == {}

    def test_the_kind_cannot_change(self) -> None:
        link: Instance = {"object": "urn:x:1"}
        for given in ({"type": "Relationship", **link}, link):
            with pytest.raises(BadRequestData, match="is a Property"):
                apply(self.partial(given), stored())

    def test_a_geoproperty_stays_a_geometry(self) -> None:
        point: JsonValue = {"type": "Point", "coordinates": [141.35, 43.06]}
        before = stored({"type": "GeoProperty", "value": point})
        with pytest.raises(BadRequestData, match="GeoJSON"):
            apply(self.partial({"value": 5}), before)

    def test_an_expiry_alone_is_stored_but_no_history(self) -> None:
        applied = apply(self.partial({"expiresAt": "2027-01-01T00:00:00Z"}), stored())
        assert applied.change is not None
        assert applied.change.attributes == ()
        assert after(applied).attributes[CAPACITY][0]["expiresAt"] == "2027-01-01T00:00:00Z"

    def test_what_is_not_there_is_not_found(self) -> None:
        with pytest.raises(ResourceNotFound, match="datasetId urn:ngsi-ld:dataset:radar"):
            apply(self.partial({"value": 1, "datasetId": DATASET}), stored())


@pytest.mark.parametrize(
    ("command", "left"),
    [
        (DeleteAttribute(id=ID, at=T1, attribute=CAPACITY), [2]),
        (DeleteAttribute(id=ID, at=T1, attribute=CAPACITY, dataset_id=DATASET), [1]),
        (DeleteAttribute(id=ID, at=T1, attribute=CAPACITY, delete_all=True), []),
        (DropAttributes(id=ID, at=T1, attributes=frozenset({CAPACITY})), []),
        (DropAttributes(id=ID, at=T1, attributes=frozenset({NAME}), keep=True), []),
    ],
)
def test_deleting_takes_just_the_instances_meant(command: Command, left: list[int]) -> None:
    before = stored(prop(1), prop(2, datasetId=DATASET))
    entity = after(apply(command, before))
    assert [one["value"] for one in entity.attributes.get(CAPACITY, [])] == left


@pytest.mark.parametrize(
    "command",
    [
        DeleteAttribute(id=ID, at=T1, attribute=NAME),
        DeleteAttribute(id=ID, at=T1, attribute=NAME, delete_all=True),
        DeleteAttribute(id=ID, at=T1, attribute=CAPACITY, dataset_id=DATASET),
        DeleteAttribute(id=ID, at=T1, attribute=None),
        ReplaceAttribute(id=ID, at=T1, attribute=NAME, instance=prop(1)),
        ReplaceAttribute(id=ID, at=T1, attribute=CAPACITY, instance=prop(1, datasetId=DATASET)),
    ],
)
def test_an_instance_that_is_not_there_is_not_found(command: Command) -> None:
    with pytest.raises(ResourceNotFound):
        apply(command, stored())


def test_a_scope_is_deleted_like_an_attribute() -> None:
    applied = apply(DeleteAttribute(id=ID, at=T1, attribute=None), stored(scopes=("/A",)))
    assert after(applied).scopes == ()


def test_a_purge_that_meets_nothing_changes_nothing() -> None:
    assert (
        apply(DropAttributes(id=ID, at=T1, attributes=frozenset({NAME})), stored()).change is None
    )


def test_the_stored_entity_is_left_untouched() -> None:
    before = stored(prop(1, **{ACCURACY: [prop(0.5)]}))
    copy = stored(prop(1, **{ACCURACY: [prop(0.5)]}))
    apply(Update(id=ID, at=T1, fragment=fragment(prop(2, **{ACCURACY: [prop(1)]}))), before)
    apply(DeleteAttribute(id=ID, at=T1, attribute=CAPACITY), before)
    assert before == copy
