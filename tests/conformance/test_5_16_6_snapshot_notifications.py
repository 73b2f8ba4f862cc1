"""Snapshot status notifications: CIM 009 §5.16.6, §5.3.4."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kit.json import JsonObject
from tests.conformance.mapped import create_shelters
from tests.conformance.snapshots import ALL, a_snapshot, create, ready, until
from tests.platforms import Client


@dataclass
class Receiver:
    """A receiver, what came to it, and how often it refuses first."""

    url: str = ""
    refusals: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    notifications: list[JsonObject] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_refused = received.refusals > 0
            received.refusals -= 1
            if not is_refused:
                received.headers.append({k.lower(): v for k, v in self.headers.items()})
                received.notifications.append(json.loads(body))
            self.send_response(503 if is_refused else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_receiver_is_told_when_the_snapshot_is_filled(
    client: Client, receiver: Receiver
) -> None:
    create_shelters(client, 1)
    secret: JsonObject = {"key": "Authorization", "value": "Bearer secret"}
    path = create(client, a_snapshot(endpoint=receiver.url, receiverInfo=[secret]))
    found = ready(client, path)
    until(lambda: len(receiver.notifications) == 1)
    (told,), (headers,) = receiver.notifications, receiver.headers
    assert told["type"] == "SnapshotNotification"
    assert told["snapshotId"] == found["id"]
    assert told["snapshotStatus"] == "success"
    assert told["snapshotPriority"] == 5
    assert told["snapshotQueriesDetails"] == [{"resultStatus": "success"}]
    assert told["expiresAt"] == found["expiresAt"]
    assert str(told["notifiedAt"]) < str(told["expiresAt"])
    assert told["id"]
    assert headers["authorization"] == "Bearer secret"
    assert headers["content-type"] == "application/json"
    assert headers["ngsild-tenant"] == client.tenant


def test_the_receiver_is_told_of_every_update(client: Client, receiver: Receiver) -> None:
    path = create(client, a_snapshot(endpoint=receiver.url))
    ready(client, path)
    until(lambda: len(receiver.notifications) == 1)
    after = client.send("PATCH", path, {"snapshotPriority": 8}).json()
    until(lambda: len(receiver.notifications) == 2)
    told = receiver.notifications[1]
    assert told["snapshotPriority"] == 8
    assert told["expiresAt"] == after["expiresAt"]
    assert told["id"] != receiver.notifications[0]["id"]


def test_results_of_temporal_queries_are_told_by_their_own_name(
    client: Client, receiver: Receiver
) -> None:
    temporal: JsonObject = {
        **ALL,
        "temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"},
    }
    create(client, a_snapshot(endpoint=receiver.url, snapshotTemporalQueries=[temporal]))
    until(lambda: len(receiver.notifications) == 1)
    assert "temporalSnapshotQueriesDetails" in receiver.notifications[0]


def test_a_receiver_that_fails_at_first_is_told_again(client: Client, receiver: Receiver) -> None:
    receiver.refusals = 2
    create(client, a_snapshot(endpoint=receiver.url))
    until(lambda: len(receiver.notifications) == 1)


def test_a_receiver_that_is_away_does_not_hold_up_the_snapshot(client: Client) -> None:
    create_shelters(client, 1)
    path = create(client, a_snapshot(endpoint="http://127.0.0.1:9/hook"))
    assert ready(client, path)["snapshotStatus"] == "success"


def test_an_expiry_is_told_by_an_instant_that_lies_before(
    client: Client, receiver: Receiver
) -> None:
    path = create(client, a_snapshot(endpoint=receiver.url))
    ready(client, path)
    until(lambda: len(receiver.notifications) == 1)
    client.send("PATCH", path, {"snapshotLifetime": "PT0S"})
    assert client.get(path).status_code == 404
    until(lambda: any(str(n["expiresAt"]) < str(n["notifiedAt"]) for n in receiver.notifications))


def test_an_endpoint_where_nobody_may_go_is_refused(client: Client) -> None:
    answer = client.send("POST", "/snapshots", a_snapshot(endpoint="http://10.0.0.1/hook"))
    assert answer.status_code == 400
