"""Batch Entity Update: CIM 009 §5.6.9, over HTTP §6.16.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    a_shelter,
    bad_data,
    failed,
    is_stored,
    ok,
    problem,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
UPDATE = "/entityOperations/update"
NO_OVERWRITE = {"options": "noOverwrite"}


def change(number: int, **members: JsonValue) -> JsonObject:
    return {"id": shelter_id(number), "type": "EvacuationShelter", **members}


def test_attributes_are_appended_to_each_entity(client: Client) -> None:
    client.create(a_shelter(1, capacity=prop(120)))
    client.create(a_shelter(2))
    batch: list[JsonValue] = [change(1, capacity=prop(130)), change(2, floors=prop(2))]
    ok(client.send("POST", UPDATE, batch))
    assert stored(client, shelter_id(1)) == a_shelter(1, capacity=prop(130))
    assert stored(client, shelter_id(2)) == a_shelter(2, floors=prop(2))


def test_an_unknown_entity_fails_alone(client: Client) -> None:
    client.create(a_shelter(1))
    answer = client.send("POST", UPDATE, [change(1, floors=prop(2)), change(9, floors=prop(2))])
    assert failed(answer) == {shelter_id(9): "ResourceNotFound"}
    assert answer.json()["success"] == [shelter_id(1)]
    assert not is_stored(client, shelter_id(9))


def test_with_no_overwrite_what_is_there_stays_and_is_told(client: Client) -> None:
    client.create(a_shelter(1, capacity=prop(120)))
    client.create(a_shelter(2))
    batch: list[JsonValue] = [
        change(1, capacity=prop(130), floors=prop(2)),
        change(2, floors=prop(2)),
    ]
    answer = client.send("POST", UPDATE, batch, params=NO_OVERWRITE)
    assert failed(answer) == {shelter_id(1): "BadRequestData"}
    assert "capacity" in answer.json()["errors"][0]["error"]["detail"]
    assert stored(client, shelter_id(1)) == a_shelter(1, capacity=prop(120), floors=prop(2))
    assert stored(client, shelter_id(2)) == a_shelter(2, floors=prop(2))


def test_several_changes_of_one_entity_are_written_in_sequence(client: Client) -> None:
    client.create(a_shelter(1))
    batch: list[JsonValue] = [change(1, floors=prop(number)) for number in range(3)]
    ok(client.send("POST", UPDATE, batch))
    assert stored(client)["floors"] == prop(2)


def test_all_changes_of_a_batch_have_one_time(client: Client) -> None:
    client.create(a_shelter(1))
    client.create(a_shelter(2))
    ok(client.send("POST", UPDATE, [change(1, floors=prop(1)), change(2, floors=prop(1))]))
    first = stored(client, shelter_id(1), options="sysAttrs")
    second = stored(client, shelter_id(2), options="sysAttrs")
    assert first["modifiedAt"] == second["modifiedAt"]


def test_a_batch_of_nothing_is_refused(client: Client) -> None:
    bad_data(client.send("POST", UPDATE, []))


def test_options_that_contradict_each_other_are_refused(client: Client) -> None:
    client.create(a_shelter(1))
    params = {"options": "noOverwrite,replace"}
    answer = client.send("POST", UPDATE, [change(1, floors=prop(2))], params=params)
    problem(answer, 400, "InvalidRequest")
    assert stored(client) == a_shelter(1)
