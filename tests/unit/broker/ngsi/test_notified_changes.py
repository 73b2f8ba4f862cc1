"""Changes inside notified entities: deletions as NGSI-LD Null, previous values (§5.8.6)."""

import pytest

from broker.ngsi.names import NULL
from broker.ngsi.notified import notified_of
from broker.ngsi.subscription import Subscription
from kit.json import JsonObject, JsonValue
from tests.subscribing import (
    RIVER,
    a_subscription,
    an_entity,
    appended,
    created,
    data_of,
    deleted,
    notify,
    updated,
    without,
)

AT = "2026-09-01T04:00:00Z"
BORN = "2026-09-01T03:00:00Z"
FRENCH = "urn:ngsi-ld:Dataset:french-name"
HERE: JsonObject = {"type": "Point", "coordinates": [-8.5, 41.2]}
HEAD: JsonObject = {"id": RIVER, "type": "WaterLevelObserved"}
KINDS: dict[str, JsonValue] = {
    "name": "Eiffel Tower",
    "location": HERE,
    "street": {"languageMap": {"fr": "Grand Place", "nl": "Grote Markt"}},
    "locatedAt": {"object": "urn:ngsi-ld:City:Paris"},
    "category": {"vocab": "monument"},
    "raw": {"json": {"id": "some-id", "null": None}},
    "steps": {"valueList": [1, 2]},
    "stops": {"objectList": ["urn:a:1", "urn:a:2"]},
}
ALL_KINDS = an_entity(RIVER, "WaterLevelObserved", scope="/Paris", **KINDS)
NAMES: list[JsonValue] = [
    {"value": "Eiffel Tower"},
    {"value": "Tour Eiffel", "datasetId": FRENCH},
]
TWO_NAMES = an_entity(name=NAMES, airQuality=4)
DELETED_KINDS: dict[str, JsonObject] = {
    "name": {"type": "Property", "value": NULL},
    "location": {"type": "GeoProperty", "value": NULL},
    "street": {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
    "locatedAt": {"type": "Relationship", "object": NULL},
    "category": {"type": "VocabProperty", "vocab": NULL},
    "raw": {"type": "JsonProperty", "json": NULL},
    "steps": {"type": "ListProperty", "valueList": [NULL]},
    "stops": {"type": "ListRelationship", "objectList": [NULL]},
}
PREVIOUS: dict[str, JsonObject] = {
    "name": {"previousValue": "Eiffel Tower"},
    "location": {"previousValue": HERE},
    "street": {"previousLanguageMap": {"fr": "Grand Place", "nl": "Grote Markt"}},
    "locatedAt": {"previousObject": "urn:ngsi-ld:City:Paris"},
    "category": {"previousVocab": "monument"},
    "raw": {"previousJson": {"id": "some-id", "null": None}},
    "steps": {"previousValueList": [1, 2]},
    "stops": {"previousObjectList": [{"object": "urn:a:1"}, {"object": "urn:a:2"}]},
}


def waiting(
    trigger: str, watched: list[JsonValue] | None = None, **params: JsonValue
) -> Subscription:
    more: JsonObject = {} if watched is None else {"watchedAttributes": watched}
    return a_subscription(notificationTrigger=[trigger], notification=params, **more)


def test_of_a_deleted_entity_only_its_deletion_is_told() -> None:
    for form in ("normalized", "concise", "keyValues"):
        (entity,) = data_of(notify(waiting("entityDeleted", format=form), deleted(ALL_KINDS)))
        assert entity == {**HEAD, "deletedAt": AT}


def test_with_system_attributes_its_creation_and_modification_too() -> None:
    subscription = waiting("entityDeleted", format="keyValues", sysAttrs=True)
    (entity,) = data_of(notify(subscription, deleted(ALL_KINDS)))
    assert entity == {**HEAD, "deletedAt": AT, "createdAt": BORN, "modifiedAt": BORN}


def test_with_changes_every_attribute_and_its_previous_value() -> None:
    subscription = waiting("entityDeleted", showChanges=True)
    (entity,) = data_of(notify(subscription, deleted(ALL_KINDS)))
    expected = {name: {**DELETED_KINDS[name], **PREVIOUS[name]} for name in KINDS}
    assert entity == {**HEAD, "deletedAt": AT, **expected}


def test_who_waits_for_deleted_attributes_is_told_of_those_it_watches() -> None:
    subscription = waiting("attributeDeleted", ["name"])
    (entity,) = data_of(notify(subscription, deleted(ALL_KINDS)))
    assert entity == {**HEAD, "deletedAt": AT, "name": DELETED_KINDS["name"]}
    timed = waiting("attributeDeleted", ["name"], sysAttrs=True)
    (entity,) = data_of(notify(timed, deleted(ALL_KINDS)))
    times: JsonObject = {"createdAt": BORN, "modifiedAt": BORN, "deletedAt": AT}
    assert entity == {**HEAD, **times, "name": {**DELETED_KINDS["name"], **times}}


def test_a_deletion_is_told_whatever_is_picked_but_not_where_it_is_omitted() -> None:
    picky = waiting("entityDeleted", pick=["id"])
    assert data_of(notify(picky, deleted(ALL_KINDS))) == [{"id": RIVER, "deletedAt": AT}]
    averse = waiting("entityDeleted", omit=["deletedAt"])
    assert data_of(notify(averse, deleted(ALL_KINDS))) == [HEAD]


@pytest.mark.parametrize("name", KINDS)
def test_a_deleted_attribute_of_each_kind_is_null_in_its_own_member(name: str) -> None:
    subscription = waiting("attributeDeleted", [name])
    (entity,) = data_of(notify(subscription, without(ALL_KINDS, name)))
    assert entity[name] == DELETED_KINDS[name]
    assert entity.keys() == {*HEAD, "scope", *KINDS}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", ["concise", "simplified"])
def test_in_short_forms_a_deleted_attribute_is_null_itself(name: str, form: str) -> None:
    subscription = waiting("attributeDeleted", [name], format=form)
    (entity,) = data_of(notify(subscription, without(ALL_KINDS, name)))
    assert entity[name] == NULL


@pytest.mark.parametrize("name", KINDS)
def test_a_deleted_attribute_is_told_with_what_it_was(name: str) -> None:
    change = without(ALL_KINDS, name)
    (entity,) = data_of(notify(waiting("attributeDeleted", showChanges=True), change))
    assert entity[name] == {**DELETED_KINDS[name], **PREVIOUS[name]}
    concise = waiting("attributeDeleted", showChanges=True, format="concise")
    (entity,) = data_of(notify(concise, change))
    told = entity[name]
    assert isinstance(told, dict)
    assert "type" not in told


def test_a_deleted_attribute_is_told_when_it_was_deleted() -> None:
    subscription = waiting("attributeDeleted", ["name"], sysAttrs=True)
    (entity,) = data_of(notify(subscription, without(ALL_KINDS, "name")))
    times: JsonObject = {"createdAt": BORN, "modifiedAt": BORN, "deletedAt": AT}
    assert entity["name"] == {**DELETED_KINDS["name"], **times}


def test_of_several_instances_the_deleted_one_is_null_beside_the_others() -> None:
    change = without(TWO_NAMES, "name", dataset_id=FRENCH)
    (entity,) = data_of(notify(waiting("attributeDeleted"), change))
    assert entity["name"] == [
        {"type": "Property", "value": "Eiffel Tower"},
        {"type": "Property", "datasetId": FRENCH, "value": NULL},
    ]
    (entity,) = data_of(notify(waiting("attributeDeleted", format="keyValues"), change))
    assert entity["name"] == {"dataset": {"@none": "Eiffel Tower", FRENCH: NULL}}


def test_all_instances_deleted_are_one_null_unless_more_is_to_be_told() -> None:
    change = without(TWO_NAMES, "name", all_=True)
    (entity,) = data_of(notify(waiting("attributeDeleted"), change))
    assert entity["name"] == DELETED_KINDS["name"]
    (entity,) = data_of(notify(waiting("attributeDeleted", showChanges=True), change))
    assert entity["name"] == [
        {**DELETED_KINDS["name"], "previousValue": "Eiffel Tower"},
        {**DELETED_KINDS["name"], "previousValue": "Tour Eiffel", "datasetId": FRENCH},
    ]


def test_an_only_instance_with_a_dataset_id_is_deleted_under_it() -> None:
    french = an_entity(name={"value": "Tour Eiffel", "datasetId": FRENCH})
    change = without(french, "name", dataset_id=FRENCH)
    (entity,) = data_of(notify(waiting("attributeDeleted"), change))
    assert entity["name"] == {**DELETED_KINDS["name"], "datasetId": FRENCH}


def test_a_deletion_outside_the_datasets_asked_for_is_not_told() -> None:
    subscription = a_subscription(notificationTrigger=["attributeDeleted"], datasetId=["@none"])
    (entity,) = data_of(notify(subscription, without(TWO_NAMES, "name", dataset_id=FRENCH)))
    assert entity["name"] == {"type": "Property", "value": "Eiffel Tower"}


def test_who_does_not_wait_for_deletions_sees_none() -> None:
    change = updated(ALL_KINDS, name=NULL, category={"vocab": "museum"})
    (entity,) = data_of(notify(a_subscription(), change))
    assert "name" not in entity
    (entity,) = data_of(notify(waiting("entityUpdated"), change))
    assert entity["name"] == DELETED_KINDS["name"]


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("name", "Tour Eiffel", {"type": "Property", "value": "Tour Eiffel"}),
        ("category", {"vocab": "museum"}, {"type": "VocabProperty", "vocab": "museum"}),
        (
            "street",
            {"languageMap": {"es": "Gran Lugar"}},
            {"type": "LanguageProperty", "languageMap": {"es": "Gran Lugar"}},
        ),
        (
            "stops",
            {"objectList": ["urn:a:3"]},
            {"type": "ListRelationship", "objectList": [{"object": "urn:a:3"}]},
        ),
        ("raw", {"json": {"a": None}}, {"type": "JsonProperty", "json": {"a": None}}),
    ],
)
def test_an_updated_attribute_is_told_with_what_it_was(
    name: str, value: JsonValue, written: JsonObject
) -> None:
    change = updated(ALL_KINDS, **{name: value})
    (entity,) = data_of(notify(a_subscription(notification={"showChanges": True}), change))
    assert entity[name] == {**written, **PREVIOUS[name]}
    others = [one for other, one in entity.items() if other in KINDS and other != name]
    assert not any("previous" in str(one) for one in others)


