"""Subscription: what is stored of one, and what it means once read (§5.2.12 to §5.2.15).

A subscription is stored as it was given, beside the IRIs that its names meant when they were given:
so it can be read again without any @context at hand, and printed under another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import NewType, cast

from broker.ngsi.linked import Join
from broker.ngsi.names import Iri
from broker.ngsi.queries import EntityFilter
from broker.ngsi.representations import NORMALIZED, Presentation
from broker.ngsi.versions import Version
from kit.json import JsonObject, JsonValue

SubscriptionId = NewType("SubscriptionId", str)
"""The id of a Subscription: a URI."""


class Trigger(Enum):
    """What may make a change worth a notification (§5.2.12 notificationTrigger)."""

    ENTITY_CREATED = "entityCreated"
    ENTITY_DELETED = "entityDeleted"
    ATTRIBUTE_CREATED = "attributeCreated"
    ATTRIBUTE_UPDATED = "attributeUpdated"
    ATTRIBUTE_DELETED = "attributeDeleted"


ENTITY_UPDATED = "entityUpdated"
"""A word for all three triggers of attributes."""
ATTRIBUTE_TRIGGERS = frozenset(
    {Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED, Trigger.ATTRIBUTE_DELETED}
)
DEFAULT_TRIGGERS = (Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED)  # §5.2.12


class SubscriptionStatus(Enum):
    """Whether a Subscription is in operation (§5.2.12)."""

    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSubscription:
    """A Subscription as it is stored; nothing of it is lost by being read.

    Args:
        document: as given, without @context and what only the broker may say.
        names: by member of the document, the names in it that core alone would expand otherwise.
        context: the @context of its notifications, as a body's `@context` member says it.
        link: a URL of that @context.
    """

    id: SubscriptionId
    document: JsonObject
    names: Mapping[str, Mapping[str, str]]
    context: JsonValue
    link: str
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What became of a Subscription's notifications (§5.2.14.2).

    Args:
        cause: why the last failure happened; nothing that the standard shows.
    """

    times_sent: int = 0
    times_failed: int = 0
    last_notification: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    cause: str | None = None

    @property
    def has_failed(self) -> bool:
        """Tell whether the last attempt failed."""
        if self.last_failure is None:
            return False
        return self.last_success is None or self.last_failure > self.last_success


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where notifications go, and how (§5.2.15); pairs keep their order."""

    uri: str
    accept: str = "application/json"
    receiver_info: tuple[tuple[str, str], ...] = ()
    notifier_info: tuple[tuple[str, str], ...] = ()
    timeout_ms: float | None = None
    cooldown_ms: float | None = None

    @property
    def is_mqtt(self) -> bool:
        """Tell whether notifications are published (§7) rather than posted."""
        return self.uri.lower().startswith(("mqtt:", "mqtts:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A Subscription read and compiled, ready to be matched and presented.

    Args:
        wanted: which entities it is about: selectors, q, geoquery and scope query.
        watched: the attributes whose changes count; empty: those of all.
        triggers: of what kind a change must be.
        time_interval_s: notifications come at this interval instead of with changes.
        how: what notifications show of entities.
        show_changes: with previous values.
        join: linked entities come along so, in `join_mode` "flat" or "inline"; None: they do not.
        version: notifications are amended for this version of the standard.
        context, link: see StoredSubscription.
    """

    id: SubscriptionId
    wanted: EntityFilter
    watched: frozenset[Iri] = frozenset()
    triggers: frozenset[Trigger] = frozenset(DEFAULT_TRIGGERS)
    time_interval_s: float | None = None
    throttling_s: float | None = None
    expires_at: datetime | None = None
    is_active: bool = True
    how: Presentation = NORMALIZED
    show_changes: bool = False
    join: Join | None = None
    join_mode: str | None = None
    version: Version | None = None
    endpoint: Endpoint
    context: JsonValue = None
    link: str

    def status(self, now: datetime) -> SubscriptionStatus:
        """Tell whether it is in operation at an instant (§5.8.1.4, §5.8.2.4)."""
        if self.expires_at is not None and self.expires_at <= now:
            return SubscriptionStatus.EXPIRED
        return SubscriptionStatus.ACTIVE if self.is_active else SubscriptionStatus.PAUSED


def content_of(stored: StoredSubscription) -> JsonObject:
    """Write what is stored beside the id and the two instants as one JSON object."""
    return {
        "document": stored.document,
        "names": {member: dict[str, JsonValue](terms) for member, terms in stored.names.items()},
        "context": stored.context,
        "link": stored.link,
    }


def stored_of(
    id: str,
    content: JsonObject,
    created_at: datetime,
    modified_at: datetime,
) -> StoredSubscription:
    """Read what `content_of` wrote."""
    return StoredSubscription(
        id=SubscriptionId(id),
        document=cast("JsonObject", content["document"]),
        names=cast("Mapping[str, Mapping[str, str]]", content["names"]),
        context=content["context"],
        link=cast("str", content["link"]),
        created_at=created_at,
        modified_at=modified_at,
    )


def endpoint_of(stored: StoredSubscription) -> JsonObject:
    """Answer with the stored document's endpoint, secrets and all."""
    notification = cast("JsonObject", stored.document["notification"])
    return cast("JsonObject", notification["endpoint"])


def with_endpoint(stored: StoredSubscription, endpoint: JsonObject) -> StoredSubscription:
    """Put another endpoint in the place of the stored document's."""
    notification = cast("JsonObject", stored.document["notification"])
    document: JsonObject = {
        **stored.document,
        "notification": {**notification, "endpoint": endpoint},
    }
    return replace(stored, document=document)
