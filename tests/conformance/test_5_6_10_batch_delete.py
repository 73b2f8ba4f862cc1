"""Batch Entity Delete: CIM 009 §5.6.10, over HTTP §6.17.3.1."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import (
    a_shelter,
    bad_data,
    failed,
    is_stored,
    ok,
    problem,
    shelter_id,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
DELETE = "/entityOperations/delete"


def test_all_deleted_is_204(client: Client) -> None:
    for number in (1, 2, 3):
        client.create(a_shelter(number))
    ok(client.send("POST", DELETE, [shelter_id(1), shelter_id(2)]))
    assert not is_stored(client, shelter_id(1))
    assert is_stored(client, shelter_id(3))


def test_an_unknown_entity_fails_alone(client: Client) -> None:
    client.create(a_shelter(1))
    answer = client.send("POST", DELETE, [shelter_id(9), shelter_id(1)])
    assert failed(answer) == {shelter_id(9): "ResourceNotFound"}
    assert answer.json()["success"] == [shelter_id(1)]
    assert not is_stored(client, shelter_id(1))


def test_the_same_id_twice_is_deleted_once(client: Client) -> None:
    client.create(a_shelter(1))
    answer = client.send("POST", DELETE, [shelter_id(1), shelter_id(1)])
    assert failed(answer) == {shelter_id(1): "ResourceNotFound"}
    assert answer.json()["success"] == [shelter_id(1)]


@pytest.mark.parametrize("item", ["no uri", 3, {"id": "urn:ngsi-ld:A:1"}, [], ""])
def test_what_is_no_id_fails_alone(client: Client, item: JsonValue) -> None:
    client.create(a_shelter(1))
    answer = client.send("POST", DELETE, [item, shelter_id(1)])
    assert list(failed(answer).values()) == ["BadRequestData"]
    assert not is_stored(client, shelter_id(1))


@pytest.mark.parametrize("batch", [[], [None]], ids=["empty", "of null"])
def test_a_batch_of_nothing_is_refused(client: Client, batch: JsonValue) -> None:
    bad_data(client.send("POST", DELETE, batch))


def test_what_is_no_array_is_refused(client: Client) -> None:
    problem(client.send("POST", DELETE, {"ids": [shelter_id(1)]}), 400, "InvalidRequest")
