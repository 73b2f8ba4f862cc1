"""Nothing of an external tenant's data stays: not in a database, not in a log, not in a file."""

import asyncio
import io
import logging
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx2
import pytest

from kit.logs import configure
from renkei.settings import Settings
from tests.conformance.receiving import receiving
from tests.integration.broker.sources.answering import answering
from tests.integration.broker.sources.conftest import Hub
from tests.platforms import Client, make_tenant, served, settings_of

MARK = f"m4rk{secrets.token_hex(8)}"
"""In every id, name, value, query, header and error below: an IRI, a path and a word at once."""


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to the least severe."""
    stream = io.StringIO()
    configure("debug", "json", stream)
    yield stream
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture
def hub_settings(postgres_admin_dsn: str, tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "hub", postgres_admin_dsn)


async def databases_of(settings: Settings) -> list[str]:
    """Every database of the platform, as DSNs of the owner."""
    assert settings.database_url is not None
    admin = settings.database_url.get_secret_value()
    prefix = settings.joint_use.control_database.removesuffix("control")
    owner = await asyncpg.connect(admin)
    try:
        rows = await owner.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix
        )
    finally:
        await owner.close()
    parts = urlsplit(admin)
    return [urlunsplit(parts._replace(path=f"/{row[0]}")) for row in rows]


async def everything_in(dsn: str) -> str:
    """Each row of each table as text; bytes are hexadecimal in it."""
    owner = await asyncpg.connect(dsn)
    try:
        tables = await owner.fetch(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = []
        for schema, table in tables:
            rows = await owner.fetch(f'SELECT t::text FROM "{schema}"."{table}" AS t')  # noqa: S608 — names of the catalogue
            found += [f"{table}: {row[0]}" for row in rows]
        return "\n".join(found)
    finally:
        await owner.close()


def use(client: Client) -> None:
    """Do with a tenant what clients do, markers everywhere."""
    entity = {
        "id": f"urn:x:{MARK}",
        "type": f"Type{MARK}",
        f"attribute{MARK}": {"type": "Property", "value": f"value {MARK}"},
    }
    receiver_info = [{"key": "X-Key", "value": f"info {MARK}"}]
    with receiving() as receiver:
        endpoint = {"uri": f"{receiver.url}/{MARK}", "receiverInfo": receiver_info}
        subscription = {
            "id": f"urn:x:subscription:{MARK}",
            "type": "Subscription",
            "subscriptionName": MARK,
            "entities": [{"type": f"Type{MARK}"}],
            "notification": {"endpoint": endpoint},
        }
        path = f"/subscriptions/urn:x:subscription:{MARK}"
        assert client.send("POST", "/subscriptions", subscription).status_code == 201
        client.create(entity)
        assert MARK in str(receiver.next().body)
        receiver.status = 500
        changed = {"value": f"other {MARK}"}
        client.send("PATCH", f"/entities/urn:x:{MARK}/attrs/attribute{MARK}", changed)
        assert MARK in str(receiver.next().body)
        assert MARK in client.get(path).text
        assert client.send("PATCH", path, {"description": MARK}).status_code == 204
    assert MARK in client.get("/entities", type=f"Type{MARK}", q=f"attribute{MARK}").text
    assert MARK in client.get(f"/entities/urn:x:{MARK}").text
    posted = {"type": "Query", "q": f'attribute{MARK}=="{MARK}"'}
    assert client.send("POST", "/entityOperations/query", posted).status_code in (200, 400)
    context = {"@context": {f"Term{MARK}": f"https://example.org/{MARK}"}}
    assert client.send("POST", "/jsonldContexts", context).status_code == 201
    inline = {**entity, "id": f"urn:x:2:{MARK}", **context}
    assert client.send("POST", "/entities", inline).status_code == 201
    assert client.send("POST", "/entities", {"id": MARK}).status_code == 400
    assert client.get("/entities", q=f"<<{MARK}").status_code == 400
    assert client.get(f"/entities/urn:x:absent:{MARK}").status_code == 404
    client.send("POST", "/entityOperations/upsert", [entity, {"id": f"x{MARK}"}])
    client.get(f"/types/Type{MARK}")
    client.get("/entityMaps", type=f"Type{MARK}")
    query = {"type": "Query", "entities": [{"type": f"Type{MARK}"}]}
    client.send("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [query]})


def fail(hub: Hub) -> None:
    """Let sources fail in the middle of marked requests."""
    broken = (500, {"Content-Type": "text/html"}, f"<h1>{MARK}</h1>".encode())
    with answering(broken) as source:
        client = hub.external(source.url, timeout_s=0.5)
        client.send("POST", "/entities", {"id": f"urn:x:{MARK}", "type": f"T{MARK}"})
        client.get("/entities", type=MARK, q=MARK)
        source.hangs = True
        client.get(f"/entities/urn:x:{MARK}")
    client.get(f"/entities/urn:x:{MARK}")
    client.send("POST", "/subscriptions", {"type": MARK, "notification": {"endpoint": MARK}})


def test_nothing_of_an_external_tenant_s_data_stays(
    http: httpx2.Client,
    hub_settings: Settings,
    source_url: str,
    source_settings: Settings,
    logged: io.StringIO,
) -> None:
    with served(hub_settings) as url:
        there = make_tenant(source_url, source_settings)
        hub = Hub(url=url, settings=hub_settings, http=http)
        client = hub.external(source_url, there)
        use(client)
        fail(hub)
        about_source = asyncio.run(databases_of(source_settings))
        assert any(MARK in asyncio.run(everything_in(dsn)) for dsn in about_source), (
            "nothing to find"
        )
        dsns = asyncio.run(databases_of(hub_settings))
        assert any("relay: " in asyncio.run(everything_in(dsn)) for dsn in dsns)
        assert len(dsns) == 2
        for dsn in dsns:
            text = asyncio.run(everything_in(dsn))
            assert MARK not in text
            assert MARK.encode().hex() not in text
            require_no_mark_in_dump(dsn)
    assert "source_failed" in logged.getvalue()
    hubs = [line for line in logged.getvalue().splitlines() if MARK in line]
    assert hubs == []
    files = [one for one in hub_settings.data.rglob("*") if one.is_file()]
    assert files, "the platform keeps nothing: this test looks in the wrong folder"
    assert [one for one in files if MARK.encode() in one.read_bytes()] == []


def require_no_mark_in_dump(dsn: str) -> None:
    """Look also with PostgreSQL's own eyes, where its tool is at hand."""
    program = next(iter(Path("/usr/lib/postgresql").glob("*/bin/pg_dump")), None)
    if program is None:
        return
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    dumped = subprocess.run(
        [str(program), dsn], capture_output=True, env=environment, check=False
    ).stdout
    assert MARK.encode() not in dumped
