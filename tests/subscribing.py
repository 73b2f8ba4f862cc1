"""Subscriptions, changes and notifications in memory, for tests of what makes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import orjson

from broker.ngsi.apply import apply
from broker.ngsi.attributes import Nulls
from broker.ngsi.changes import Change
from broker.ngsi.commands import (
    Append,
    Command,
    Create,
    Delete,
    DeleteAttribute,
    Merge,
    Update,
)
from broker.ngsi.contexts import Context, core
from broker.ngsi.entity import Entity
from broker.ngsi.expand import expand_entity, expand_fragment
from broker.ngsi.names import DatasetId, EntityId
from broker.ngsi.notification import NotificationMessage, build
from broker.ngsi.notified import notified_of
from broker.ngsi.subscription import StoredSubscription, Subscription, SubscriptionId
from broker.ngsi.subscription_document import compile_subscription, new_subscription
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, 3, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 4, tzinfo=UTC)
RIVER = "urn:ngsi-ld:WaterLevelObserved:toyohira-3"
ENDPOINT = "https://bousai.example.jp/hook"
GENERATED = SubscriptionId("urn:ngsi-ld:Subscription:flood-1")


def a_document(**members: JsonValue) -> JsonObject:
    """A Subscription document about water levels; `notification` and `endpoint` are added to it."""
    notification = cast("JsonObject", members.pop("notification", {}))
    endpoint = cast("JsonObject", members.pop("endpoint", {}))
    return {
        "type": "Subscription",
        "entities": [{"type": "WaterLevelObserved"}],
        "notification": {**notification, "endpoint": {"uri": ENDPOINT, **endpoint}},
        **members,
    }


def take(document: JsonObject, context: Context | None = None) -> StoredSubscription:
    """Take a document as a new Subscription."""
    return new_subscription(document, context or core(), generated=GENERATED, now=NOW)


def a_subscription(**members: JsonValue) -> Subscription:
    """A compiled Subscription."""
    return compile_subscription(take(a_document(**members)))


def a_subscription_in(context: Context, **members: JsonValue) -> Subscription:
    """A compiled Subscription, its names given in a @context."""
    return compile_subscription(take(a_document(**members), context))


def an_entity(
    id_: str = RIVER, type_: JsonValue = "WaterLevelObserved", **members: JsonValue
) -> Entity:
    """An Entity created at NOW."""
    entity = created(id_, type_, **members).after
    assert entity is not None
    return entity


def created(
    id_: str = RIVER, type_: JsonValue = "WaterLevelObserved", **members: JsonValue
) -> Change:
    """The creation of an Entity at NOW, with attributes in concise form."""
    fragment = expand_entity({"id": id_, "type": type_, **members}, core())
    return _changed(Create(id=EntityId(id_), at=NOW, fragment=fragment), None)


def updated(entity: Entity, **members: JsonValue) -> Change:
    """What an update of attributes at LATER makes of an Entity; nulls delete."""
    fragment = expand_fragment(dict(members), core(), nulls=Nulls.DELETE)
    return _changed(Update(id=entity.id, at=LATER, fragment=fragment), entity)


def merged(entity: Entity, **members: JsonValue) -> Change:
    """What a merge at LATER makes of an Entity."""
    fragment = expand_fragment(dict(members), core(), nulls=Nulls.MERGE)
    return _changed(Merge(id=entity.id, at=LATER, fragment=fragment), entity)


def appended(entity: Entity, **members: JsonValue) -> Change:
    """What appending attributes at LATER makes of an Entity."""
    fragment = expand_fragment(dict(members), core())
    return _changed(Append(id=entity.id, at=LATER, fragment=fragment), entity)


def without(
    entity: Entity, attribute: str, *, dataset_id: str | None = None, all_: bool = False
) -> Change:
    """The deletion of an attribute at LATER."""
    command = DeleteAttribute(
        id=entity.id,
        at=LATER,
        attribute=core().attribute(attribute),
        dataset_id=None if dataset_id is None else DatasetId(dataset_id),
        delete_all=all_,
    )
    return _changed(command, entity)


def deleted(entity: Entity) -> Change:
    """The deletion of an Entity at LATER."""
    return _changed(Delete(id=entity.id, at=LATER), entity)


def notify(
    subscription: Subscription, *changes: Change, context: Context | None = None
) -> NotificationMessage:
    """Build the notification of changes of one Entity."""
    return build(
        subscription,
        context or core(),
        notification_id="urn:ngsi-ld:Notification:1",
        notified_at=LATER,
        notified=[notified_of(changes)],
    )


def data_of(message: NotificationMessage) -> Sequence[JsonObject]:
    """The entities in a notification."""
    return cast("list[JsonObject]", orjson.loads(message.body)["data"])


def _changed(command: Command, entity: Entity | None) -> Change:
    change = apply(command, entity).change
    assert change is not None
    return change
