"""Core operations on a Snapshot: CIM 009 §5.5.15, over HTTP §6.3.22, §6.3.18."""

import json

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import (
    HEADER as MAP,
)
from tests.conformance.mapped import (
    TYPE,
    a_shelter,
    by_map,
    create_shelters,
    ids,
    ids_in,
    shelter_id,
)
from tests.conformance.snapshots import HEADER, a_snapshot, create, filled, on, status, until
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
PATH = f"/entities/{shelter_id(0)}"
CAPACITY: JsonObject = {"type": "Property", "value": 7}


@pytest.fixture
def snapshot(client: Client) -> str:
    create_shelters(client, 2)
    return filled(client)


def test_the_snapshot_is_named_in_the_response_in_errors_too(client: Client, snapshot: str) -> None:
    assert on(client, snapshot, "GET", PATH).headers[HEADER] == snapshot
    unknown = "urn:ngsi-ld:Snapshot:unknown"
    answer = on(client, unknown, "GET", PATH)
    assert (answer.status_code, answer.headers[HEADER]) == (404, unknown)
    assert HEADER not in client.get(PATH).headers


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PATCH", PATH, {"capacity": CAPACITY}, 204),
        ("PUT", PATH, a_shelter(0, 7), 204),
        ("PATCH", f"{PATH}/attrs", {"capacity": CAPACITY}, 204),
        ("POST", f"{PATH}/attrs", {"floors": CAPACITY}, 204),
        ("PATCH", f"{PATH}/attrs/capacity", {"value": 7}, 204),
        ("PUT", f"{PATH}/attrs/capacity", CAPACITY, 204),
        ("DELETE", f"{PATH}/attrs/capacity", None, 204),
        ("DELETE", PATH, None, 204),
        ("DELETE", "/entities?type=EvacuationShelter", None, 204),
        ("POST", "/entityOperations/upsert", [a_shelter(0, 7)], 204),
        ("POST", "/entityOperations/delete", [shelter_id(0)], 204),
    ],
)
def test_what_is_written_there_does_not_reach_live_data(
    client: Client, snapshot: str, method: str, path: str, body: JsonValue, expected: int
) -> None:
    answer = on(client, snapshot, method, path, body)
    assert answer.status_code == expected, answer.text
    assert client.get(PATH).json() == a_shelter(0)
    assert on(client, snapshot, "GET", PATH).text != client.get(PATH).text


def test_an_entity_can_be_created_there_alone(client: Client, snapshot: str) -> None:
    assert on(client, snapshot, "POST", "/entities", a_shelter(9)).status_code == 201
    assert on(client, snapshot, "POST", "/entities", a_shelter(0)).status_code == 409
    assert client.get(f"/entities/{shelter_id(9)}").status_code == 404
    assert ids_in(on(client, snapshot, "GET", "/entities", type=TYPE)) == ids(0, 1, 9)


def test_everything_is_local_so_nothing_is_too_wide(client: Client, snapshot: str) -> None:
    assert ids_in(on(client, snapshot, "GET", "/entities")) == ids(0, 1)
    assert ids_in(on(client, snapshot, "GET", "/entities", local="false")) == ids(0, 1)
    assert ids_in(on(client, snapshot, "GET", "/entities", type="*", local="false")) == ids(0, 1)
    by_post = on(client, snapshot, "POST", "/entityOperations/query", {"type": "Query"})
    assert ids_in(by_post) == ids(0, 1)
    assert client.get("/entities").status_code == 400


def test_types_and_attributes_are_the_snapshots(client: Client, snapshot: str) -> None:
    client.create({"id": "urn:ngsi-ld:City:1", "type": "City", "mayor": "x"})
    assert on(client, snapshot, "GET", "/types").json()["typeList"] == [TYPE]
    assert on(client, snapshot, "GET", "/attributes").json()["attributeList"] == ["capacity"]
    assert "City" in client.get("/types").json()["typeList"]


def test_entity_maps_belong_to_the_snapshot_they_were_made_on(
    client: Client, snapshot: str
) -> None:
    made = on(client, snapshot, "GET", "/entities", type=TYPE, entityMap="true")
    assert made.status_code == 201
    location = made.headers[MAP]
    headers = {HEADER: snapshot, MAP: location}
    again = client.send("GET", "/entities", params={"type": TYPE}, headers=headers)
    assert (again.status_code, again.headers[MAP]) == (200, location)
    assert by_map(client, location).status_code == 201, "it is unknown outside"


def test_geoqueries_and_orders_work_there(client: Client) -> None:
    for number, longitude in enumerate((143.2, 141.3, 143.3)):
        place: JsonObject = {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [longitude, 42.65]},
        }
        client.create({**a_shelter(number, 100 + number), "location": place})
    snapshot = filled(client)
    near = {
        "type": TYPE,
        "georel": "near;maxDistance==20000",
        "geometry": "Point",
        "coordinates": "[143.2,42.65]",
        "orderBy": "capacity;desc",
    }
    assert ids_in(on(client, snapshot, "GET", "/entities", **near)) == ids(2, 0)


def test_use_is_noted_and_looking_at_the_status_is_no_use(client: Client, snapshot: str) -> None:
    path = f"/snapshots/{snapshot}"
    first = str(status(client, path)["lastUsedAt"])
    assert status(client, path)["lastUsedAt"] == first

    def is_noted() -> bool:
        on(client, snapshot, "GET", PATH)
        return str(status(client, path)["lastUsedAt"]) > first

    until(is_noted)


def test_while_it_is_prepared_the_client_is_asked_to_come_again(client: Client) -> None:
    create_shelters(client, 500)
    path = create(client, a_snapshot())
    answers = []

    def is_served() -> bool:
        answers.append(on(client, path.rpartition("/")[2], "GET", PATH))
        return answers[-1].status_code == 200

    until(is_served)
    for answer in answers[:-1]:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_subscriptions_are_not_offered_on_a_snapshot(client: Client, snapshot: str) -> None:
    answer = on(client, snapshot, "GET", "/subscriptions")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("OperationNotSupported")


def test_contexts_are_the_tenants(client: Client, snapshot: str) -> None:
    terms: JsonObject = {"容量": "https://uri.etsi.org/ngsi-ld/default-context/capacity"}
    headers = {"Content-Type": "application/json"}
    added = client.send(
        "POST", "/jsonldContexts", headers=headers, content=json.dumps({"@context": terms}).encode()
    )
    assert added.status_code == 201
    url = client.url + added.headers["Location"]
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    answer = client.send("GET", PATH, headers={HEADER: snapshot, "Link": link})
    assert answer.status_code == 200
    assert "容量" in answer.json()


def test_tenants_do_not_share_snapshots(
    client: Client, separated_client: Client, snapshot: str
) -> None:
    assert on(separated_client, snapshot, "GET", "/entities").status_code == 404
