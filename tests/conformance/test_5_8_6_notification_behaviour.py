"""Notification behaviour: CIM 009 §5.8.6, over HTTP §6.3.8."""

from collections.abc import Iterator

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.receiving import Receiver, receiving
from tests.conformance.serving import Served
from tests.conformance.subscribed import (
    FLOOD,
    RIVER,
    SUBSCRIPTIONS,
    a_river,
    a_subscription,
    subscribe,
)
from tests.platforms import Client

NULL = "urn:ngsi-ld:null"
ATTRS = f"/entities/{RIVER}/attrs"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def update(client: Client, **attributes: JsonValue) -> None:
    answer = client.send("PATCH", ATTRS, attributes)
    assert answer.status_code == 204, answer.text


def notified(
    client: Client, receiver: Receiver, notification: JsonObject | None = None, **members: JsonValue
) -> None:
    subscribe(client, a_subscription(uri=receiver.url, notification=notification, **members))


def test_an_update_is_notified_as_the_standard_says(client: Client, receiver: Receiver) -> None:
    client.create(a_river(waterLevel=2.4, name="豊平川"))
    notified(client, receiver)
    update(client, waterLevel=2.8)
    received = receiver.next()
    assert received.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in received.headers["link"]
    assert received.headers["ngsild-tenant"] == client.tenant
    body = dict(received.body)
    assert str(body.pop("id")).startswith("urn:")
    assert str(body.pop("notifiedAt")).endswith("Z")
    assert body == {
        "type": "Notification",
        "subscriptionId": FLOOD,
        "data": [
            {
                "id": RIVER,
                "type": "WaterLevelObserved",
                "waterLevel": {"type": "Property", "value": 2.8},
                "name": {"type": "Property", "value": "豊平川"},
            }
        ],
    }


def test_only_what_matches_is_notified(client: Client, receiver: Receiver) -> None:
    client.create(a_river(waterLevel=2.4))
    notified(client, receiver, watchedAttributes=["waterLevel"], q="waterLevel>2.5")
    update(client, waterLevel=2.45)
    update(client, waterLevel=3)
    update(client, waterLevel=3)
    update(client, name="豊平川")
    update(client, waterLevel=1)
    update(client, waterLevel=4)
    levels = [receiver.next().data[0]["waterLevel"] for _ in range(2)]
    assert levels == [{"type": "Property", "value": 3}, {"type": "Property", "value": 4}]
    assert receiver.stays_quiet()


def test_creation_is_notified_to_who_waits_for_it(client: Client, receiver: Receiver) -> None:
    notified(client, receiver, {"format": "keyValues"}, notificationTrigger=["entityCreated"])
    client.create(a_river(waterLevel=2))
    assert receiver.next().data == [a_river(waterLevel=2)]
    update(client, waterLevel=3)
    assert receiver.stays_quiet()


def test_a_deleted_entity_is_notified_by_its_deletion_alone(
    client: Client, receiver: Receiver
) -> None:
    client.create(a_river(waterLevel=2))
    notified(client, receiver, notificationTrigger=["entityDeleted"])
    assert client.send("DELETE", f"/entities/{RIVER}").status_code == 204
    (entity,) = receiver.next().data
    assert entity.keys() == {"id", "type", "deletedAt"}


def test_a_deleted_attribute_is_notified_as_null(client: Client, receiver: Receiver) -> None:
    client.create(a_river(waterLevel=2, flow=5))
    notified(client, receiver, {"showChanges": True}, notificationTrigger=["attributeDeleted"])
    assert client.send("DELETE", f"{ATTRS}/flow").status_code == 204
    (entity,) = receiver.next().data
    assert entity["flow"] == {"type": "Property", "value": NULL, "previousValue": 5}
    assert entity["waterLevel"] == {"type": "Property", "value": 2}


