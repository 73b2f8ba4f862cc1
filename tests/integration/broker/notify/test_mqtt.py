"""Notifications over MQTT to a real server: both versions, every QoS, TLS, after it was away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from joint_use import Tenant
from kit import tracing
from kit.json import JsonObject
from tests.entities import create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.mosquitto import PASSWORD, PROGRAM, USER, Mosquitto, a_mosquitto
from tests.notifying import Process

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")

TRACE = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
WHO = f"{USER}:{quote(PASSWORD, safe='')}"


def a_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    with a_mosquitto(tmp_path, a_port(), a_port()) as server:
        await server.ready()
        async with server.listening():
            yield server


def info(version: str, qos: int) -> JsonObject:
    pairs = (("MQTT-Version", version), ("MQTT-QoS", str(qos)))
    return {"notifierInfo": [{"key": key, "value": value} for key, value in pairs]}


@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_notification_is_published(
    process: Process, tenant: Tenant, mosquitto: Mosquitto, version: str, qos: int
) -> None:
    uri = f"mqtt://{WHO}@127.0.0.1:{mosquitto.port}/city/shelters"
    id_ = await process.subscribe(tenant, uri, endpoint=info(version, qos))
    await process.write(tenant, create(1, 480))
    await mosquitto.until_received(1)
    topic, received_qos, document = mosquitto.received[0]
    assert topic == "city/shelters"
    assert received_qos == qos
    body = cast("JsonObject", document["body"])
    metadata = cast("JsonObject", document["metadata"])
    assert body["subscriptionId"] == id_
    assert metadata["Content-Type"] == "application/json"
    assert metadata["NGSILD-Tenant"] == tenant.name
    await process.until_drained(tenant)


async def test_the_certificate_is_checked_for_the_name_in_the_uri(
    make_process: MakeProcess, process: Process, tenant: Tenant, mosquitto: Mosquitto
) -> None:
    await process.die()
    async with make_process(ca_file=mosquitto.ca_file) as trusting:
        right = f"mqtts://{WHO}@localhost:{mosquitto.tls_port}/right"
        wrong = f"mqtts://{WHO}@127.0.0.1:{mosquitto.tls_port}/wrong"
        await trusting.subscribe(tenant, right, endpoint=info("mqtt5.0", 1))
        id_ = await trusting.subscribe(tenant, wrong, endpoint=info("mqtt5.0", 1))
        await trusting.write(tenant, create(1, 480))
        await mosquitto.until_received(1)
        await asyncio.sleep(0.6)
        assert [topic for topic, _, _ in mosquitto.received] == ["right"]
        kept = await trusting.subscriptions.get(tenant, id_)
        assert kept is not None
        assert "certificate" in (kept.counters.cause or "").lower()


async def test_an_authority_that_is_not_trusted_gets_nothing(
    process: Process, tenant: Tenant, mosquitto: Mosquitto
) -> None:
    uri = f"mqtts://{WHO}@localhost:{mosquitto.tls_port}/t"
    await process.subscribe(tenant, uri)
    await process.write(tenant, create(1, 480))
    await asyncio.sleep(0.6)
    assert mosquitto.received == []
    assert await process.waiting(tenant) == 1


async def test_a_wrong_password_is_told_as_the_cause(
    process: Process, tenant: Tenant, mosquitto: Mosquitto
) -> None:
    uri = f"mqtt://{USER}:wrong@127.0.0.1:{mosquitto.port}/t"
    id_ = await process.subscribe(tenant, uri)
    await process.write(tenant, create(1, 480))
    await asyncio.sleep(0.8)
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert "not authori" in (kept.counters.cause or "").lower()
    assert "wrong" not in (kept.counters.cause or "")


async def test_what_became_due_while_the_server_was_away_is_published_when_it_is_back(
    process: Process, tenant: Tenant, mosquitto: Mosquitto
) -> None:
    uri = f"mqtt://{WHO}@127.0.0.1:{mosquitto.port}/t"
    await process.subscribe(tenant, uri, endpoint=info("mqtt5.0", 1))
    await process.write(tenant, create(1, 0))
    await mosquitto.until_received(1)
    mosquitto.kill()
    await process.write(tenant, *(update(1, value) for value in range(1, 20)))
    await asyncio.sleep(0.5)
    mosquitto.start()
    await mosquitto.ready()
    mosquitto.received.clear()
    async with mosquitto.listening():
        await process.until_drained(tenant)
    # The listener may come a moment after the first ones; what came to it is in order.
    published = [
        cast("list[JsonObject]", cast("JsonObject", document["body"])["data"])[0]
        for _, _, document in mosquitto.received
    ]
    values = [cast("JsonObject", one["https://example.org/capacity"])["value"] for one in published]
    assert values == list(range(20 - len(values), 20))


async def test_a_server_that_lets_nobody_in_is_not_left_with_open_connections(
    process: Process, tenant: Tenant
) -> None:
    opened: set[asyncio.StreamWriter] = set()
    attempts = 0

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        opened.add(writer)
        while await reader.read(1000):  # says nothing, until the other side hangs up
            pass
        opened.discard(writer)
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await process.subscribe(tenant, f"mqtt://127.0.0.1:{port}/t", endpoint={"timeout": 100})
        await process.write(tenant, create(1, 1))
        for _ in range(750):
            if attempts >= 3:
                break
            await asyncio.sleep(0.02)
        assert attempts >= 3
        assert len(opened) <= 1, "no more than the attempt under way"
        await process.die()


@pytest.mark.parametrize(("version", "told"), [("mqtt3.1.1", []), ("mqtt5.0", [TRACE])])
async def test_mqtt_5_carries_the_trace_of_the_request(
    process: Process,
    tenant: Tenant,
    mosquitto: Mosquitto,
    version: str,
    told: list[tuple[str, str]],
) -> None:
    uri = f"mqtt://{WHO}@127.0.0.1:{mosquitto.port}/city/shelters"
    await process.subscribe(tenant, uri, endpoint=info(version, 1))
    tracing.enter([(name.encode(), value.encode()) for name, value in (TRACE,)])
    await process.write(tenant, create(1, 480))
    tracing.set_current(None)
    await mosquitto.until_received(1)
    assert mosquitto.beside == told
