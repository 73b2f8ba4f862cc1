"""Batch Entity Creation: CIM 009 §5.6.7, over HTTP §6.14.3.1."""

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
CREATE = "/entityOperations/create"


def test_all_created_is_answered_with_201_and_their_ids(client: Client) -> None:
    answer = ok(client.send("POST", CREATE, [a_shelter(1), a_shelter(2)]), 201)
    assert answer.json() == [shelter_id(1), shelter_id(2)]
    assert stored(client, shelter_id(2)) == a_shelter(2)


def test_an_entity_that_is_there_fails_alone(client: Client) -> None:
    client.create(a_shelter(1))
    batch: list[JsonValue] = [a_shelter(1, name=prop("other")), a_shelter(2)]
    answer = client.send("POST", CREATE, batch)
    assert failed(answer) == {shelter_id(1): "AlreadyExists"}
    assert answer.json()["success"] == [shelter_id(2)]
    assert stored(client) == a_shelter(1)
    assert is_stored(client, shelter_id(2))


def test_an_entity_that_is_not_valid_fails_alone_and_says_where(client: Client) -> None:
    wrong = a_shelter(1, capacity={"type": "Property"})
    answer = client.send("POST", CREATE, [wrong, a_shelter(2)])
    assert failed(answer) == {shelter_id(1): "BadRequestData"}
    assert answer.json()["errors"][0]["error"]["where"].startswith("/capacity")
    assert answer.json()["success"] == [shelter_id(2)]
    assert not is_stored(client)


def test_all_failed_is_still_207(client: Client) -> None:
    answer = client.send("POST", CREATE, [{"id": "no uri", "type": "T"}, {"id": shelter_id()}])
    assert len(failed(answer)) == 2
    assert answer.json()["success"] == []


def test_of_the_same_id_twice_the_first_is_created(client: Client) -> None:
    answer = client.send("POST", CREATE, [a_shelter(1), a_shelter(1, name=prop("other"))])
    assert failed(answer) == {shelter_id(1): "AlreadyExists"}
    assert answer.json()["success"] == [shelter_id(1)]
    assert stored(client) == a_shelter(1)


def test_each_entity_has_its_own_context_in_json_ld(client: Client) -> None:
    def one(number: int, iri: str) -> JsonObject:
        return {**a_shelter(number, beds=prop(3)), "@context": [{"beds": iri}]}

    batch: list[JsonValue] = [one(1, "https://example.org/a"), one(2, "https://example.org/b")]
    ok(client.send("POST", CREATE, batch), 201)
    assert "https://example.org/a" in stored(client, shelter_id(1))
    assert "https://example.org/b" in stored(client, shelter_id(2))


def test_an_entity_without_context_in_json_ld_fails_alone(client: Client) -> None:
    batch: list[JsonValue] = [{**a_shelter(1), "@context": [{}]}, a_shelter(2)]
    assert failed(client.send("POST", CREATE, batch)) == {shelter_id(2): "BadRequestData"}
    assert is_stored(client, shelter_id(1))


def test_an_entity_with_a_context_in_plain_json_fails_alone(client: Client) -> None:
    batch: list[JsonValue] = [{**a_shelter(1), "@context": [{}]}, a_shelter(2)]
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", CREATE, batch, headers=headers)
    assert failed(answer) == {shelter_id(1): "BadRequestData"}
    assert is_stored(client, shelter_id(2))


@pytest.mark.parametrize(
    "item", [3, "urn:ngsi-ld:A:1", [], True], ids=["number", "text", "array", "boolean"]
)
def test_an_item_that_is_no_object_fails_alone(client: Client, item: JsonValue) -> None:
    answer = client.send("POST", CREATE, [item, a_shelter(1)])
    assert list(failed(answer).values()) == ["BadRequestData"]
    assert is_stored(client)


@pytest.mark.parametrize("batch", [[], [None]], ids=["empty", "of null"])
def test_a_batch_of_nothing_is_refused(client: Client, batch: JsonValue) -> None:
    bad_data(client.send("POST", CREATE, batch))


def test_what_is_no_array_is_refused(client: Client) -> None:
    problem(client.send("POST", CREATE, a_shelter()), 400, "InvalidRequest")
    assert not is_stored(client)


def test_a_large_batch_is_stored_whole(client: Client) -> None:
    batch: list[JsonValue] = [a_shelter(number, capacity=prop(number)) for number in range(700)]
    assert len(ok(client.send("POST", CREATE, batch), 201).json()) == 700
    answer = client.get("/entities", type="EvacuationShelter", count="true", limit="1")
    assert answer.headers["NGSILD-Results-Count"] == "700"