def test_a_paused_subscription_is_not_notified_until_it_is_resumed(
    client: Client, receiver: Receiver
) -> None:
    client.create(a_river(waterLevel=2))
    notified(client, receiver, isActive=False)
    update(client, waterLevel=3)
    assert receiver.stays_quiet()
    path = f"{SUBSCRIPTIONS}/{FLOOD}"
    assert client.send("PATCH", path, {"isActive": True}).status_code == 204
    update(client, waterLevel=4)
    assert receiver.next().data[0]["waterLevel"] == {"type": "Property", "value": 4}


def test_the_subscriptions_own_context_names_what_is_notified(
    client: Client, receiver: Receiver, elsewhere: Served
) -> None:
    terms: JsonObject = {"水位": "https://rivers.example/waterLevel"}
    url = elsewhere.put("/notified.jsonld", {"@context": terms})
    notified(
        client,
        receiver,
        {"endpoint": {"accept": "application/ld+json"}},
        jsonldContext=url,
    )
    client.create({**a_river(level=1), "@context": {"level": "https://rivers.example/waterLevel"}})
    received = receiver.next()
    assert received.headers["content-type"] == "application/ld+json"
    assert "link" not in received.headers
    assert received.body["@context"] == url
    assert received.data[0]["@context"] == url
    assert received.data[0]["水位"] == {"type": "Property", "value": 1}


def test_receiver_info_comes_as_headers(client: Client, receiver: Receiver) -> None:
    pairs: list[JsonValue] = [
        {"key": "Authorization", "value": "Bearer hush"},
        {"key": "X-Additional-Key", "value": "Value"},
    ]
    notified(client, receiver, {"endpoint": {"receiverInfo": pairs}})
    client.create(a_river(waterLevel=1))
    received = receiver.next()
    assert received.headers["authorization"] == "Bearer hush"
    assert received.headers["x-additional-key"] == "Value"


def test_linked_entities_come_along(client: Client, receiver: Receiver) -> None:
    city = "urn:ngsi-ld:City:Sapporo"
    client.create({"id": city, "type": "City", "name": "札幌市"})
    notified(client, receiver, {"join": "inline", "format": "simplified"})
    client.create(a_river(locatedIn={"object": city}))
    (entity,) = receiver.next().data
    assert entity["locatedIn"] == {"id": city, "type": "City", "name": "札幌市"}


def test_conditions_on_linked_entities_are_asked_of_the_stored_ones(
    client: Client, receiver: Receiver
) -> None:
    low, full = "urn:ngsi-ld:Device:low", "urn:ngsi-ld:Device:full"
    client.create({"id": low, "type": "Device", "batteryLevel": 0.3})
    client.create({"id": full, "type": "Device", "batteryLevel": 0.95})
    notified(client, receiver, q="measuredBy{batteryLevel}<0.5")
    client.create({**a_river(measuredBy={"object": full}), "id": f"{RIVER}:full"})
    client.create(a_river(measuredBy={"object": low}))
    assert receiver.next().data[0]["id"] == RIVER
    assert receiver.stays_quiet()


def test_an_interval_notifies_all_that_match_whatever_changes(
    client: Client, receiver: Receiver
) -> None:
    client.create(a_river(waterLevel=3))
    client.create({**a_river(waterLevel=1), "id": f"{RIVER}:low"})
    notified(client, receiver, timeInterval=1, q="waterLevel>2")
    for _ in range(2):
        assert [one["id"] for one in receiver.next().data] == [RIVER]


def test_what_became_of_notifications_is_told(client: Client, receiver: Receiver) -> None:
    notified(client, receiver)
    client.create(a_river(waterLevel=3))
    receiver.next()
    path = f"{SUBSCRIPTIONS}/{FLOOD}"
    for _ in range(50):
        told = client.get(path).json()["notification"]
        if "timesSent" in told:
            break
        assert receiver.stays_quiet()
    assert told["timesSent"] == 1
    assert told["status"] == "ok"
    assert told["lastNotification"] <= told["lastSuccess"]
    assert "timesFailed" not in told
