"""Replace Entity: CIM 009 §5.6.18, over HTTP §6.5.3.3."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    a_shelter,
    at,
    bad_data,
    not_found,
    ok,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_everything_but_the_time_of_creation_is_replaced(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120), scope="/Hokkaido"))
    before = stored(client, options="sysAttrs")
    fresh: JsonObject = {"id": shelter_id(), "type": "School", "floors": prop(2)}
    ok(client.send("PUT", at(), fresh))
    assert stored(client) == fresh
    after = stored(client, options="sysAttrs")
    assert after["createdAt"] == before["createdAt"]
    assert str(after["modifiedAt"]) > str(before["modifiedAt"])


def test_the_id_need_not_be_repeated(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120)))
    ok(client.send("PUT", at(), {"type": "EvacuationShelter", "floors": prop(2)}))
    assert "capacity" not in stored(client)


def test_an_unknown_entity_or_another_type_is_not_found(client: Client) -> None:
    not_found(client.send("PUT", at(), a_shelter()))
    client.create(a_shelter())
    not_found(client.send("PUT", at(), a_shelter(), params={"type": "School"}))


@pytest.mark.parametrize(
    "wrong",
    [
        a_shelter(2),
        a_shelter(capacity="urn:ngsi-ld:null"),
        {"id": shelter_id(), "capacity": prop(1)},
        a_shelter(capacity=None),
    ],
    ids=["the id of another", "the NGSI-LD Null", "no type", "null"],
)
def test_what_is_not_this_entity_is_refused_and_changes_nothing(
    client: Client, wrong: JsonObject
) -> None:
    client.create(a_shelter(capacity=prop(120)))
    bad_data(client.send("PUT", at(), wrong))
    assert stored(client) == a_shelter(capacity=prop(120))


def test_a_replacement_without_an_id_in_the_path_is_refused(client: Client) -> None:
    bad_data(client.send("PUT", "/entities/", a_shelter()))
