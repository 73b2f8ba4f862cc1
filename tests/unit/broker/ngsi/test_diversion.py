"""Subscriptions at a source: what the source gets of an endpoint, and what is shown of it here."""

import doctest
from datetime import UTC, datetime

import pytest

from broker.ngsi import diversion
from broker.ngsi.diversion import (
    concealed,
    diverted,
    endpoint_in,
    require_notification,
    restored,
)
from broker.ngsi.errors import BadRequestData
from broker.ngsi.subscription import Counters
from kit.json import JsonObject, JsonValue

RELAYS = "https://hub.example/broker/v1/relay/"
ENDPOINT: JsonObject = {
    "uri": "mqtt://user:secret@broker.example/topic",
    "accept": "application/ld+json",
    "timeout": 1000,
    "cooldown": 5000,
    "receiverInfo": [
        {"key": "Authorization", "value": "secret"},
        {"key": "Prefer", "value": "ngsi-ld=1.6"},
    ],
    "notifierInfo": [{"key": "MQTT-QoS", "value": "2"}],
}
DOCUMENT: JsonObject = {
    "id": "urn:x:1",
    "notification": {"format": "concise", "endpoint": ENDPOINT},
}


def test_the_source_gets_our_address_and_no_secret() -> None:
    at_source = diverted(DOCUMENT, f"{RELAYS}token")
    assert "secret" not in str(at_source)
    assert at_source["notification"] == {
        "format": "concise",
        "endpoint": {
            "uri": f"{RELAYS}token",
            "accept": "application/ld+json",
            "timeout": 3000,
            "cooldown": 5000,
            "receiverInfo": [{"key": "Prefer", "value": "ngsi-ld=1.6"}],
        },
    }


def test_the_subscriber_sees_its_own_endpoint_and_what_the_source_counts() -> None:
    told: JsonObject = {"uri": f"{RELAYS}token", "accept": "*/*", "status": "ok"}
    at_source: JsonObject = {"notification": {"timesSent": 3, "endpoint": told}}
    shown = restored(at_source, ENDPOINT, Counters())
    assert "secret" not in str(shown)
    assert "token" not in str(shown)
    assert isinstance(shown["notification"], dict)
    assert shown["notification"]["timesSent"] == 3
    endpoint = shown["notification"]["endpoint"]
    assert isinstance(endpoint, dict)
    assert endpoint["uri"] == "mqtt://user:******@broker.example/topic"
    assert (endpoint["accept"], endpoint["status"]) == ("application/ld+json", "ok")


def test_what_the_source_has_not_counted_is_told_as_counted_here() -> None:
    at = datetime(2026, 11, 21, 3, tzinfo=UTC)
    counters = Counters(times_sent=2, times_failed=1, last_notification=at, last_failure=at)
    empty: JsonObject = {"notification": {}}
    shown = restored(empty, ENDPOINT, counters)["notification"]
    assert isinstance(shown, dict)
    assert (shown["status"], shown["timesSent"], shown["timesFailed"]) == ("failed", 2, 1)
    told: JsonObject = {"lastNotification": "2026-01-01T00:00:00Z"}
    kept = restored({"notification": told}, ENDPOINT, counters)["notification"]
    assert isinstance(kept, dict)
    assert kept["lastNotification"] == "2026-01-01T00:00:00Z"
    assert "timesSent" not in kept


def test_another_tenant_s_relay_is_not_shown() -> None:
    told: JsonObject = {"notification": {"endpoint": {"uri": f"{RELAYS}token"}}}
    assert "token" not in str(concealed(told, "/broker/v1/relay/"))
    others: JsonObject = {"notification": {"endpoint": {"uri": "https://a.example/"}}}
    assert concealed(others, "/broker/v1/relay/") == others
    nothing: JsonObject = {"notification": 1}
    assert concealed(nothing, "/broker/v1/relay/") == nothing


@pytest.mark.parametrize("document", [{"notification": []}, {"notification": {"endpoint": 1}}])
def test_an_endpoint_is_an_object(document: JsonObject) -> None:
    with pytest.raises(BadRequestData):
        endpoint_in(document)


def test_a_fragment_may_name_no_endpoint() -> None:
    assert endpoint_in({}) is None
    assert endpoint_in({"notification": {"format": "concise"}}) is None


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"type": "Notification"}, {"type": "Notification", "subscriptionId": "urn:x:2"}],
)
def test_what_is_no_notification_of_the_subscription_is_refused(body: JsonValue) -> None:
    with pytest.raises(BadRequestData):
        require_notification(body, "urn:x:1")


def test_a_notification_of_the_subscription_passes() -> None:
    body: JsonObject = {"type": "Notification", "subscriptionId": "urn:x:1"}
    assert require_notification(body, "urn:x:1") == body


def test_the_examples_hold() -> None:
    found = doctest.testmod(diversion)
    assert found.attempted
    assert not found.failed
