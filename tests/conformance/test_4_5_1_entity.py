"""NGSI-LD Entity Representation: CIM 009 §4.5.1, §5.2.4."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    SHELTER,
    a_shelter,
    bad_data,
    is_stored,
    ok,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_json_ld_keywords_may_stand_for_id_and_type(client: Client) -> None:
    client.create({"@id": SHELTER, "@type": "EvacuationShelter", "name": prop("x")})
    assert stored(client) == {"id": SHELTER, "type": "EvacuationShelter", "name": prop("x")}


def test_one_type_comes_back_as_text_and_several_as_an_array(client: Client) -> None:
    client.create({**a_shelter(1), "type": ["EvacuationShelter"]})
    client.create({**a_shelter(2), "type": ["School", "EvacuationShelter"]})
    assert stored(client)["type"] == "EvacuationShelter"
    several = stored(client, shelter_id(2))["type"]
    assert isinstance(several, list)
    assert set(map(str, several)) == {"School", "EvacuationShelter"}


def test_an_entity_may_have_no_attributes(client: Client) -> None:
    bare: JsonObject = {"id": SHELTER, "type": "EvacuationShelter"}
    client.create(bare)
    assert stored(client) == bare


def test_times_that_the_broker_keeps_are_not_the_clients_to_give(client: Client) -> None:
    past = "2001-01-01T00:00:00Z"
    client.create(a_shelter(createdAt=past, capacity=prop(1, modifiedAt=past)))
    found = stored(client, options="sysAttrs")
    assert found["createdAt"] != past
    assert isinstance(found["capacity"], dict)
    assert found["capacity"]["modifiedAt"] != past


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": 5},
        {"id": ""},
        {"id": "urn:ngsi-ld:with space"},
        {"id": "urn:ngsi-ld:<b>"},
        {"id": "urn:ngsi-ld:in\u200bvisible"},
        {"type": []},
        {"type": ""},
        {"type": 5},
        {"type": ["EvacuationShelter", 5]},
        {"type": "Evacuation Shelter"},
        {"location": prop("here")},
        {"observationSpace": {"type": "Relationship", "object": "urn:a:b"}},
        {"expiresAt": "soon"},
        {"expiresAt": 5},
        {"name": None},
    ],
)
def test_members_of_another_form_are_refused(client: Client, wrong: JsonObject) -> None:
    bad_data(client.send("POST", ENTITIES, {**a_shelter(), **wrong}))
    assert not is_stored(client)


@pytest.mark.parametrize("name", ["observedAt", "unitCode", "datasetId", "instanceId"])
def test_names_of_members_are_no_names_of_attributes(client: Client, name: str) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(**{name: prop(1)})))


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        1.5,
        1e300,
        12345678901234567,
        True,
        "",
        "文字",
        [1, "a", [2.5, False]],
        {"a": {"b": []}},
    ],
)
def test_values_of_every_json_type_come_back_equal(client: Client, value: JsonValue) -> None:
    client.create(a_shelter(held=prop(value)))
    assert stored(client)["held"] == prop(value)


def test_sub_attributes_of_every_kind_may_stand_at_any_depth(client: Client) -> None:
    deep: JsonObject = prop(1)
    for level in range(12):
        deep = prop(level, inner=deep, seen={"type": "Relationship", "object": "urn:a:b"})
    client.create(a_shelter(deep=deep))
    assert stored(client)["deep"] == deep


def test_a_proof_seals_an_entity(client: Client) -> None:
    proof: JsonObject = {
        "type": "Property",
        "value": {"type": "DataIntegrityProof", "proofValue": "z3FXQ"},
        "entityIdSealed": SHELTER,
        "entityTypeSealed": "EvacuationShelter",
    }
    client.create(a_shelter(name=prop("更別小学校", ngsildproof=proof)))
    assert stored(client)["name"] == prop("更別小学校", ngsildproof=proof)


def test_a_seal_stands_in_a_proof_alone(client: Client) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(name=prop("x", entityIdSealed=SHELTER))))


def test_an_entity_with_many_attributes_is_stored_whole(client: Client) -> None:
    many = {f"attribute{n}": prop(n) for n in range(500)}
    entity = a_shelter(**many)
    ok(client.send("POST", ENTITIES, entity), 201)
    assert stored(client) == entity
