"""Attribute Replace: CIM 009 §5.6.19, over HTTP §6.7.3.3."""

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


def test_the_instance_is_replaced_whole_and_keeps_its_time_of_creation(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    before = stored(client, options="sysAttrs")["capacity"]
    ok(client.send("PUT", CAPACITY, prop(130)))
    assert stored(client) == a_shelter(capacity=prop(130))
    after = stored(client, options="sysAttrs")["capacity"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["createdAt"] == before["createdAt"]


def test_the_concise_form_is_taken(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62")))
    ok(client.send("PUT", CAPACITY, {"value": 130}))
    assert stored(client)["capacity"] == prop(130)


def test_an_attribute_may_become_of_another_kind(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120)))
    ok(client.send("PUT", CAPACITY, link_to("urn:ngsi-ld:Count:1")))
    assert stored(client)["capacity"] == link_to("urn:ngsi-ld:Count:1")


def test_only_the_instance_of_the_same_dataset_is_replaced(client: Client) -> None:
    client.create(a_shelter(capacity=[prop(120), prop(118, datasetId=RADAR)]))
    ok(client.send("PUT", CAPACITY, prop(119, datasetId=RADAR)))
    assert stored(client)["capacity"] == [prop(120), prop(119, datasetId=RADAR)]


def test_what_is_missing_is_not_found(client: Client) -> None:
    not_found(client.send("PUT", CAPACITY, prop(1)))
    client.create(a_shelter())
    not_found(client.send("PUT", CAPACITY, prop(1)))
    name = at(SHELTER, "attrs", "name")
    not_found(client.send("PUT", name, prop("x", datasetId=RADAR)))
    not_found(client.send("PUT", name, prop("x"), params={"type": "School"}))


@pytest.mark.parametrize(
    "wrong",
    [prop(NULL), prop(None), {"type": "Property"}, {}, {"type": "Unheard", "value": 1}],
    ids=["the NGSI-LD Null", "null", "no value", "nothing", "an unknown kind"],
)
def test_what_is_no_attribute_is_refused_and_changes_nothing(
    client: Client, wrong: JsonObject
) -> None:
    client.create(a_shelter(capacity=prop(120)))
    bad_data(client.send("PUT", CAPACITY, wrong))
    assert stored(client) == a_shelter(capacity=prop(120))


def test_the_scope_is_no_attribute(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    bad_data(client.send("PUT", at(SHELTER, "attrs", "scope"), prop("/Tokachi")))
