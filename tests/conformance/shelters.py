"""The evacuation shelters that tests of clauses write and read, and what errors look like."""

from typing import cast
from urllib.parse import quote

import httpx2

from kit.json import JsonObject, JsonValue
from tests.platforms import Client

ENTITIES = "/entities"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
NULL = "urn:ngsi-ld:null"
LINK_REL = 'rel="http://www.w3.org/ns/json-ld#context"'


def shelter_id(number: int = 1) -> str:
    return f"urn:ngsi-ld:EvacuationShelter:016390:{number}"


SHELTER = shelter_id()
ORGANIZATION = "urn:ngsi-ld:Organization:sarabetsu"


def prop(value: JsonValue, **members: JsonValue) -> JsonObject:
    return {"type": "Property", "value": value, **members}


def link_to(target: JsonValue, **members: JsonValue) -> JsonObject:
    return {"type": "Relationship", "object": target, **members}


def point(longitude: float, latitude: float) -> JsonObject:
    return {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [longitude, latitude]},
    }


def a_shelter(number: int = 1, /, **members: JsonValue) -> JsonObject:
    given: JsonObject = {"id": shelter_id(number), "type": "EvacuationShelter"}
    return {**given, "name": prop("更別小学校"), **members}


def at(entity_id: str = SHELTER, *more: str) -> str:
    """The path of an entity, or of what is behind it."""
    return "/".join([ENTITIES, entity_id, *(quote(part, safe="") for part in more)])


def stored(client: Client, entity_id: str = SHELTER, **params: str) -> JsonObject:
    answer = client.get(at(entity_id), **params)
    assert answer.status_code == 200, answer.text
    return cast(JsonObject, answer.json())


def is_stored(client: Client, entity_id: str = SHELTER) -> bool:
    answer = client.get(at(entity_id))
    assert answer.status_code in (200, 404), answer.text
    return answer.status_code == 200


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entity["id"] for entity in answer.json()]


def numbers(answer: httpx2.Response) -> list[int]:
    """The shelters of an answer by their numbers, in its order."""
    return [int(one.rpartition(":")[2]) for one in ids(answer)]


def all_numbers(answer: httpx2.Response) -> list[int]:
    """The shelters of an answer by their numbers, in order of number."""
    return sorted(numbers(answer))


def ok(answer: httpx2.Response, status: int = 204) -> httpx2.Response:
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    return answer


def problem(answer: httpx2.Response, status: int, error: str) -> JsonObject:
    """Check that an answer is an error of this type, as §5.5.3 has it; answers with its body."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert "Link" not in answer.headers
    body = cast(JsonObject, answer.json())
    assert body["type"] == ERRORS + error, body
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def bad_data(answer: httpx2.Response) -> JsonObject:
    return problem(answer, 400, "BadRequestData")


def not_found(answer: httpx2.Response) -> JsonObject:
    return problem(answer, 404, "ResourceNotFound")


def failed(answer: httpx2.Response) -> dict[str, str]:
    """The entities that a batch failed for, each with the type of its error."""
    assert answer.status_code == 207, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"] == "application/json"
    return {
        one["entityId"]: one["error"]["type"].removeprefix(ERRORS)
        for one in answer.json()["errors"]
    }
