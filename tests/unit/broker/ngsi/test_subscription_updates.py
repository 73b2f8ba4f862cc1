"""Fragments of Subscriptions: what they replace, remove, and make of the status."""

from datetime import timedelta

import pytest

from broker.ngsi.contexts import build_context, core
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from broker.ngsi.subscription import (
    Counters,
    SubscriptionStatus,
)
from broker.ngsi.subscription_document import compile_subscription, patched, shown
from kit.json import JsonObject, JsonValue
from tests.subscribing import ENDPOINT, LATER, NOW, a_document, take

RIVERS = build_context({"waterLevel": "https://rivers.example/waterLevel"}, {})
NO_COUNTERS = Counters()


def test_a_fragment_replaces_members_and_the_notification_as_a_whole() -> None:
    stored = take(a_document(watchedAttributes=["a"], notification={"format": "keyValues"}))
    changed = patched(
        stored,
        {"watchedAttributes": ["b"], "notification": {"endpoint": {"uri": ENDPOINT}}},
        core(),
        now=LATER,
    )
    assert changed.document["watchedAttributes"] == ["b"]
    assert changed.document["notification"] == {"endpoint": {"uri": ENDPOINT}}
    assert changed.document["entities"] == stored.document["entities"]
    assert changed.modified_at == LATER
    assert changed.created_at == NOW


@pytest.mark.parametrize("null", [None, NULL])
def test_a_null_removes_an_optional_member(null: JsonValue) -> None:
    stored = take(a_document(q="a==1", expiresAt="2027-01-01T00:00:00Z"))
    changed = patched(stored, {"q": null, "expiresAt": null}, core(), now=LATER)
    read = compile_subscription(changed)
    assert read.wanted.q is None
    assert read.expires_at is None


@pytest.mark.parametrize(
    "fragment",
    [
        {"type": None},
        {"id": NULL},
        {"notification": None},
        {"notification": {"format": "keyValues"}},
        {"notification": {"endpoint": None}},
        {"notification": {"endpoint": {"uri": NULL}}},
        {"entities": None},
        {"id": "urn:ngsi-ld:Subscription:another"},
        {"type": "Entity"},
        {"expiresAt": "2000-01-01T00:00:00Z"},
        {"isActive": True, "expiresAt": "2000-01-01T00:00:00Z"},
        {"timeInterval": 5, "throttling": 5},
        {"entities": [{"type": "A", "id": None}]},
    ],
)
def test_a_fragment_that_breaks_a_rule_is_refused(fragment: JsonObject) -> None:
    with pytest.raises(BadRequestData):
        patched(take(a_document()), fragment, core(), now=LATER)


def test_what_one_context_said_stays_when_another_changes_the_rest() -> None:
    stored = take(a_document(watchedAttributes=["waterLevel"]), RIVERS)
    changed = patched(stored, {"q": "waterLevel>1"}, core(), now=LATER)
    read = compile_subscription(changed)
    assert read.watched == {"https://rivers.example/waterLevel"}
    assert "default-context/waterLevel" in repr(read.wanted.q)


@pytest.mark.parametrize(
    ("members", "fragment", "status"),
    [
        ({"isActive": False}, {"isActive": True}, SubscriptionStatus.ACTIVE),
        ({}, {"isActive": False}, SubscriptionStatus.PAUSED),
        (
            {"isActive": False},
            {"isActive": True, "expiresAt": "2030-01-01T00:00:00Z"},
            SubscriptionStatus.ACTIVE,
        ),
        ({"expiresAt": "2026-09-01T03:30:00Z"}, {"isActive": True}, SubscriptionStatus.EXPIRED),
        ({"expiresAt": "2026-09-01T03:30:00Z"}, {"isActive": False}, SubscriptionStatus.EXPIRED),
        (
            {"expiresAt": "2026-09-01T03:30:00Z", "isActive": False},
            {"expiresAt": "2030-01-01T00:00:00Z"},
            SubscriptionStatus.ACTIVE,
        ),
        ({"isActive": False}, {"expiresAt": "2030-01-01T00:00:00Z"}, SubscriptionStatus.PAUSED),
    ],
)
def test_the_status_follows_is_active_and_expires_at(
    members: JsonObject, fragment: JsonObject, status: SubscriptionStatus
) -> None:
    changed = patched(take({**a_document(), **members}), fragment, core(), now=LATER)
    assert compile_subscription(changed).status(LATER) is status


def test_an_expired_subscription_can_be_renamed() -> None:
    stored = take(a_document(expiresAt="2026-09-01T03:30:00Z"))
    changed = patched(stored, {"subscriptionName": "flood"}, core(), now=LATER)
    assert shown(changed, NO_COUNTERS, core(), LATER)["status"] == "expired"


def test_each_change_is_told_from_the_last_even_within_one_microsecond() -> None:
    stored = take(a_document())
    changed = patched(stored, {"isActive": False}, core(), now=NOW)
    assert changed.modified_at == stored.modified_at + timedelta(microseconds=1)
