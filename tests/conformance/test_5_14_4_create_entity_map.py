"""Create EntityMap for Query Entities: CIM 009 §5.14.4, over HTTP §6.34.3."""

from datetime import UTC, datetime, timedelta

import pytest

from kit.json import JsonObject
from tests.conformance.mapped import (
    HEADER,
    TYPE,
    a_shelter,
    create_shelters,
    ids,
    make_map,
    map_id,
    set_capacity,
    shelter_id,
    the_map,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
BAD = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
QUERY: JsonObject = {"type": "Query", "entities": [{"type": TYPE}]}


def expiry(document: JsonObject) -> datetime:
    text = document["expiresAt"]
    assert isinstance(text, str)
    return datetime.fromisoformat(text)


def test_a_map_holds_what_matches_and_says_that_it_is_held_here(client: Client) -> None:
    create_shelters(client, 2)
    client.create({**a_shelter(7), "type": "Other"})
    answer = client.get("/entityMaps", type=TYPE)
    assert answer.status_code == 201
    made = answer.json()
    assert made["type"] == "EntityMap"
    assert made["entityMap"] == {entity_id: ["@none"] for entity_id in ids(0, 1)}
    assert made["linkedMaps"] == {}
    assert expiry(made) > datetime.now(UTC)
    assert map_id(answer.headers[HEADER]) == made["id"]


def test_filters_narrow_the_map(client: Client) -> None:
    create_shelters(client, 3)
    set_capacity(client, 1, 500)
    location = make_map(client, q="capacity>200")
    assert list(the_map(client, location).json()["entityMap"]) == ids(1)


def test_a_map_keeps_the_order_of_its_query(client: Client) -> None:
    for number, capacity in enumerate((300, 100, 200)):
        client.create(a_shelter(number, capacity))
    location = make_map(client, orderBy="capacity;desc")
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 2, 1)


def test_a_query_document_makes_a_map_too(client: Client) -> None:
    create_shelters(client, 2)
    answer = client.send("POST", "/entityMaps", {**QUERY, "q": "capacity==100"})
    assert answer.status_code == 201
    assert list(answer.json()["entityMap"]) == ids(0, 1)
    assert answer.headers[HEADER].endswith(answer.json()["id"])


def test_where_entities_may_be_split_candidates_are_found_by_type_and_id_alone(
    client: Client,
) -> None:
    create_shelters(client, 2)
    location = make_map(client, q="capacity>200", splitEntities="true")
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 1)
    location = make_map(client, q="capacity>200", splitEntities="true", local="true")
    assert the_map(client, location).json()["entityMap"] == {}


def test_pages_and_projection_do_not_matter_to_a_map(client: Client) -> None:
    create_shelters(client, 3)
    location = make_map(client, limit="1", offset="1", pick="id", options="keyValues")
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 1, 2)


@pytest.mark.parametrize(
    "params",
    [
        {"id": shelter_id(1)},
        {"type": TYPE, "entityMapLifetime": "1hour"},
        {"type": TYPE, "q": "capacity>>1"},
        {"type": TYPE, "id": "no uri"},
        {"type": TYPE, "pick": "managedBy{name}"},
        {"type": TYPE, "q": "managedBy{name}==1"},
        {"type": TYPE, "geometryProperty": "location"},
        {"type": TYPE, "entityMap": "perhaps"},
    ],
    ids=[
        "that is too wide",
        "with a lifetime that is no duration",
        "with a malformed q",
        "with an id that is no URI",
        "that shows linked entities without a join",
        "that looks into linked entities without a join",
        "with a geometryProperty without GeoJSON",
        "with a flag that is none",
    ],
)
def test_no_map_is_made_of_a_query(client: Client, params: dict[str, str]) -> None:
    answer = client.get("/entityMaps", **params)
    assert answer.status_code == 400
    assert answer.json()["type"] == BAD
    assert HEADER not in answer.headers


def test_a_suggested_lifetime_counts_within_bounds(client: Client) -> None:
    short = the_map(client, make_map(client, entityMapLifetime="PT1M")).json()
    long = the_map(client, make_map(client, entityMapLifetime="P3650D")).json()
    now = datetime.now(UTC)
    assert expiry(short) <= now + timedelta(minutes=1)
    assert now + timedelta(hours=1) < expiry(long) <= now + timedelta(days=1)


def test_a_map_is_written_as_json_ld_where_that_is_asked_for(client: Client) -> None:
    headers = {"Accept": "application/ld+json"}
    answer = client.send("GET", "/entityMaps", params={"type": TYPE}, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.json()["@context"]
