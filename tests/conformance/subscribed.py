"""Subscriptions over HTTP, in few words."""

from typing import cast

from kit.json import JsonObject, JsonValue
from tests.platforms import Client

SUBSCRIPTIONS = "/subscriptions"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
FLOOD = "urn:ngsi-ld:Subscription:flood-1"
RIVER = "urn:ngsi-ld:WaterLevelObserved:toyohira-3"
ENDPOINT = "http://127.0.0.1:1/notify"


def a_subscription(
    *, uri: str = ENDPOINT, notification: JsonObject | None = None, **members: JsonValue
) -> JsonObject:
    """A Subscription document about water levels."""
    params = notification or {}
    endpoint = cast("JsonObject", params.get("endpoint", {}))
    return {
        "id": FLOOD,
        "type": "Subscription",
        "entities": [{"type": "WaterLevelObserved"}],
        "notification": {**params, "endpoint": {"uri": uri, **endpoint}},
        **members,
    }


def subscribe(client: Client, document: JsonObject) -> str:
    """Create a Subscription that must be accepted; answers with its path."""
    answer = client.send("POST", SUBSCRIPTIONS, document)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix("/ngsi-ld/v1")


def a_river(**attributes: JsonValue) -> JsonObject:
    """A WaterLevelObserved."""
    return {"id": RIVER, "type": "WaterLevelObserved", **attributes}
