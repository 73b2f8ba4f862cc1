"""Update Attributes: CIM 009 §5.6.2, over HTTP §6.6.3.2."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    DEFAULT_VOCABULARY,
    NULL,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    not_found,
    ok,
    point,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ATTRS = at(SHELTER, "attrs")
RADAR = "urn:ngsi-ld:dataset:radar"


def update(client: Client, fragment: JsonObject, **params: str) -> None:
    ok(client.send("PATCH", ATTRS, fragment, params=params or None))


def test_an_attribute_that_is_there_is_replaced_whole(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    update(client, {"capacity": prop(130)})
    assert stored(client) == a_shelter(capacity=prop(130))


def test_an_attribute_that_is_missing_is_added(client: Client) -> None:
    client.create(a_shelter())
    update(client, {"capacity": prop(130), "location": point(143.19, 42.65)})
    assert stored(client) == a_shelter(capacity=prop(130), location=point(143.19, 42.65))


def test_a_replaced_attribute_keeps_when_it_was_created(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120)))
    before = stored(client, options="sysAttrs")
    update(client, {"capacity": prop(130)})
    after = stored(client, options="sysAttrs")
    assert after["createdAt"] == before["createdAt"]
    assert after["name"] == before["name"]
    assert isinstance(before["capacity"], dict)
    assert isinstance(after["capacity"], dict)
    assert after["capacity"]["createdAt"] == before["capacity"]["createdAt"]
    assert str(after["capacity"]["modifiedAt"]) > str(before["capacity"]["modifiedAt"])
    assert after["modifiedAt"] == after["capacity"]["modifiedAt"]


@pytest.mark.parametrize("null", [NULL, prop(NULL)], ids=["concise", "normalized"])
def test_the_ngsi_ld_null_deletes_an_attribute(client: Client, null: JsonObject | str) -> None:
    client.create(a_shelter(capacity=prop(120)))
    update(client, {"capacity": null})
    assert stored(client) == a_shelter()


def test_only_the_instance_of_the_same_dataset_changes(client: Client) -> None:
    client.create(a_shelter(level=[prop(1.2), prop(1.25, datasetId=RADAR)]))
    update(client, {"level": prop(1.5, datasetId=RADAR)})
    assert stored(client)["level"] == [prop(1.2), prop(1.5, datasetId=RADAR)]
    update(client, {"level": prop(NULL, datasetId=RADAR)})
    assert stored(client)["level"] == prop(1.2)


def test_types_are_added_and_never_taken_away(client: Client) -> None:
    client.create(a_shelter())
    update(client, {"type": "School", "capacity": prop(1)})
    assert stored(client)["type"] == ["EvacuationShelter", "School"]


def test_a_scope_replaces_the_one_that_is_there(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    update(client, {"scope": "/Hokkaido/Sarabetsu"})
    assert stored(client)["scope"] == "/Hokkaido/Sarabetsu"


def test_a_scope_is_left_out_where_there_is_none_and_the_answer_says_so(client: Client) -> None:
    client.create(a_shelter())
    answer = ok(client.send("PATCH", ATTRS, {"scope": "/Hokkaido", "capacity": prop(1)}), 207)
    assert answer.json()["updated"] == [DEFAULT_VOCABULARY + "capacity"]
    left = answer.json()["notUpdated"]
    assert [one["attributeName"] for one in left] == ["scope"]
    assert left[0]["reason"]
    assert stored(client) == a_shelter(capacity=prop(1))


def test_an_unknown_entity_is_not_found(client: Client) -> None:
    not_found(client.send("PATCH", ATTRS, {"capacity": prop(1)}))


def test_an_entity_of_another_type_than_asked_for_is_not_found(client: Client) -> None:
    client.create(a_shelter())
    not_found(client.send("PATCH", ATTRS, {"capacity": prop(1)}, params={"type": "School"}))
    update(client, {"capacity": prop(1)}, type="EvacuationShelter")


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacity": {"type": "Property"}},
        {"capacity": None},
        {"id": "urn:ngsi-ld:EvacuationShelter:another", "capacity": prop(1)},
        {"capacity": {"type": "Relationship", "object": "no uri"}},
    ],
    ids=["no value", "null", "the id of another entity", "no URI"],
)
def test_what_is_no_fragment_is_refused_and_changes_nothing(
    client: Client, wrong: JsonObject
) -> None:
    client.create(a_shelter(capacity=prop(120)))
    bad_data(client.send("PATCH", ATTRS, wrong))
    assert stored(client) == a_shelter(capacity=prop(120))


def test_an_id_that_is_no_uri_is_refused(client: Client) -> None:
    bad_data(client.send("PATCH", "/entities/shelter/attrs", {"capacity": prop(1)}))
