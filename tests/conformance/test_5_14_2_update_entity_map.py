"""Update EntityMap: CIM 009 §5.14.2, over HTTP §6.32.3.2."""

from datetime import UTC, datetime, timedelta

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import create_shelters, ids, make_map, map_id, map_path, the_map
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def test_the_expiry_is_set_within_bounds_and_nothing_else_changes(client: Client) -> None:
    create_shelters(client, 1)
    location = make_map(client)
    fragment: JsonObject = {
        "expiresAt": "2099-01-01T00:00:00Z",
        "entityMap": {"urn:ngsi-ld:Injected:1": ["@none"]},
        "linkedMaps": {"urn:ngsi-ld:ContextSourceRegistration:1": "urn:ngsi-ld:EntityMap:1"},
    }
    answer = client.send("PATCH", map_path(map_id(location)), fragment)
    assert answer.status_code == 204
    assert answer.content == b""
    found = the_map(client, location).json()
    assert list(found["entityMap"]) == ids(0)
    assert found["linkedMaps"] == {}
    now = datetime.now(UTC)
    expires_at = datetime.fromisoformat(found["expiresAt"])
    assert now + timedelta(hours=2) < expires_at <= now + timedelta(days=1)


def test_a_fragment_without_expiry_changes_nothing(client: Client) -> None:
    location = make_map(client)
    before = the_map(client, location).json()
    answer = client.send("PATCH", map_path(map_id(location)), {"type": "EntityMap"})
    assert answer.status_code == 204
    assert the_map(client, location).json() == before


@pytest.mark.parametrize(
    "fragment",
    [
        {"expiresAt": "tomorrow"},
        {"expiresAt": 5},
        {"expiresAt": "urn:ngsi-ld:null"},
        {"type": "Entity"},
        {"id": "urn:ngsi-ld:EntityMap:another"},
        {"colour": "red"},
    ],
)
def test_what_is_no_fragment_of_it_is_refused(
    client: Client, fragment: dict[str, JsonValue]
) -> None:
    location = make_map(client)
    before = the_map(client, location).json()
    answer = client.send("PATCH", map_path(map_id(location)), fragment)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert the_map(client, location).json() == before


def test_an_unknown_map_is_not_found(client: Client) -> None:
    fragment: JsonObject = {"expiresAt": "2099-01-01T00:00:00Z"}
    answer = client.send("PATCH", map_path("urn:ngsi-ld:EntityMap:unknown"), fragment)
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"
