"""Create Entity: CIM 009 §5.6.1, over HTTP §6.4.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
SHELTER = "urn:ngsi-ld:EvacuationShelter:016390:1"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
ENTITIES = "/entities"


def a_shelter(**members: JsonValue) -> JsonObject:
    name: JsonObject = {"type": "Property", "value": "更別小学校"}
    return {"id": SHELTER, "type": "EvacuationShelter", "name": name, **members}


def test_a_created_entity_is_answered_with_201_its_location_and_no_body(client: Client) -> None:
    answer = client.send("POST", ENTITIES, a_shelter())
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/ngsi-ld/v1/entities/{SHELTER}"
    assert answer.content == b""


def test_a_created_entity_is_there_as_it_was_given(client: Client) -> None:
    capacity: JsonObject = {
        "type": "Property",
        "value": 120,
        "unitCode": "C62",
        "observedAt": "2026-11-21T09:00:00Z",
        "countedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"},
    }
    given = a_shelter(capacity=capacity, scope="/Hokkaido/Sarabetsu")
    client.create(given)
    assert client.get(f"{ENTITIES}/{SHELTER}").json() == given


def test_the_concise_form_means_the_same_as_the_normalized_one(client: Client) -> None:
    concise: JsonObject = {"value": 120, "unitCode": "C62"}
    client.create(a_shelter(name="更別小学校", capacity=concise))
    found = client.get(f"{ENTITIES}/{SHELTER}").json()
    assert found["name"] == {"type": "Property", "value": "更別小学校"}
    assert found["capacity"] == {"type": "Property", **concise}


def test_an_entity_that_is_there_already_is_refused_and_stays_as_it_was(client: Client) -> None:
    client.create(a_shelter())
    answer = client.send("POST", ENTITIES, a_shelter(name={"type": "Property", "value": "other"}))
    assert answer.status_code == 409
    assert answer.json()["type"] == ERRORS + "AlreadyExists"
    assert client.get(f"{ENTITIES}/{SHELTER}").json() == a_shelter()


def test_a_deleted_entity_can_be_created_again(client: Client) -> None:
    client.create(a_shelter())
    assert client.send("DELETE", f"{ENTITIES}/{SHELTER}").status_code == 204
    client.create(a_shelter())


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "EvacuationShelter"},
        {"id": SHELTER},
        {"id": "no uri", "type": "EvacuationShelter"},
        a_shelter(capacity={"type": "Property"}),
        a_shelter(capacity={"type": "Property", "value": None}),
        a_shelter(capacity={"type": "NoSuchKind", "value": 1}),
        a_shelter(managedBy={"type": "Relationship", "object": "no uri"}),
        a_shelter(location={"type": "GeoProperty", "value": {"type": "Point"}}),
        a_shelter(capacity="urn:ngsi-ld:null"),
        a_shelter(scope="no path!"),
    ],
    ids=[
        "without id",
        "without type",
        "whose id is no URI",
        "with a Property without value",
        "with a value of null",
        "with an attribute of an unknown kind",
        "whose Relationship points to no URI",
        "with a geometry that is none",
        "with the NGSI-LD Null",
        "with a scope that is no path",
    ],
)
def test_what_is_no_valid_entity_is_refused_and_not_stored(
    client: Client, wrong: JsonObject
) -> None:
    answer = client.send("POST", ENTITIES, wrong)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert answer.json()["detail"]
    assert client.get(f"{ENTITIES}/{SHELTER}").status_code == 404


def test_what_is_no_json_is_refused_with_the_place(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", ENTITIES, headers=headers, content=b'{"id": ')
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "InvalidRequest"
    assert "line 1" in answer.json()["where"]


def test_an_unknown_tenant_is_refused(client: Client) -> None:
    headers = {"NGSILD-Tenant": "nobody_made_this_one"}
    answer = client.send("POST", ENTITIES, a_shelter(), headers=headers)
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "NonexistentTenant"


def test_the_same_id_in_another_tenant_is_another_entity(
    client: Client, separated_client: Client
) -> None:
    client.create(a_shelter())
    separated_client.create(a_shelter(name={"type": "Property", "value": "江別第一小学校"}))
    assert client.get(f"{ENTITIES}/{SHELTER}").json() == a_shelter()


def test_names_mean_what_the_context_says(client: Client) -> None:
    terms: JsonObject = {"避難所名": "https://example.org/shelterName"}
    given = {"id": SHELTER, "type": "EvacuationShelter", "避難所名": "更別小学校"}
    client.create({**given, "@context": [terms]})
    found = client.get(f"{ENTITIES}/{SHELTER}").json()
    assert found["https://example.org/shelterName"] == {"type": "Property", "value": "更別小学校"}
