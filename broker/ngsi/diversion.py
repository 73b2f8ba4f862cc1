"""Subscriptions at a source whose notifications take the way over us: written there, shown here."""

from typing import cast

from broker.ngsi.errors import BadRequestData
from broker.ngsi.subscription import Counters, Endpoint
from broker.ngsi.subscription_document import written_counters
from broker.ngsi.subscription_members import as_object, read_endpoint
from broker.ngsi.subscription_secrets import HIDDEN, hidden
from kit.json import JsonObject, JsonValue

_WHERE = "/notification/endpoint"
_TOLD = ("accept", "timeout", "cooldown")
_OURS = frozenset({"uri", "accept", "receiverInfo", "notifierInfo", "timeout", "cooldown"})
_SPARE_MS = 2_000
"""What the source waits for longer than we do, so that it hears how it went."""


def endpoint_in(document: JsonObject) -> JsonObject | None:
    """Answer with the endpoint that a Subscription or a fragment of one names, as given.

    Raises:
        BadRequestData: it, or the notification around it, is no JSON object.
    """
    if "notification" not in document:
        return None
    notification = as_object(document["notification"], "/notification")
    if "endpoint" not in notification:
        return None
    return as_object(notification["endpoint"], _WHERE)


def read(endpoint: JsonObject) -> Endpoint:
    """Read an endpoint.

    Raises:
        BadRequestData: a member breaks its rule.
    """
    return read_endpoint(endpoint, _WHERE)


def diverted(document: JsonObject, relay_url: str) -> JsonObject:
    """Put our address in the place of the subscriber's; what only the two may know stays here.

    >>> diverted({"notification": {"endpoint": {"uri": "http://a", "accept": "x"}}}, "http://b")
    {'notification': {'endpoint': {'uri': 'http://b', 'accept': 'x'}}}
    """
    notification = cast("JsonObject", document["notification"])
    given = cast("JsonObject", notification["endpoint"])
    endpoint: JsonObject = {
        "uri": relay_url,
        **{name: given[name] for name in _TOLD if name in given},
    }
    if isinstance(timeout := given.get("timeout"), int | float):
        endpoint["timeout"] = timeout + _SPARE_MS
    if preferred := _preferences(given.get("receiverInfo")):
        endpoint["receiverInfo"] = preferred
    return {**document, "notification": {**notification, "endpoint": endpoint}}


def restored(document: JsonObject, endpoint: JsonObject, counters: Counters) -> JsonObject:
    """Show a source's Subscription with the subscriber's own endpoint, without its secrets.

    What the source has not counted yet, or never does, is told as it was counted here.
    """
    shown = _with_endpoint(document, hidden(endpoint))
    notification = cast("JsonObject", shown["notification"])
    if "lastNotification" in notification:
        return shown
    return {**shown, "notification": {**notification, **written_counters(counters)}}


def concealed(document: JsonObject, relays_path: str) -> JsonObject:
    """Show a source's Subscription without an address that another tenant's notifications take.

    Such an address is known by its path: under which host somebody asks says nothing.
    """
    notification = document.get("notification")
    endpoint = notification.get("endpoint") if isinstance(notification, dict) else None
    uri = endpoint.get("uri") if isinstance(endpoint, dict) else None
    before, found, _ = uri.partition(relays_path) if isinstance(uri, str) else ("", "", "")
    if not found:
        return document
    return _with_endpoint(document, {"uri": f"{before}{found}{HIDDEN}"})


def over_http(endpoint: Endpoint, headers: dict[str, str]) -> dict[str, str]:
    """Write the headers of a notification that goes on: the subscriber's own may replace the Link.

    >>> over_http(Endpoint(uri="http://a", receiver_info=(("X", "1"),)), {"Content-Type": "y"})
    {'Content-Type': 'y', 'X': '1'}
    """
    written = dict(headers)
    for key, value in endpoint.receiver_info:
        if key.lower() == "link":
            written.pop("Link", None)
        if key.lower() not in ("content-type", "ngsild-tenant"):
            written[key] = value
    return written


def require_notification(value: JsonValue, subscription: str) -> JsonObject:
    """Answer with a Notification, where it is one of the subscription (§5.3.1).

    Raises:
        BadRequestData: it is none, or of another subscription.
    """
    document = as_object(value, "/notification")
    if document.get("type") != "Notification" or document.get("subscriptionId") != subscription:
        raise BadRequestData("The body is no Notification of the subscription of this address")
    return document


def _with_endpoint(document: JsonObject, endpoint: JsonObject) -> JsonObject:
    notification = cast("JsonObject", document.get("notification") or {})
    shown = notification.get("endpoint")
    theirs: JsonObject = shown if isinstance(shown, dict) else {}
    kept = {name: value for name, value in theirs.items() if name not in _OURS}
    return {**document, "notification": {**notification, "endpoint": {**endpoint, **kept}}}


def _preferences(pairs: JsonValue) -> list[JsonValue]:
    """Find what the receiver prefers: it is the source that writes the notification."""
    if not isinstance(pairs, list):
        return []
    return [
        pair
        for pair in pairs
        if isinstance(pair, dict) and str(pair.get("key")).lower() == "prefer"
    ]
