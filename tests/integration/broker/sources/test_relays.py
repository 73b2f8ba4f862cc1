"""Notifications of a source go on at once: what the subscriber has not taken, the source keeps."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.receiving import receiving
from tests.integration.broker.sources.conftest import Hub
from tests.mosquitto import PASSWORD, PROGRAM, USER, Mosquitto, a_mosquitto
from tests.platforms import Client

ID = "urn:ngsi-ld:Subscription:relayed"
PATH = f"/subscriptions/{ID}"


def subscription(uri: str, **endpoint: JsonValue) -> JsonObject:
    return {
        "id": ID,
        "type": "Subscription",
        "entities": [{"type": "X"}],
        "notification": {"endpoint": {"uri": uri, **endpoint}},
    }


def entity(number: int) -> JsonObject:
    return {"id": f"urn:x:{number}", "type": "X", "n": {"type": "Property", "value": number}}


def relay_of(there: Client) -> str:
    return str(there.get(PATH).json()["notification"]["endpoint"]["uri"])


def notification(**members: JsonValue) -> JsonObject:
    data: JsonValue = [entity(1)]
    whole = {"id": "urn:x:n", "type": "Notification", "subscriptionId": ID, "data": data}
    return {**whole, **members}


@pytest.mark.parametrize("there", ["renkei"], indirect=True)  # others may give up at once
def test_what_the_subscriber_refuses_the_source_sends_again(here: Client) -> None:
    with receiving() as receiver:
        receiver.status = 500
        assert here.send("POST", "/subscriptions", subscription(receiver.url)).status_code == 201
        here.create(entity(1))
        first, again = receiver.next(), receiver.next()
        assert again.body["id"] == first.body["id"]
        assert again.data == first.data == [entity(1)]
        receiver.status = 204
        assert here.send("DELETE", PATH).status_code == 204


def test_the_source_hears_what_became_of_a_notification(here: Client, there: Client) -> None:
    with receiving() as receiver:
        here.send("POST", "/subscriptions", subscription(receiver.url))
        relay = relay_of(there)
        assert here.http.post(relay, json=notification()).status_code == 204
        assert receiver.next().data == [entity(1)]
        receiver.status = 500
        refused = here.http.post(relay, json=notification())
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        assert receiver.url not in refused.text
        receiver.next()
        counted = here.get(PATH).json()["notification"]
        assert (counted["timesSent"], counted["timesFailed"]) == (2, 1)
        assert counted["status"] == "failed"
        assert "timesSent" not in there.get(PATH).json()["notification"]


def test_only_the_source_s_own_notifications_pass(here: Client, there: Client) -> None:
    with receiving() as receiver:
        here.send("POST", "/subscriptions", subscription(receiver.url))
        relay = relay_of(there)
        other = notification(subscriptionId="urn:ngsi-ld:Subscription:other")
        assert here.http.post(relay, json=other).status_code == 400
        assert here.http.post(relay, content=b"{").status_code == 400
        assert here.http.get(relay).status_code == 405
        forged = relay[:-1] + ("A" if relay[-1] != "A" else "B")
        assert here.http.post(forged, json=notification()).status_code == 404
        assert here.send("DELETE", PATH).status_code == 204
        assert here.http.post(relay, json=notification()).status_code == 404
        assert receiver.arrived.empty()


def test_nothing_is_relayed_for_a_suspended_tenant(hub: Hub, here: Client, there: Client) -> None:
    with receiving() as receiver:
        here.send("POST", "/subscriptions", subscription(receiver.url))
        relay = relay_of(there)
        assert hub.admin("POST", f"/admin/tenants/{here.tenant}/suspend").status_code == 200
        assert here.http.post(relay, json=notification()).status_code == 403
        assert hub.admin("POST", f"/admin/tenants/{here.tenant}/resume").status_code == 200
        assert here.http.post(relay, json=notification()).status_code == 204
        assert receiver.next().data == [entity(1)]


def test_who_shares_a_source_does_not_see_the_other_s_relay(
    hub: Hub, here: Client, there: Client
) -> None:
    beside = hub.external(there.url, there.tenant)
    with receiving() as receiver:
        here.send("POST", "/subscriptions", subscription(receiver.url))
    token = relay_of(there).rpartition("/")[2]
    for client in (here, beside):
        for path in (PATH, "/subscriptions"):
            told = client.send("GET", path, headers={"Host": "elsewhere.example"})
            assert told.status_code == 200
            assert token not in told.text
    assert beside.get(PATH).json()["notification"]["endpoint"]["uri"].endswith("/******")


@pytest.mark.parametrize(
    "uri", ["http://10.0.0.1/", "ftp://a.example/", "mqtt://127.0.0.1", "http://u:p@127.0.0.1/"]
)
def test_an_endpoint_that_may_not_be_notified_is_refused_here(
    here: Client, there: Client, uri: str
) -> None:
    assert here.send("POST", "/subscriptions", subscription(uri)).status_code == 400
    assert there.get(PATH).status_code == 404


@pytest.fixture
async def mosquitto(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[Mosquitto]:
    port, tls_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    with a_mosquitto(tmp_path, port, tls_port) as server:
        await server.ready()
        async with server.listening():
            yield server


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")
async def test_a_notification_is_published_before_the_source_is_answered(
    here: Client, there: Client, mosquitto: Mosquitto
) -> None:
    who = f"{USER}:{quote(PASSWORD, safe='')}"
    uri = f"mqtt://{who}@127.0.0.1:{mosquitto.port}/city/shelters"
    qos: JsonValue = [{"key": "MQTT-QoS", "value": "1"}]
    asked = subscription(uri, notifierInfo=qos)
    created = await asyncio.to_thread(here.send, "POST", "/subscriptions", asked)
    assert created.status_code == 201, created.text
    shown = await asyncio.to_thread(here.get, PATH)
    assert shown.json()["notification"]["endpoint"]["uri"].startswith("mqtt://renkei:******@")
    relay = await asyncio.to_thread(relay_of, there)
    answer = await asyncio.to_thread(here.http.post, relay, json=notification())
    assert answer.status_code == 204
    await mosquitto.until_received(1)
    topic, received_qos, document = mosquitto.received[0]
    assert (topic, received_qos) == ("city/shelters", 1)
    assert cast("JsonObject", document["metadata"])["NGSILD-Tenant"] == here.tenant
    assert cast("JsonObject", document["body"])["subscriptionId"] == ID
