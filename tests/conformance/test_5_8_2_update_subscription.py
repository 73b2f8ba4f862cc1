"""Update Subscription: CIM 009 §5.8.2, over HTTP §6.11.3.2."""

from collections.abc import Mapping

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.subscribed import (
    ENDPOINT,
    ERRORS,
    FLOOD,
    SUBSCRIPTIONS,
    a_subscription,
    subscribe,
)
from tests.platforms import Client

PATH = f"{SUBSCRIPTIONS}/{FLOOD}"


def patch(client: Client, fragment: JsonObject) -> None:
    answer = client.send("PATCH", PATH, fragment)
    assert answer.status_code == 204, answer.text
    assert answer.content == b""


def found(client: Client) -> Mapping[str, JsonValue]:
    shown: Mapping[str, JsonValue] = client.get(PATH).json()
    return shown


def test_members_given_replace_those_that_were_there(client: Client) -> None:
    subscribe(client, a_subscription(watchedAttributes=["a"], notification={"format": "concise"}))
    endpoint: JsonObject = {"uri": "http://my.second.endpoint.invalid/notify"}
    patch(
        client,
        {
            "type": "Subscription",
            "watchedAttributes": ["b", "c"],
            "notification": {"format": "keyValues", "endpoint": endpoint},
        },
    )
    changed = found(client)
    assert changed["watchedAttributes"] == ["b", "c"]
    assert changed["notification"] == {"format": "keyValues", "endpoint": endpoint}
    assert changed["entities"] == [{"type": "WaterLevelObserved"}]


@pytest.mark.parametrize("null", [None, "urn:ngsi-ld:null"])
def test_a_null_removes_an_optional_member(client: Client, null: JsonValue) -> None:
    subscribe(client, a_subscription(expiresAt="2099-01-01T00:00:00Z", q="a==1"))
    patch(client, {"expiresAt": null, "q": null})
    assert {"expiresAt", "q"}.isdisjoint(found(client))


@pytest.mark.parametrize(
    "fragment",
    [
        {"type": None},
        {"notification": None},
        {"notification": {"format": "keyValues"}},
        {"notification": {"format": "keyValues", "endpoint": None}},
        {"entities": None},
        {"id": "urn:ngsi-ld:Subscription:another"},
        {"type": "Entity"},
        {"throttling": -1},
        {"expiresAt": "2020-08-01T22:07:00Z"},
        {"isActive": True, "expiresAt": "2020-08-01T22:07:00Z"},
        {"notification": {"endpoint": {"uri": "http://10.0.0.1/notify"}}},
        {"jsonldContext": "unknownContext"},
    ],
)
def test_a_fragment_that_breaks_a_rule_changes_nothing(
    client: Client, fragment: JsonObject
) -> None:
    subscribe(client, a_subscription())
    before = found(client)
    answer = client.send("PATCH", PATH, fragment)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert found(client) == before


@pytest.mark.parametrize(
    ("members", "fragment", "status"),
    [
        ({"isActive": False}, {"isActive": True}, "active"),
        ({"isActive": False}, {"isActive": True, "expiresAt": "2099-01-01T00:00:00Z"}, "active"),
        ({}, {"isActive": False}, "paused"),
    ],
)
def test_the_status_follows_is_active(
    client: Client, members: JsonObject, fragment: JsonObject, status: str
) -> None:
    subscribe(client, {**a_subscription(), **members})
    patch(client, fragment)
    assert found(client)["status"] == status


def test_names_are_read_with_the_fragments_context(client: Client) -> None:
    subscribe(client, a_subscription())
    context: JsonObject = {"Vehicle": "https://cars.example/Vehicle"}
    patch(client, {"entities": [{"type": "Vehicle"}], "@context": context})
    assert found(client)["entities"] == [{"type": "https://cars.example/Vehicle"}]


def test_asterisks_sent_back_keep_a_secret_where_the_host_stays(client: Client) -> None:
    secret: list[JsonValue] = [{"key": "Authorization", "value": "Bearer hush"}]
    subscribe(client, a_subscription(notification={"endpoint": {"receiverInfo": secret}}))
    shown = found(client)["notification"]
    patch(client, {"notification": shown})
    elsewhere: JsonObject = {
        "uri": "http://127.0.0.1:2/notify",
        "receiverInfo": [{"key": "Authorization", "value": "******"}],
    }
    answer = client.send("PATCH", PATH, {"notification": {"endpoint": elsewhere}})
    assert answer.status_code == 400


def test_a_subscription_is_modified_when_it_is_updated(client: Client) -> None:
    subscribe(client, a_subscription())
    before = client.get(PATH, options="sysAttrs").json()
    patch(client, {"subscriptionName": "洪水"})
    after = client.get(PATH, options="sysAttrs").json()
    assert after["createdAt"] == before["createdAt"]
    assert after["modifiedAt"] > before["modifiedAt"]


def test_an_unknown_subscription_is_not_found(client: Client) -> None:
    answer = client.send("PATCH", PATH, {"isActive": True})
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


def test_an_id_that_is_no_uri_is_refused_and_a_missing_one_is_no_resource(client: Client) -> None:
    wrong = client.send("PATCH", f"{SUBSCRIPTIONS}/InvalidUri", {"isActive": True})
    assert wrong.status_code == 400
    assert wrong.json()["type"] == ERRORS + "BadRequestData"
    assert client.send("PATCH", f"{SUBSCRIPTIONS}/", {"isActive": True}).status_code == 405


def test_the_endpoint_given_first_is_the_one_that_is_shown(client: Client) -> None:
    subscribe(client, a_subscription())
    patch(client, {"description": "x"})
    assert found(client)["notification"] == {"endpoint": {"uri": ENDPOINT}}
