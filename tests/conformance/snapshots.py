"""How a client speaks of snapshots."""

import time
from collections.abc import Callable

import httpx2

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import TYPE
from tests.platforms import NGSI_LD, Client

SNAPSHOTS = "/snapshots"
HEADER = "NGSILD-Snapshot"
ALL: JsonObject = {"type": "Query", "entities": [{"type": TYPE}]}
_PATIENCE_S = 60.0


def a_snapshot(*queries: JsonObject, **members: JsonValue) -> JsonObject:
    asked: list[JsonValue] = list(queries or (ALL,))
    return {"type": "Snapshot", "snapshotQueries": asked, **members}


def create(client: Client, body: JsonObject, path: str = SNAPSHOTS) -> str:
    """Create a snapshot; answers with its path."""
    answer = client.send("POST", path, body)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix(NGSI_LD)


def status(client: Client, path: str) -> JsonObject:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: JsonObject = answer.json()
    return found


def until(is_met: Callable[[], bool]) -> None:
    """Wait for what happens in the background."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not is_met():
        assert time.monotonic() < deadline_s, "it does not happen"
        time.sleep(0.02)


def ready(client: Client, path: str) -> JsonObject:
    """Wait until a snapshot is filled; answers with its status."""
    until(lambda: status(client, path)["snapshotStatus"] != "preparing")
    return status(client, path)


def filled(client: Client, *queries: JsonObject, **members: JsonValue) -> str:
    """Create a snapshot and wait until it is filled; answers with its id."""
    found = ready(client, create(client, a_snapshot(*queries, **members)))
    assert found["snapshotStatus"] == "success", found
    return str(found["id"])


def on(
    client: Client,
    snapshot_id: str,
    method: str,
    path: str,
    body: JsonValue = None,
    **params: str,
) -> httpx2.Response:
    """Send a request that is about a snapshot."""
    return client.send(method, path, body, params=params or None, headers={HEADER: snapshot_id})
