"""Nothing of an external tenant's data stays: not in a database, not in a log, not in a file.

The platform runs as operators run it; afterwards every file that it wrote is searched: the tables
and the write-ahead log of its PostgreSQL, what it logged at the least severity, all others.
"""

import secrets
from pathlib import Path

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from renkei.settings import Settings, load
from tests.conformance.receiving import receiving
from tests.integration.broker.sources.answering import answering
from tests.integration.broker.sources.conftest import Hub, source_settings, source_url
from tests.platforms import Client, make_tenant
from tests.scenarios.durability.killable import Killable

__all__ = ["source_settings", "source_url"]  # fixtures

MARK = f"m4rk{secrets.token_hex(8)}"
"""In every id, name, value, query, header and error below: an IRI, a path and a word at once."""
KEPT = f"kept{secrets.token_hex(8)}"
"""In data of a tenant that are kept here: what the search has to find."""


def use(client: Client) -> None:
    """Do with a tenant what clients do, markers everywhere."""
    attribute: JsonValue = {"type": "Property", "value": f"value {MARK}"}
    entity: JsonObject = {
        "id": f"urn:x:{MARK}",
        "type": f"Type{MARK}",
        f"attribute{MARK}": attribute,
    }
    subscribe_and_notify(client, entity)
    assert MARK in client.get("/entities", type=f"Type{MARK}", q=f"attribute{MARK}").text
    assert MARK in client.get(f"/entities/urn:x:{MARK}").text
    posted: JsonObject = {"type": "Query", "q": f'attribute{MARK}=="{MARK}"'}
    assert client.send("POST", "/entityOperations/query", posted).status_code in (200, 400)
    context: JsonObject = {"@context": {f"Term{MARK}": f"https://example.org/{MARK}"}}
    plain = {"Content-Type": "application/json"}
    assert client.send("POST", "/jsonldContexts", context, headers=plain).status_code == 201
    inline: JsonObject = {**entity, "id": f"urn:x:2:{MARK}", **context}
    assert client.send("POST", "/entities", inline).status_code == 201
    assert client.send("POST", "/entities", {"id": MARK}).status_code == 400
    assert client.get("/entities", q=f"<<{MARK}").status_code == 400
    assert client.get(f"/entities/urn:x:absent:{MARK}").status_code == 404
    client.send("POST", "/entityOperations/upsert", [entity, {"id": f"x{MARK}"}])
    client.get(f"/types/Type{MARK}")
    client.get("/entityMaps", type=f"Type{MARK}")
    query: JsonValue = {"type": "Query", "entities": [{"type": f"Type{MARK}"}]}
    client.send("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [query]})


def subscribe_and_notify(client: Client, entity: JsonObject) -> None:
    """Let notifications arrive, and others fail."""
    receiver_info: JsonValue = [{"key": "X-Key", "value": f"info {MARK}"}]
    with receiving() as receiver:
        endpoint: JsonValue = {"uri": f"{receiver.url}/{MARK}", "receiverInfo": receiver_info}
        subscription: JsonObject = {
            "id": f"urn:x:subscription:{MARK}",
            "type": "Subscription",
            "subscriptionName": MARK,
            "entities": [{"type": f"Type{MARK}"}],
            "notification": {"endpoint": endpoint},
        }
        path = f"/subscriptions/urn:x:subscription:{MARK}"
        created = client.send("POST", "/subscriptions", subscription)
        assert created.status_code == 201, created.text
        client.create(entity)
        first = receiver.next()
        assert MARK in str(first.body)
        assert first.headers["x-key"] == f"info {MARK}"
        receiver.status = 500
        changed: JsonObject = {"value": f"other {MARK}"}
        client.send("PATCH", f"/entities/urn:x:{MARK}/attrs/attribute{MARK}", changed)
        assert MARK in str(receiver.next().body)
        assert MARK in client.get(path).text
        assert client.send("PATCH", path, {"description": MARK}).status_code == 204


def fail(hub: Hub) -> None:
    """Let a source fail in the middle of marked requests."""
    broken = (500, {"Content-Type": "text/html"}, f"<h1>{MARK}</h1>".encode())
    with answering(broken) as source:
        client = hub.external(source.url, timeout_s=0.5)
        client.send("POST", "/entities", {"id": f"urn:x:{MARK}", "type": f"T{MARK}"})
        client.get("/entities", type=MARK, q=MARK)
        source.hangs = True
        client.get(f"/entities/urn:x:{MARK}")
    client.get(f"/entities/urn:x:{MARK}")
    endpoint: JsonObject = {"endpoint": {"uri": f"http://127.0.0.1:9/{MARK}", "accept": MARK}}
    client.send("POST", "/subscriptions", {"type": MARK, "notification": endpoint})


def holding(directory: Path, text: str) -> list[Path]:
    """Which files hold a text."""
    sought = text.encode()
    files = [one for one in directory.rglob("*") if one.is_file()]
    return [one for one in files if sought in one.read_bytes()]


def test_nothing_of_an_external_tenant_s_data_stays(
    http: httpx2.Client,
    source_url: str,
    source_settings: Settings,
    tmp_path: Path,
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RENKEI_LOG__LEVEL", "debug")
    data = tmp_path / "data"
    more = ("--egress-allow", "127.0.0.0/8")
    with Killable(data, free_port, workers=1, more=more) as platform:
        hub = Hub(url=platform.url, settings=load({"data": str(data)}), http=http)
        use(hub.external(source_url, make_tenant(source_url, source_settings)))
        fail(hub)
        here = Client(url=platform.url, tenant="default", http=http)
        here.create({"id": f"urn:x:{KEPT}", "type": "X"})
    log = (tmp_path / "renkei.log").read_text(errors="replace")
    assert "source_failed" in log
    assert [one for one in holding(tmp_path, KEPT) if "postgres" in one.parts]
    assert holding(tmp_path, MARK) == []
    assert holding(tmp_path, MARK.encode().hex()) == []
