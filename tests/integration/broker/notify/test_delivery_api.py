"""The state of deliveries over HTTP: the API, the page, the stream."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

import httpx2
import orjson

from kit.json import JsonObject
from tests.platforms import Client
from tests.receivers import Receiver

BASE = "/broker/v1"


def an_aed(number: int, name: str = "AED") -> JsonObject:
    return {
        "id": f"urn:ngsi-ld:AED:{number}",
        "type": "AED",
        "name": {"type": "Property", "value": name},
    }


def subscribe(client: Client, uri: str) -> str:
    document: JsonObject = {
        "type": "Subscription",
        "subscriptionName": "AED の一覧",
        "entities": [{"type": "AED"}],
        "notification": {"endpoint": {"uri": uri}},
    }
    answer = client.send("POST", "/subscriptions", document)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def ask(client: Client, method: str, path: str, **options: object) -> httpx2.Response:
    headers = {"NGSILD-Tenant": client.tenant}
    return client.http.request(method, client.url + BASE + path, headers=headers, **options)  # type: ignore[arg-type]  # as httpx takes them


def state(client: Client, id_: str) -> JsonObject:
    answer = ask(client, "GET", f"/subscriptions/{quote(id_, safe='')}")
    assert answer.status_code == 200, answer.text
    found: JsonObject = answer.json()
    return found


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never holds")


async def test_the_state_tells_what_waits_and_why(client: Client, receiver: Receiver) -> None:
    receiver.status = 503
    id_ = await asyncio.to_thread(subscribe, client, receiver.uri())
    await asyncio.to_thread(client.create, an_aed(1))
    await until(lambda: state(client, id_)["times_failed"] != 0)
    told = await asyncio.to_thread(state, client, id_)
    assert told["waiting"] == 1
    assert told["cause"] == "Receiver answers 503"
    assert told["failing_since"] is not None
    assert told["name"] == "AED の一覧"
    listed = (await asyncio.to_thread(ask, client, "GET", "/subscriptions")).json()
    assert [one["id"] for one in listed] == [id_]
    receiver.status = 200
    await until(lambda: state(client, id_)["waiting"] == 0)
    assert (await asyncio.to_thread(state, client, id_))["failing_since"] is None


async def test_a_subscription_is_paused_and_resumed(client: Client, receiver: Receiver) -> None:
    id_ = await asyncio.to_thread(subscribe, client, receiver.uri())
    paused = await asyncio.to_thread(ask, client, "POST", f"/subscriptions/{id_}/pause")
    assert paused.json()["status"] == "paused"
    await asyncio.to_thread(client.create, an_aed(1))
    resumed = await asyncio.to_thread(ask, client, "POST", f"/subscriptions/{id_}/resume")
    assert resumed.json()["status"] == "active"
    await asyncio.to_thread(client.create, an_aed(2))
    await receiver.until_arrived(1)
    assert [entity["id"] for entity in receiver.entities()] == ["urn:ngsi-ld:AED:2"]


async def test_nothing_dead_can_be_replayed(client: Client, receiver: Receiver) -> None:
    id_ = await asyncio.to_thread(subscribe, client, receiver.uri())
    path = f"/subscriptions/{id_}"
    assert (await asyncio.to_thread(ask, client, "GET", path + "/deadLetters")).json() == []
    replayed = await asyncio.to_thread(ask, client, "POST", path + "/replay", json={})
    assert replayed.json() == {"replayed": 0}


async def test_an_unknown_subscription_is_not_found(client: Client) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "/deadLetters"),
        ("POST", "/replay"),
        ("POST", "/pause"),
        ("GET", "/notifications"),
    ):
        answer = await asyncio.to_thread(ask, client, method, f"/subscriptions/urn:x:y{path}")
        assert answer.status_code == 404, (path, answer.text)


async def test_the_page_shows_each_subscription_and_no_markup_of_others(
    client: Client, receiver: Receiver
) -> None:
    id_ = await asyncio.to_thread(subscribe, client, receiver.uri("/<script>"))
    page = await asyncio.to_thread(ask, client, "GET", "/deliveries")
    assert page.status_code == 200
    assert id_ in page.text
    assert "AED の一覧" in page.text
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_notifications_are_streamed_as_they_are_sent(
    client: Client, receiver: Receiver
) -> None:
    id_ = await asyncio.to_thread(subscribe, client, receiver.uri())
    url = f"{client.url}{BASE}/subscriptions/{id_}/notifications"
    big = "x" * 30_000  # more than fits into one NOTIFY
    async with httpx2.AsyncClient(timeout=20) as http:
        headers = {"NGSILD-Tenant": client.tenant}
        async with http.stream("GET", url, headers=headers) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert await anext(lines) == ": open"
            await asyncio.sleep(0.5)  # that somebody watches, others hear
            await asyncio.to_thread(client.create, an_aed(1, big))
            async for line in lines:
                if line.startswith("data: "):
                    break
    notification = orjson.loads(line.removeprefix("data: "))
    assert notification["subscriptionId"] == id_
    assert notification["data"][0]["name"]["value"] == big


def test_numbers_that_no_database_counts_to_are_refused(client: Client) -> None:
    assert ask(client, "GET", "/subscriptions", params={"offset": 2**70}).status_code == 400
    replay = ask(
        client,
        "POST",
        "/subscriptions/urn:ngsi-ld:Subscription:1/replay",
        json={"numbers": [2**70]},
    )
    assert replay.status_code == 400
