"""Secrets of endpoints: shown as asterisks, kept by them, and never sent elsewhere."""

from collections.abc import Mapping

import pytest

from broker.ngsi.contexts import core
from broker.ngsi.errors import BadRequestData
from broker.ngsi.subscription import (
    Counters,
)
from broker.ngsi.subscription_document import compile_subscription, patched, shown
from kit.json import JsonObject, JsonValue
from tests.subscribing import LATER, NOW, a_document, take

NO_COUNTERS = Counters()


def endpoint_shown(endpoint: JsonObject) -> JsonValue:
    notification = shown(take(a_document(endpoint=endpoint)), NO_COUNTERS, core(), NOW)[
        "notification"
    ]
    assert isinstance(notification, dict)
    return notification["endpoint"]


def test_secrets_are_never_shown_again() -> None:
    pairs: list[JsonValue] = [
        {"key": "Authorization", "value": "Bearer abc"},
        {"key": "X-Api-Key", "value": "abc"},
        {"key": "X-Colour", "value": "blue"},
    ]
    hidden = endpoint_shown(
        {"uri": "mqtt://user:pass@a.example/t", "receiverInfo": pairs, "notifierInfo": pairs}
    )
    assert "abc" not in repr(hidden)
    assert "pass" not in repr(hidden)
    assert isinstance(hidden, dict)
    assert hidden["uri"] == "mqtt://user:******@a.example/t"
    assert hidden["receiverInfo"] == [
        {"key": "Authorization", "value": "******"},
        {"key": "X-Api-Key", "value": "******"},
        {"key": "X-Colour", "value": "blue"},
    ]


SECRETIVE: JsonObject = {"receiverInfo": [{"key": "Authorization", "value": "Bearer abc"}]}
MASKED: JsonObject = {"receiverInfo": [{"key": "Authorization", "value": "******"}]}


def patch_endpoint(stored_uri: str, given_uri: str) -> Mapping[str, str]:
    stored = take(a_document(endpoint={**SECRETIVE, "uri": stored_uri}))
    fragment: JsonObject = {"notification": {"endpoint": {**MASKED, "uri": given_uri}}}
    changed = patched(stored, fragment, core(), now=LATER)
    return dict(compile_subscription(changed).endpoint.receiver_info)


def test_asterisks_sent_back_keep_the_secret() -> None:
    info = patch_endpoint("https://a.example/x", "https://a.example/y")
    assert info == {"Authorization": "Bearer abc"}


def test_a_password_in_a_uri_is_kept_by_asterisks_too() -> None:
    stored = take(a_document(endpoint={"uri": "mqtt://u:pass@a.example/t"}))
    fragment: JsonObject = {
        "notification": {"format": "concise", "endpoint": {"uri": "mqtt://u:******@a.example/t"}}
    }
    changed = patched(stored, fragment, core(), now=LATER)
    assert compile_subscription(changed).endpoint.uri == "mqtt://u:pass@a.example/t"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/x", "http://a.example/x", "https://a.example:8443/x"]
)
def test_a_secret_does_not_follow_to_another_host(elsewhere: str) -> None:
    with pytest.raises(BadRequestData, match="another host"):
        patch_endpoint("https://a.example/x", elsewhere)