def test_the_previous_value_of_one_instance_stands_in_it() -> None:
    change = appended(TWO_NAMES, name={"value": "La Tour", "datasetId": FRENCH})
    (entity,) = data_of(notify(a_subscription(notification={"showChanges": True}), change))
    assert entity["name"] == [
        {"type": "Property", "value": "Eiffel Tower"},
        {
            "type": "Property",
            "value": "La Tour",
            "datasetId": FRENCH,
            "previousValue": "Tour Eiffel",
        },
    ]


def test_what_is_new_has_no_previous_value() -> None:
    subscription = a_subscription(notification={"showChanges": True})
    assert "previous" not in str(
        data_of(notify(subscription, created(RIVER, "WaterLevelObserved", **KINDS)))
    )
    assert "previous" not in str(data_of(notify(subscription, appended(TWO_NAMES, flow=1))))


def test_an_attribute_of_another_kind_than_before_tells_what_it_was() -> None:
    change = appended(ALL_KINDS, name={"object": "urn:a:b"})
    (entity,) = data_of(notify(a_subscription(notification={"showChanges": True}), change))
    assert entity["name"] == {
        "type": "Relationship",
        "object": "urn:a:b",
        "previousValue": "Eiffel Tower",
    }


def test_changes_in_one_window_are_told_as_one() -> None:
    first = updated(TWO_NAMES, airQuality=5)
    assert first.after is not None
    second = updated(first.after, airQuality=6)
    assert second.after is not None
    third = appended(second.after, flow=1)
    assert third.after is not None
    last = updated(third.after, flow=NULL)
    subscription = waiting("entityUpdated", showChanges=True)
    (entity,) = data_of(notify(subscription, first, second, third, last))
    assert entity["airQuality"] == {"type": "Property", "value": 6, "previousValue": 4}
    assert "flow" not in entity


def test_what_went_back_in_one_window_has_not_changed() -> None:
    first = updated(TWO_NAMES, airQuality=5)
    assert first.after is not None
    back = updated(first.after, airQuality=4)
    summed = notified_of([first, back])
    assert [one.differs for one in summed.changes] == [False]


def test_an_entity_deleted_at_the_end_of_a_window_is_told_as_deleted() -> None:
    first = created(name="Eiffel Tower")
    assert first.after is not None
    (entity,) = data_of(notify(waiting("entityDeleted"), first, deleted(first.after)))
    assert entity == {**HEAD, "deletedAt": AT}


def test_a_deleted_text_in_one_language_is_null_as_text() -> None:
    subscription = a_subscription(notificationTrigger=["attributeDeleted"], lang="fr")
    (entity,) = data_of(notify(subscription, without(ALL_KINDS, "street")))
    assert entity["street"] == {"type": "Property", "value": NULL}
