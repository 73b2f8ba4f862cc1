"""Delete Entity: CIM 009 §5.6.6, over HTTP §6.5.3.2."""

import pytest

from tests.conformance.shelters import (
    SHELTER,
    a_shelter,
    at,
    bad_data,
    is_stored,
    not_found,
    ok,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_a_deleted_entity_is_gone_and_others_stay(client: Client) -> None:
    client.create(a_shelter(1))
    client.create(a_shelter(2))
    assert ok(client.send("DELETE", at())).content == b""
    not_found(client.get(at()))
    assert client.get("/entities", type="EvacuationShelter").json() == [a_shelter(2)]


def test_an_unknown_entity_is_not_found(client: Client) -> None:
    not_found(client.send("DELETE", at()))


def test_an_entity_is_deleted_once(client: Client) -> None:
    client.create(a_shelter())
    ok(client.send("DELETE", at()))
    not_found(client.send("DELETE", at()))


def test_an_entity_of_another_type_than_asked_for_stays(client: Client) -> None:
    client.create(a_shelter())
    not_found(client.send("DELETE", at(), params={"type": "School"}))
    assert is_stored(client)
    ok(client.send("DELETE", at(), params={"type": "School,EvacuationShelter"}))


def test_an_id_that_is_no_uri_is_refused(client: Client) -> None:
    bad_data(client.send("DELETE", at("shelter")))


def test_an_entity_created_again_does_not_remember_the_first(client: Client) -> None:
    client.create(a_shelter(floors=2))
    before = stored(client, options="sysAttrs")
    ok(client.send("DELETE", at(SHELTER)))
    client.create(a_shelter())
    after = stored(client, options="sysAttrs")
    assert "floors" not in after
    assert str(after["createdAt"]) > str(before["createdAt"])


def test_an_id_with_any_characters_of_a_uri_is_found_again(client: Client) -> None:
    strange = shelter_id() + "%2F?=&;(',+~更"
    created = client.send("POST", "/entities", {**a_shelter(), "id": strange})
    location = ok(created, 201).headers["Location"].removeprefix("/ngsi-ld/v1")
    assert client.get(location).json()["id"] == strange
    ok(client.send("DELETE", location))
