"""Create Snapshot: CIM 009 §5.16.1, over HTTP §6.36.3.1."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import (
    TYPE,
    a_shelter,
    create_shelters,
    delete,
    ids,
    ids_in,
    set_capacity,
    shelter_id,
)
from tests.conformance.snapshots import (
    ALL,
    SNAPSHOTS,
    a_snapshot,
    create,
    filled,
    on,
    ready,
    status,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
BIG: JsonObject = {**ALL, "q": "capacity>200"}
NONE: JsonObject = {"type": "Query", "entities": [{"type": "Nothing"}]}
TEMPORAL: JsonObject = {
    **ALL,
    "temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"},
}


def test_a_snapshot_is_created_with_a_location_and_then_filled(client: Client) -> None:
    create_shelters(client, 3)
    answer = client.send("POST", SNAPSHOTS, a_snapshot())
    assert answer.status_code == 201
    assert answer.content == b""
    path = answer.headers["Location"].removeprefix("/ngsi-ld/v1")
    found = ready(client, path)
    assert found["snapshotStatus"] == "success"
    assert found["snapshotQueriesDetails"] == [{"resultStatus": "success"}]
    assert found["snapshotPriority"] == 5
    assert found["snapshotQueries"] == [ALL]
    assert path.endswith(str(found["id"]))


def test_what_matched_is_frozen_whatever_becomes_of_it(client: Client) -> None:
    create_shelters(client, 3)
    set_capacity(client, 1, 500)
    set_capacity(client, 2, 500)
    snapshot = filled(client, BIG)
    set_capacity(client, 1, 7)
    delete(client, 2)
    client.create(a_shelter(5, 900))
    answer = on(client, snapshot, "GET", "/entities", type=TYPE)
    assert ids_in(answer) == ids(1, 2)
    assert [entity["capacity"]["value"] for entity in answer.json()] == [500, 500]
    assert ids_in(client.get("/entities", type=TYPE, q="capacity>200")) == ids(5)


def test_entities_keep_their_times(client: Client) -> None:
    create_shelters(client, 1)
    set_capacity(client, 0, 7)
    path, asked = f"/entities/{shelter_id(0)}", {"options": "sysAttrs"}
    live = client.get(path, **asked).json()
    snapshot = filled(client)
    assert on(client, snapshot, "GET", path, **asked).json() == live


def test_more_than_a_page_of_entities_is_copied_whole(client: Client) -> None:
    create_shelters(client, 1_300)
    snapshot = filled(client)
    answer = on(client, snapshot, "GET", "/entities", type=TYPE, limit="0", count="true")
    assert answer.headers["NGSILD-Results-Count"] == "1300"


def test_a_query_that_retrieves_some_attributes_stores_these_alone(client: Client) -> None:
    name: JsonObject = {"type": "Property", "value": "更別小学校"}
    client.create({**a_shelter(0), "name": name, "scope": "/Hokkaido"})
    snapshot = filled(client, {**ALL, "pick": ["id", "type", "name"]})
    found = on(client, snapshot, "GET", f"/entities/{shelter_id(0)}").json()
    assert found == {"id": shelter_id(0), "type": TYPE, "name": name}


def test_what_several_queries_retrieve_of_one_entity_comes_together(client: Client) -> None:
    name: JsonObject = {"type": "Property", "value": "更別小学校"}
    place: JsonObject = {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [143.2, 42.65]},
    }
    client.create({**a_shelter(0), "name": name, "location": place})
    snapshot = filled(client, {**ALL, "pick": ["name"]}, {**ALL, "attrs": ["location", "capacity"]})
    found = on(client, snapshot, "GET", f"/entities/{shelter_id(0)}").json()
    assert found == {**a_shelter(0), "name": name, "location": place}
    near = {
        "type": TYPE,
        "georel": "near;maxDistance==1000",
        "geometry": "Point",
        "coordinates": "[143.2,42.65]",
    }
    assert ids_in(on(client, snapshot, "GET", "/entities", **near)) == ids(0)


def test_joined_entities_are_part_of_what_is_retrieved(client: Client) -> None:
    owner: JsonObject = {"id": "urn:ngsi-ld:City:1", "type": "City"}
    client.create(owner)
    client.create({**a_shelter(0), "owner": {"type": "Relationship", "object": owner["id"]}})
    alone = filled(client)
    joined = filled(client, {**ALL, "join": "flat"})
    path = f"/entities/{owner['id']}"
    assert on(client, alone, "GET", path).status_code == 404
    assert on(client, joined, "GET", path).json() == owner


@pytest.mark.parametrize(
    ("queries", "expected", "details"),
    [
        ([ALL, NONE], "partial", ["success", "empty"]),
        ([NONE], "empty", ["empty"]),
        ([ALL, BIG], "partial", ["success", "empty"]),
    ],
)
def test_the_status_sums_up_what_became_of_the_queries(
    client: Client, queries: list[JsonObject], expected: str, details: list[str]
) -> None:
    create_shelters(client, 1)
    found = ready(client, create(client, a_snapshot(*queries)))
    assert found["snapshotStatus"] == expected
    told = found["snapshotQueriesDetails"]
    assert told == [{"resultStatus": one} for one in details]


def test_temporal_queries_fail_as_long_as_there_is_no_temporal_api(client: Client) -> None:
    create_shelters(client, 1)
    both: JsonObject = a_snapshot(ALL, snapshotTemporalQueries=[TEMPORAL])
    found = ready(client, create(client, both))
    assert found["snapshotStatus"] == "partial"
    (detail,) = cast("list[JsonObject]", found["snapshotTemporalQueriesDetails"])
    assert detail["resultStatus"] == "failure"
    problem = cast("JsonObject", detail["problemDetails"])
    assert problem["type"] == ERRORS + "OperationNotSupported"
    alone: JsonObject = {"type": "Snapshot", "snapshotTemporalQueries": [TEMPORAL]}
    assert ready(client, create(client, alone))["snapshotStatus"] == "failure"


def test_times_and_lifetime_are_set_within_bounds(client: Client) -> None:
    now = datetime.now(UTC)
    made = [
        status(client, create(client, a_snapshot(**members)))
        for members in ({"snapshotLifetime": "PT1H"}, {}, {"snapshotLifetime": "P999D"})
    ]
    short, usual, long = (datetime.fromisoformat(str(one["expiresAt"])) for one in made)
    assert now < short <= datetime.now(UTC) + timedelta(hours=1) < usual
    assert usual < long <= datetime.now(UTC) + timedelta(days=30)
    assert made[0]["createdAt"] == made[0]["lastUsedAt"]
    assert made[0]["snapshotLifetime"] == "PT1H"


def test_an_id_can_be_chosen_once(client: Client) -> None:
    body = a_snapshot(id="urn:ngsi-ld:Snapshot:flood", snapshotPriority=9)
    path = create(client, body)
    assert path == "/snapshots/urn:ngsi-ld:Snapshot:flood"
    assert status(client, path)["snapshotPriority"] == 9
    again = client.send("POST", SNAPSHOTS, body)
    assert again.status_code == 409
    assert again.json()["type"] == ERRORS + "AlreadyExists"
    client.send("DELETE", path)


def test_output_only_members_are_ignored(client: Client) -> None:
    body = a_snapshot(snapshotStatus="success", expiresAt="2099-01-01T00:00:00Z", createdAt="x")
    found = status(client, create(client, body))
    assert str(found["expiresAt"]) < "2099"
    assert found["createdAt"] != "x"


def test_queries_are_read_with_the_documents_context(client: Client) -> None:
    terms: JsonObject = {"避難所": "https://example.org/Shelter", "定員": "https://example.org/cap"}
    entity: JsonObject = {"id": "urn:ngsi-ld:S:1", "type": "避難所", "定員": 5}
    client.create({**entity, "@context": [terms]})
    query: JsonObject = {"type": "Query", "entities": [{"type": "避難所"}], "q": "定員==5"}
    body: JsonObject = {**a_snapshot(query), "@context": [terms]}
    found = ready(client, create(client, body))
    assert found["snapshotStatus"] == "success"


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Snapshot"},
        {"type": "Snapshot", "snapshotQueries": []},
        {"type": "Snapshot", "snapshotQueries": ALL},
        {"snapshotQueries": [ALL]},
        a_snapshot(id="no uri"),
        a_snapshot(TEMPORAL),
        a_snapshot({"type": "Query"}),
        a_snapshot({**ALL, "q": "capacity>>1"}),
        a_snapshot({**ALL, "colour": "red"}),
        a_snapshot(snapshotTemporalQueries=[ALL]),
        a_snapshot(snapshotPriority=0),
        a_snapshot(snapshotPriority=11),
        a_snapshot(snapshotPriority="5"),
        a_snapshot(snapshotPriority=True),
        a_snapshot(snapshotLifetime="long"),
        a_snapshot(endpoint="no uri"),
        a_snapshot(endpoint="mqtt://broker.example/topic"),
        a_snapshot(receiverInfo=[{"key": "a", "value": "b"}]),
        a_snapshot(endpoint="http://127.0.0.1:9/", receiverInfo=[{"key": "a"}]),
        a_snapshot(colour="red"),
    ],
)
def test_what_is_no_snapshot_is_refused(client: Client, wrong: dict[str, JsonValue]) -> None:
    answer = client.send("POST", SNAPSHOTS, wrong)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert answer.json()["where"]
