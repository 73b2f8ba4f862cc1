"""Notifications as they are sent: document, headers and body (§5.3.1, §6.3.8, §7.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.features import feature, feature_collection
from broker.ngsi.linked import Linking, flattened, inline, start
from broker.ngsi.names import EntityId
from broker.ngsi.notified import Notified, shown_entity
from broker.ngsi.representations import Presentation, present
from broker.ngsi.subscription import Endpoint, Subscription
from broker.ngsi.values import format_instant
from broker.ngsi.versions import fallback
from kit.json import JsonObject, JsonValue

_JSON = "application/json"
_GEO_JSON = "application/geo+json"
_CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"
_OURS = frozenset({"content-type", "ngsild-tenant"})
_NONE_LINKED: Mapping[EntityId, Entity] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationMessage:
    """What is sent: an HTTP request's headers and body, or the payload of an MQTT message.

    Args:
        headers: in an MQTT message they are in the body already, as its metadata.
    """

    headers: Mapping[str, str]
    body: bytes


def build(
    subscription: Subscription,
    context: Context,
    *,
    notification_id: str,
    notified_at: datetime,
    notified: Sequence[Notified],
    linked: Mapping[EntityId, Entity] = _NONE_LINKED,
    tenant: str | None = None,
) -> NotificationMessage:
    """Build a notification.

    Args:
        subscription: whose it is.
        context: the subscription's, loaded.
        notification_id: a URI.
        notified_at: when it is generated.
        notified: what it tells of.
        linked: the entities that a join asks for, all levels.
        tenant: the tenant's name; None: the default one, which is not named (§6.3.14).

    Spec: CIM 009 §5.3.1, §5.8.6
    Raises:
        TooManyResults: a join leads to more entities than are sent.
    """
    how = replace(subscription.how, now=notified_at)
    data = _documents(subscription, context, how, notified, linked)
    notification: JsonObject = {
        "id": notification_id,
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": format_instant(notified_at),
        "data": list[JsonValue](data),
    }
    endpoint = subscription.endpoint
    if endpoint.accept == _GEO_JSON:
        notification["data"] = _collection(data, endpoint, context)
    elif endpoint.accept != _JSON:
        _add_context(notification, data, context)
    headers = _headers(subscription, tenant)
    if endpoint.is_mqtt:
        message: JsonObject = {"metadata": dict[str, JsonValue](headers), "body": notification}
        return NotificationMessage(headers=headers, body=orjson.dumps(message))
    return NotificationMessage(headers=headers, body=orjson.dumps(notification))


def to_link(
    subscription: Subscription, notified: Iterable[Notified], now: datetime
) -> list[Linking]:
    """Begin the retrieval of linked entities for a notification (see `linked`)."""
    how = replace(subscription.how, now=now)
    return start([shown_entity(subscription, one) for one in notified], how)


def _documents(
    subscription: Subscription,
    context: Context,
    how: Presentation,
    notified: Sequence[Notified],
    linked: Mapping[EntityId, Entity],
) -> list[JsonObject]:
    """Write the entities, in GeoJSON as Features, with linked ones behind or inside them."""
    entities = [
        _amended(subscription, shown_entity(subscription, one), context) for one in notified
    ]
    join = subscription.join
    linkings = start(entities, how)
    if join is not None and subscription.join_mode == "flat":
        linkings = flattened(entities, context, how, join, linked)
    deleted = {one.entity.id: one.deleted_at for one in notified if one.deleted_at is not None}
    written = []
    for one in linkings:
        is_inline = join is not None and subscription.join_mode == "inline"
        document = (
            inline(one.entity, context, one.how, join, linked)
            if is_inline and join is not None
            else present(one.entity, context, one.how)
        )
        if one.entity.id in deleted and _tells_deletion(how):
            document["deletedAt"] = format_instant(deleted[one.entity.id])
        if subscription.endpoint.accept == _GEO_JSON:
            document = feature(one.entity, context, one.how, document)
        written.append(document)
    return written


def _tells_deletion(how: Presentation) -> bool:
    """Tell whether deletedAt is shown: it is the message itself, so only omit takes it away."""
    return how.omit is None or "deletedAt" not in how.omit.members


def _amended(subscription: Subscription, entity: Entity, context: Context) -> Entity:
    version = subscription.version
    return entity if version is None else fallback(entity, version, context)


def _collection(data: list[JsonObject], endpoint: Endpoint, context: Context) -> JsonObject:
    collection = feature_collection(data)
    if not _prefers_plain_body(endpoint):
        collection["@context"] = context.reference
    return collection


def _add_context(notification: JsonObject, data: list[JsonObject], context: Context) -> None:
    """Put the @context where all names in the message are in its reach, and into each Entity."""
    notification["@context"] = context.reference
    for document in data:
        document["@context"] = context.reference


def _headers(subscription: Subscription, tenant: str | None) -> dict[str, str]:
    """Write the headers; what the subscriber adds may replace the Link but nothing else of ours."""
    endpoint = subscription.endpoint
    headers = {"Content-Type": endpoint.accept}
    if endpoint.accept == _JSON or (endpoint.accept == _GEO_JSON and _prefers_plain_body(endpoint)):
        headers["Link"] = f'<{subscription.link}>; rel="{_CONTEXT_REL}"; type="application/ld+json"'
    if tenant is not None:
        headers["NGSILD-Tenant"] = tenant
    for key, value in endpoint.receiver_info:
        if key.lower() == "link":
            headers.pop("Link", None)
        if key.lower() not in _OURS:
            headers[key] = value
    return headers


def _prefers_plain_body(endpoint: Endpoint) -> bool:
    """Tell whether the receiver asks for GeoJSON without a @context (§6.3.8)."""
    return any(
        key.lower() == "prefer" and value.replace(" ", "").replace('"', "").lower() == "body=json"
        for key, value in endpoint.receiver_info
    )
