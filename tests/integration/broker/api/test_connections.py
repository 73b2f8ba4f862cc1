"""Clients that go away, dawdle or send several requests at once."""

import json
import socket
from urllib.parse import urlsplit

from kit.json import JsonObject
from tests.platforms import NGSI_LD, Client

ENTITY: JsonObject = {"id": "urn:ngsi-ld:Shelter:1", "type": "Shelter", "capacity": 5}
BODY = json.dumps(ENTITY).encode()


def connected(client: Client) -> socket.socket:
    host = urlsplit(client.url)
    return socket.create_connection((host.hostname or "", host.port or 80), timeout=20)


def head(client: Client, method: str, path: str, length: int | None = None) -> bytes:
    lines = [
        f"{method} {NGSI_LD}{path} HTTP/1.1",
        "Host: localhost",
        f"NGSILD-Tenant: {client.tenant}",
    ]
    if length is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def is_stored(client: Client) -> bool:
    return client.get("/entities/urn:ngsi-ld:Shelter:1").status_code == 200


def test_a_client_that_leaves_in_the_middle_of_a_body_stores_nothing(client: Client) -> None:
    with connected(client) as peer:
        peer.sendall(head(client, "POST", "/entities", len(BODY)) + BODY[:-5])
    assert not is_stored(client)
    client.create(ENTITY)


def test_a_body_in_many_pieces_is_read_whole(client: Client) -> None:
    with connected(client) as peer:
        peer.sendall(head(client, "POST", "/entities", len(BODY)))
        for byte in BODY:
            peer.sendall(bytes([byte]))
        assert peer.recv(4096).startswith(b"HTTP/1.1 201")
    assert is_stored(client)


def test_requests_sent_at_once_are_answered_in_their_order(client: Client) -> None:
    path = "/entities/urn:ngsi-ld:Shelter:1"
    with connected(client) as peer:
        peer.sendall(
            head(client, "POST", "/entities", len(BODY))
            + BODY
            + head(client, "DELETE", path)
            + head(client, "DELETE", path)
        )
        received = b""
        while received.count(b"HTTP/1.1 ") < 3:
            received += peer.recv(4096)
    statuses = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"201", b"204", b"404"]


def test_an_acknowledged_write_is_seen_by_the_next_read_of_another_connection(
    client: Client,
) -> None:
    for number in range(20):
        client.send("POST", "/entityOperations/upsert", [{**ENTITY, "capacity": number}])
        with connected(client) as peer:
            peer.sendall(head(client, "GET", "/entities/urn:ngsi-ld:Shelter:1?options=keyValues"))
            received = b""
            while not received.endswith(b"}"):  # the body may come after its head
                received += peer.recv(8192)
            assert b'"capacity":%d' % number in received
