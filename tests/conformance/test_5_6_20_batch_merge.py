"""Batch Entity Merge: CIM 009 §5.6.20, over HTTP §6.31.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    NULL,
    a_shelter,
    bad_data,
    failed,
    ok,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
MERGE = "/entityOperations/merge"


def change(number: int, **members: JsonValue) -> JsonObject:
    return {"id": shelter_id(number), **members}


def test_each_entity_is_merged_as_a_merge_alone_would(client: Client) -> None:
    client.create(a_shelter(1, capacity=prop(120, unitCode="C62")))
    client.create(a_shelter(2, address=prop({"a": 1, "b": 2})))
    batch: list[JsonValue] = [
        change(1, capacity={"value": 130}),
        change(2, name=NULL, address=prop({"a": NULL})),
    ]
    ok(client.send("POST", MERGE, batch))
    assert stored(client, shelter_id(1)) == a_shelter(1, capacity=prop(130, unitCode="C62"))
    merged = stored(client, shelter_id(2))
    assert merged["address"] == prop({"b": 2})
    assert "name" not in merged


def test_an_unknown_entity_and_one_that_is_not_valid_fail_alone(client: Client) -> None:
    client.create(a_shelter(1))
    client.create(a_shelter(2))
    batch: list[JsonValue] = [
        change(1, floors=prop(2)),
        change(2, floors={"type": "Property", "value": None}),
        change(9, floors=prop(2)),
    ]
    answer = client.send("POST", MERGE, batch)
    assert failed(answer) == {
        shelter_id(2): "BadRequestData",
        shelter_id(9): "ResourceNotFound",
    }
    assert answer.json()["success"] == [shelter_id(1)]
    assert stored(client, shelter_id(1)) == a_shelter(1, floors=prop(2))


def test_several_changes_of_one_entity_are_merged_in_sequence(client: Client) -> None:
    client.create(a_shelter(1))
    batch: list[JsonValue] = [
        change(1, address=prop({"a": 1})),
        change(1, address=prop({"b": 2})),
    ]
    ok(client.send("POST", MERGE, batch))
    assert stored(client)["address"] == prop({"a": 1, "b": 2})


def test_a_batch_of_nothing_is_refused(client: Client) -> None:
    bad_data(client.send("POST", MERGE, []))
