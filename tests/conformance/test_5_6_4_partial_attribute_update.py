"""Partial Attribute update: CIM 009 §5.6.4, over HTTP §6.7.3.1."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    NULL,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    link_to,
    not_found,
    ok,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
CAPACITY = at(SHELTER, "attrs", "capacity")
RADAR = "urn:ngsi-ld:dataset:radar"


def test_members_that_are_given_are_overwritten_and_others_stay(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    ok(client.send("PATCH", CAPACITY, {"value": 130, "observedAt": "2026-11-21T09:00:00Z"}))
    expected = prop(130, unitCode="C62", countedBy=prop("staff"), observedAt="2026-11-21T09:00:00Z")
    assert stored(client) == a_shelter(capacity=expected)


def test_a_sub_attribute_is_replaced_whole(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, countedBy=prop("staff", since=prop(2020)))))
    ok(client.send("PATCH", CAPACITY, {"countedBy": prop("village")}))
    assert stored(client)["capacity"] == prop(120, countedBy=prop("village"))


def test_the_ngsi_ld_null_deletes_a_sub_attribute(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    ok(client.send("PATCH", CAPACITY, {"countedBy": NULL}))
    assert stored(client)["capacity"] == prop(120, unitCode="C62")


def test_the_ngsi_ld_null_as_value_deletes_the_attribute(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120)))
    ok(client.send("PATCH", CAPACITY, {"type": "Property", "value": NULL}))
    assert stored(client) == a_shelter()


def test_only_the_instance_of_the_same_dataset_changes(client: Client) -> None:
    radar = prop(118, datasetId=RADAR)
    client.create(a_shelter(capacity=[prop(120), radar]))
    ok(client.send("PATCH", CAPACITY, {"value": 119, "datasetId": RADAR}))
    assert stored(client)["capacity"] == [prop(120), prop(119, datasetId=RADAR)]


def test_an_attribute_may_be_named_by_its_iri(client: Client) -> None:
    iri = "https://example.org/capacity"
    client.create(a_shelter(**{iri: prop(120)}))
    ok(client.send("PATCH", at(SHELTER, "attrs", iri), {"value": 130}))
    assert stored(client)[iri] == prop(130)


@pytest.mark.parametrize(
    ("existing", "fragment"),
    [
        (prop(120), {"type": "Relationship", "object": "urn:ngsi-ld:A:1"}),
        (prop(120), {"object": "urn:ngsi-ld:A:1"}),
        (link_to("urn:ngsi-ld:A:1"), {"type": "Property", "value": 1}),
    ],
    ids=["Property to Relationship", "so concisely", "Relationship to Property"],
)
def test_the_kind_of_an_attribute_cannot_change(
    client: Client, existing: JsonObject, fragment: JsonObject
) -> None:
    client.create(a_shelter(capacity=existing))
    bad_data(client.send("PATCH", CAPACITY, fragment))
    assert stored(client) == a_shelter(capacity=existing)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"value": None}, {"datasetId": NULL, "value": 1}, {"value": {"a": NULL}}],
    ids=["nothing", "null", "a dataset's id deleted", "a null inside the value"],
)
def test_what_is_no_attribute_fragment_is_refused(client: Client, wrong: JsonObject) -> None:
    client.create(a_shelter(capacity=prop(120)))
    bad_data(client.send("PATCH", CAPACITY, wrong))
    assert stored(client) == a_shelter(capacity=prop(120))


def test_an_unknown_entity_is_not_found(client: Client) -> None:
    not_found(client.send("PATCH", CAPACITY, {"value": 1}))


def test_an_attribute_or_instance_that_is_missing_is_not_found(client: Client) -> None:
    client.create(a_shelter())
    not_found(client.send("PATCH", CAPACITY, {"value": 1}))
    name = at(SHELTER, "attrs", "name")
    not_found(client.send("PATCH", name, {"value": "x", "datasetId": RADAR}))


def test_the_scope_is_no_attribute(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    bad_data(client.send("PATCH", at(SHELTER, "attrs", "scope"), {"value": "/Tokachi"}))
