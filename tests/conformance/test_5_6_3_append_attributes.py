"""Append Attributes: CIM 009 §5.6.3, over HTTP §6.6.3.1."""

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
    problem,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ATTRS = at(SHELTER, "attrs")
RADAR = "urn:ngsi-ld:dataset:radar"
NO_OVERWRITE = {"options": "noOverwrite"}


def test_an_attribute_that_is_missing_is_added(client: Client) -> None:
    client.create(a_shelter())
    ok(client.send("POST", ATTRS, {"capacity": prop(120)}))
    assert stored(client) == a_shelter(capacity=prop(120))


def test_an_attribute_that_is_there_is_replaced_whole(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62")))
    ok(client.send("POST", ATTRS, {"capacity": 130}))
    assert stored(client) == a_shelter(capacity=prop(130))


def test_an_attribute_that_is_there_stays_with_no_overwrite(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120)))
    fragment: JsonObject = {"capacity": prop(130), "floors": prop(2)}
    answer = ok(client.send("POST", ATTRS, fragment, params=NO_OVERWRITE), 207)
    assert answer.json()["updated"] == [DEFAULT_VOCABULARY + "floors"]
    left = [one["attributeName"] for one in answer.json()["notUpdated"]]
    assert left == [DEFAULT_VOCABULARY + "capacity"]
    assert stored(client) == a_shelter(capacity=prop(120), floors=prop(2))


def test_nothing_in_the_way_of_no_overwrite_is_204(client: Client) -> None:
    client.create(a_shelter())
    ok(client.send("POST", ATTRS, {"floors": prop(2)}, params=NO_OVERWRITE))


def test_an_instance_of_another_dataset_is_added_beside(client: Client) -> None:
    client.create(a_shelter(level=prop(1.2)))
    radar = prop(1.3, datasetId=RADAR)
    ok(client.send("POST", ATTRS, {"level": radar}, params=NO_OVERWRITE))
    assert stored(client)["level"] == [prop(1.2), radar]


def test_types_are_added(client: Client) -> None:
    client.create(a_shelter())
    ok(client.send("POST", ATTRS, {"type": ["School", "EvacuationShelter"]}))
    assert stored(client)["type"] == ["EvacuationShelter", "School"]


def test_a_scope_replaces_and_with_no_overwrite_joins(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    ok(client.send("POST", ATTRS, {"scope": "/Tokachi"}))
    assert stored(client)["scope"] == "/Tokachi"
    client.send("POST", ATTRS, {"scope": "/Hokkaido"}, params=NO_OVERWRITE)
    scopes = stored(client)["scope"]
    assert isinstance(scopes, list)
    assert set(map(str, scopes)) == {"/Tokachi", "/Hokkaido"}


def test_the_ngsi_ld_null_is_refused(client: Client) -> None:
    client.create(a_shelter())
    bad_data(client.send("POST", ATTRS, {"name": NULL}))
    assert stored(client) == a_shelter()


def test_an_unknown_entity_is_not_found(client: Client) -> None:
    not_found(client.send("POST", ATTRS, {"capacity": prop(1)}))


def test_an_entity_of_another_type_than_asked_for_is_not_found(client: Client) -> None:
    client.create(a_shelter())
    not_found(client.send("POST", ATTRS, {"capacity": prop(1)}, params={"type": "School"}))


def test_an_unknown_option_is_refused(client: Client) -> None:
    client.create(a_shelter())
    answer = client.send("POST", ATTRS, {"capacity": prop(1)}, params={"options": "overwrite"})
    problem(answer, 400, "InvalidRequest")
    assert stored(client) == a_shelter()
