"""Retrieve EntityMap: CIM 009 §5.14.1, over HTTP §6.32.3.1."""

from kit.json import JsonObject
from tests.conformance.mapped import create_shelters, ids, make_map, map_id, map_path, the_map
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def test_a_map_is_retrieved_as_it_was_made(client: Client) -> None:
    create_shelters(client, 2)
    location = make_map(client)
    answer = the_map(client, location)
    assert answer.status_code == 200
    found = answer.json()
    assert found["id"] == map_id(location)
    assert found["type"] == "EntityMap"
    assert list(found["entityMap"]) == ids(0, 1)
    assert found.keys() == {"id", "type", "expiresAt", "entityMap", "linkedMaps"}


def test_a_map_id_that_is_no_uri_is_refused(client: Client) -> None:
    answer = client.get(map_path("not a uri"))
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"


def test_an_unknown_map_is_not_found(client: Client) -> None:
    answer = client.get(map_path("urn:ngsi-ld:EntityMap:unknown"))
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


def test_an_expired_map_is_not_found(client: Client) -> None:
    location = make_map(client)
    past: JsonObject = {"expiresAt": "2000-01-01T00:00:00Z"}
    assert client.send("PATCH", map_path(map_id(location)), past).status_code == 204
    assert the_map(client, location).status_code == 404
    assert client.send("DELETE", map_path(map_id(location))).status_code == 404


def test_a_map_is_its_tenants_alone(client: Client, separated_client: Client) -> None:
    create_shelters(client, 1)
    location = make_map(client)
    answer = the_map(separated_client, location)
    assert answer.status_code == 404
    assert ids(0)[0] not in answer.text
    assert separated_client.send("DELETE", map_path(map_id(location))).status_code == 404
    assert the_map(client, location).status_code == 200
