"""Entities that maps and snapshots are made of, and how a client speaks of maps."""

from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx2

from kit.json import JsonObject, JsonValue
from tests.platforms import NGSI_LD, Client

HEADER = "NGSILD-EntityMap"
TYPE = "EvacuationShelter"


def a_shelter(number: int, capacity: int = 100) -> JsonObject:
    value: JsonObject = {"type": "Property", "value": capacity}
    return {"id": shelter_id(number), "type": TYPE, "capacity": value}


def shelter_id(number: int) -> str:
    return f"urn:ngsi-ld:{TYPE}:016390:{number}"


def ids(*numbers: int) -> list[str]:
    return [shelter_id(number) for number in numbers]


def create_shelters(client: Client, count: int) -> None:
    batch: list[JsonValue] = [a_shelter(number) for number in range(count)]
    answer = client.send("POST", "/entityOperations/create", batch)
    assert answer.status_code == 201, answer.text


def set_capacity(client: Client, number: int, capacity: int) -> None:
    value: JsonObject = {"type": "Property", "value": capacity}
    path = f"/entities/{shelter_id(number)}/attrs"
    assert client.send("PATCH", path, {"capacity": value}).status_code == 204


def delete(client: Client, number: int) -> None:
    assert client.send("DELETE", f"/entities/{shelter_id(number)}").status_code == 204


def ids_in(answer: httpx2.Response) -> list[str]:
    return [entity["id"] for entity in answer.json()]


def make_map(client: Client, **params: str) -> str:
    """Make a map by a query; answers with where it is."""
    answer = client.get("/entityMaps", **{"type": TYPE, **params})
    assert answer.status_code == 201, answer.text
    return answer.headers[HEADER]


def the_map(client: Client, location: str) -> httpx2.Response:
    """GET a map by its location."""
    return client.send("GET", location.removeprefix(NGSI_LD))


def by_map(client: Client, location: str, **params: str) -> httpx2.Response:
    """Query by a map."""
    asked = {"type": TYPE, **params}
    return client.send("GET", "/entities", params=asked, headers={HEADER: location})


def map_id(location: str) -> str:
    return unquote(location.rpartition("/")[2])


def map_path(entity_map: str) -> str:
    return f"/entityMaps/{quote(entity_map, safe='')}"


def page_link(answer: httpx2.Response, rel: str) -> dict[str, str] | None:
    """The parameters of a link to another page, or None."""
    for part in answer.headers.get("Link", "").split(", <"):
        target, _, rest = part.strip("<").partition(">")
        if f'rel="{rel}"' in rest:
            return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
    return None
