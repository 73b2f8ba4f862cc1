"""Batch Entity Creation or Update (Upsert): CIM 009 §5.6.8, over HTTP §6.15.3.1."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import (
    a_shelter,
    bad_data,
    failed,
    ok,
    problem,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
UPSERT = "/entityOperations/upsert"
UPDATE = {"options": "update"}


def test_what_was_missing_is_created_and_named_with_201(client: Client) -> None:
    client.create(a_shelter(1))
    answer = ok(client.send("POST", UPSERT, [a_shelter(1), a_shelter(2)]), 201)
    assert answer.json() == [shelter_id(2)]


def test_nothing_created_is_204(client: Client) -> None:
    client.create(a_shelter(1))
    ok(client.send("POST", UPSERT, [a_shelter(1)]))


@pytest.mark.parametrize("params", [None, {"options": "replace"}], ids=["by default", "asked for"])
def test_what_is_there_is_replaced_whole(client: Client, params: dict[str, str] | None) -> None:
    client.create(a_shelter(capacity=prop(120), scope="/Hokkaido"))
    before = stored(client, options="sysAttrs")
    fresh = a_shelter(floors=prop(2))
    ok(client.send("POST", UPSERT, [fresh], params=params))
    assert stored(client) == fresh
    assert stored(client, options="sysAttrs")["createdAt"] == before["createdAt"]


def test_with_update_attributes_are_appended(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62")))
    batch: list[JsonValue] = [a_shelter(capacity=prop(130), floors=prop(2))]
    ok(client.send("POST", UPSERT, batch, params=UPDATE))
    assert stored(client) == a_shelter(capacity=prop(130), floors=prop(2))


def test_types_may_be_replaced_and_with_update_added(client: Client) -> None:
    client.create(a_shelter())
    school = {**a_shelter(), "type": "School"}
    ok(client.send("POST", UPSERT, [school], params=UPDATE))
    assert stored(client)["type"] == ["EvacuationShelter", "School"]
    ok(client.send("POST", UPSERT, [school]))
    assert stored(client)["type"] == "School"


def test_the_same_id_several_times_is_written_in_sequence(client: Client) -> None:
    batch: list[JsonValue] = [a_shelter(capacity=prop(number)) for number in range(3)]
    answer = ok(client.send("POST", UPSERT, batch), 201)
    assert answer.json() == [shelter_id(1)]
    assert stored(client) == a_shelter(capacity=prop(2))


def test_an_entity_that_is_not_valid_fails_alone(client: Client) -> None:
    answer = client.send("POST", UPSERT, [a_shelter(1), {"id": shelter_id(2)}])
    assert failed(answer) == {shelter_id(2): "BadRequestData"}
    assert answer.json()["success"] == [shelter_id(1)]


def test_the_ngsi_ld_null_is_refused(client: Client) -> None:
    batch: list[JsonValue] = [a_shelter(1, capacity="urn:ngsi-ld:null")]
    assert failed(client.send("POST", UPSERT, batch)) == {shelter_id(1): "BadRequestData"}


def test_replace_and_update_exclude_each_other(client: Client) -> None:
    params = {"options": "replace,update"}
    problem(client.send("POST", UPSERT, [a_shelter()], params=params), 400, "InvalidRequest")


def test_a_batch_of_nothing_is_refused(client: Client) -> None:
    bad_data(client.send("POST", UPSERT, []))
