"""What a client sees of an external tenant is what it sees of one whose data are here."""

import re

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.platforms import Client

TYPE = "EvacuationShelter"
LD = {"Accept": "application/ld+json"}
GEO = {"Accept": "application/geo+json"}
CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"

Step = tuple[str, str, JsonValue, dict[str, str]]


def shelter(number: int) -> dict[str, JsonValue]:
    point: JsonValue = {"type": "Point", "coordinates": [141.3, 43.0 + number / 100]}
    return {
        "id": f"urn:x:{number}",
        "type": TYPE,
        "capacity": {"type": "Property", "value": 100 * number},
        "location": {"type": "GeoProperty", "value": point},
    }


STEPS: tuple[Step, ...] = (
    ("POST", "/entities", shelter(1), {}),
    ("POST", "/entities", shelter(1), {}),
    ("POST", "/entities", {**shelter(2), "@context": CONTEXT}, {}),
    ("POST", "/entities", {"id": "urn:x:9"}, {}),
    ("POST", "/entityOperations/create", [shelter(1), shelter(3), {"id": "urn:x:8"}], {}),
    ("POST", "/entityOperations/upsert?options=update", [shelter(3), shelter(4)], {}),
    ("POST", "/entityOperations/update", [shelter(5)], {}),
    ("POST", "/entityOperations/merge", [shelter(4)], {}),
    ("POST", "/entityOperations/delete", ["urn:x:4", "urn:x:77"], {}),
    ("POST", "/entityOperations/query?count=true", {"type": "Query", "q": "capacity>100"}, {}),
    ("GET", f"/entities?type={TYPE}&limit=1&count=true&orderBy=id", None, {}),
    ("GET", f"/entities?type={TYPE}&limit=1&offset=1", None, LD),
    ("GET", f"/entities?type={TYPE}", None, GEO),
    ("GET", f"/entities?type={TYPE}&q=capacity%3E%3D200&options=keyValues", None, {}),
    ("GET", f"/entities?type={TYPE}", None, {"Prefer": "ngsi-ld=1.3"}),
    ("GET", "/entities?q=%3C%3C&type=X", None, {}),
    ("GET", "/entities?colour=red", None, {}),
    ("GET", "/entities/urn:x:1", None, {"Accept": "text/html"}),
    ("GET", "/entities/urn:x:1?attrs=capacity", None, LD),
    ("HEAD", "/entities/urn:x:1", None, {}),
    ("GET", "/entities/urn:x:77", None, {}),
    ("PATCH", "/entities/urn:x:1", {"capacity": {"type": "Property", "value": 7}}, {}),
    ("PUT", "/entities/urn:x:2", shelter(2), {}),
    ("PATCH", "/entities/urn:x:1/attrs", {"capacity": {"type": "Property", "value": 8}}, {}),
    ("POST", "/entities/urn:x:1/attrs", {"name": {"type": "Property", "value": "n"}}, {}),
    ("PATCH", "/entities/urn:x:1/attrs/capacity", {"value": 9}, {}),
    ("PUT", "/entities/urn:x:1/attrs/name", {"type": "Property", "value": "m"}, {}),
    ("DELETE", "/entities/urn:x:1/attrs/name", None, {}),
    ("DELETE", "/entities/urn:x:1/attrs/name", None, {}),
    ("PATCH", "/entities", {}, {}),
    ("POST", "/entities/urn:x:1", {}, {}),
    ("OPTIONS", "/entities", None, {}),
    ("GET", "/types", None, {}),
    ("GET", f"/types/{TYPE}", None, {}),
    ("GET", "/attributes", None, {}),
    ("GET", "/attributes/capacity", None, {}),
    ("GET", "/jsonldContexts", None, {}),
    ("GET", "/jsonldContexts/absent", None, {}),
    ("GET", f"/entityMaps?type={TYPE}", None, {}),
    ("GET", "/entityMaps/urn:x:absent", None, {}),
    ("GET", "/snapshots/urn:x:absent", None, {}),
    ("GET", "/subscriptions", None, {}),
    ("GET", "/subscriptions/urn:x:absent", None, {}),
    ("POST", "/subscriptions", {"type": "Subscription"}, {}),
    ("DELETE", "/subscriptions/urn:x:absent", None, {}),
    ("GET", "/info/sourceIdentity", None, {}),
    ("DELETE", "/entities/urn:x:2", None, {}),
    ("DELETE", f"/entities?type={TYPE}", None, {}),
)

_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "INSTANT"),
    (re.compile(r"P[0-9DTHMS.]+"), "DURATION"),
    (re.compile(r"[tx]_[0-9a-f]{12}"), "TENANT"),
)
_UNLIKE = frozenset({"date", "server", "transfer-encoding", "content-length"})


def seen(answer: httpx2.Response) -> object:
    """What a client sees, without what is never the same twice."""
    text = answer.text
    headers = {name: value for name, value in answer.headers.items() if name not in _UNLIKE}
    told = str((answer.status_code, sorted(headers.items())))
    for pattern, word in _VARYING:
        text, told = pattern.sub(word, text), pattern.sub(word, told)
    return told, text


def send(client: Client, step: Step) -> httpx2.Response:
    method, path, body, headers = step
    return client.send(method, path, body, headers=headers)


def test_every_operation_answers_alike(client: Client, here: Client) -> None:
    for step in STEPS:
        assert seen(send(here, step)) == seen(send(client, step)), step


def test_what_is_about_data_kept_here_is_refused_for_data_elsewhere(here: Client) -> None:
    headers = {"NGSILD-Tenant": here.tenant}
    told = here.http.get(f"{here.url}/broker/v1/subscriptions", headers=headers)
    assert told.status_code == 422
    assert "endpoint of its own" in told.json()["detail"]


@pytest.mark.parametrize("there", ["renkei"], indirect=True)
def test_a_map_and_a_snapshot_are_used_under_our_addresses(here: Client, there: Client) -> None:
    for number in range(4):
        here.create(shelter(number))
    made = here.get("/entityMaps", type=TYPE)
    assert made.status_code in (200, 201), made.text
    path = made.headers.get("ngsild-entitymap") or made.headers["location"]
    assert path.startswith("/ngsi-ld/v1/entityMaps/")
    page = here.send(
        "GET", "/entities", params={"type": TYPE}, headers={"NGSILD-EntityMap": here.url + path}
    )
    assert len(page.json()) == 4
    query: JsonValue = {"type": "Query", "entities": [{"type": TYPE}]}
    wanted: JsonObject = {"type": "Snapshot", "snapshotQueries": [query]}
    snapshot = here.send("POST", "/snapshots", wanted)
    assert snapshot.status_code in (201, 202), snapshot.text
    assert snapshot.headers["location"].startswith("/ngsi-ld/v1/snapshots/")
