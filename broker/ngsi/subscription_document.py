"""Subscription documents: taken, patched, and printed back (§5.8.1 to §5.8.4)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from broker.ngsi.opaque import require_value
from broker.ngsi.subscription import (
    DEFAULT_TRIGGERS,
    Counters,
    StoredSubscription,
    Subscription,
    SubscriptionId,
    SubscriptionStatus,
    endpoint_of,
)
from broker.ngsi.subscription_names import names_of, remembered, renamed
from broker.ngsi.subscription_reading import Naming, known_document, read_members
from broker.ngsi.subscription_secrets import hidden, restored
from broker.ngsi.values import format_instant, require_uri
from kit.json import JsonObject, JsonValue

_TICK = timedelta(microseconds=1)  # so that each change of a Subscription is told from the last


def new_subscription(
    document: JsonObject, context: Context, *, generated: SubscriptionId, now: datetime
) -> StoredSubscription:
    """Take a Subscription document.

    Args:
        document: as received.
        context: the request's; its notifications' too, until `with_context` says otherwise.
        generated: the id where the document has none.
        now: when it is created.

    Spec: CIM 009 §5.8.1.4
    Raises:
        BadRequestData: it breaks a rule of §5.2.12; `where` points to what is wrong.
    """
    known = known_document(document)
    for member, value in known.items():
        _require_no_null(value, f"/{member}")
    given = known.setdefault("id", generated)
    stored = StoredSubscription(
        id=SubscriptionId(require_uri(given, what="Subscription id", where="/id")),
        document=known,
        names=_names(known, context),
        context=context.reference,
        link=context.link or "",
        created_at=now,
        modified_at=now,
    )
    _require_future(read_members(stored, lambda _: context), now)
    return stored


def compile_subscription(stored: StoredSubscription) -> Subscription:
    """Read a stored Subscription; needs no @context but the names that were kept.

    Raises:
        NgsiLdError: the rules have become stricter than when it was stored.
    """
    return read_members(stored, _kept(stored))


def patched(
    stored: StoredSubscription, fragment: JsonObject, context: Context, *, now: datetime
) -> StoredSubscription:
    """Change a Subscription by a fragment: members given replace, nulls remove.

    The NGSI-LD Null and JSON null are taken alike.

    Spec: CIM 009 §5.8.2.4, §5.5.8
    Raises:
        BadRequestData: the fragment, or what it makes of the Subscription, breaks a rule.
    """
    given = known_document(fragment)
    if given.get("id", stored.id) != stored.id:
        raise BadRequestData("The id of a Subscription cannot be changed", where="/id")
    removed = {member for member, value in given.items() if _is_null(value)}
    _require_removable(removed)
    written = {
        member: _without_nulls(value) if member == "notification" else value
        for member, value in given.items()
        if member not in removed
    }
    for member, value in written.items():
        _require_no_null(value, f"/{member}")
    _restore_secrets(written, stored)
    changed = _overlaid(stored, written, removed, context, now)
    kept = _kept(stored)
    read = read_members(changed, lambda member: context if member in written else kept(member))
    if "expiresAt" in written:
        _require_future(read, now)
    return _resumed(changed, stored, written, now)


def with_context(
    stored: StoredSubscription, context: JsonValue, link: str, *, is_said: bool
) -> StoredSubscription:
    """Let notifications use a @context.

    Args:
        stored: the Subscription.
        context: as a body's `@context` member says it.
        link: a URL of it.
        is_said: the subscriber said so by jsonldContext, which then stands as it was given.

    Spec: CIM 009 §5.8.1.4
    """
    document = stored.document if is_said else {**stored.document, "jsonldContext": link}
    return replace(stored, document=document, context=context, link=link)


def shown(
    stored: StoredSubscription,
    counters: Counters,
    context: Context,
    now: datetime,
    *,
    sys_attrs: bool = False,
) -> JsonObject:
    """Print a Subscription: its members as given, in the names of a @context, without secrets.

    Spec: CIM 009 §5.8.3.5, §5.2.12
    """
    kept = _kept(stored)
    document: JsonObject = {
        member: renamed(member, value, kept(member), context)
        for member, value in stored.document.items()
    }
    document.setdefault("notificationTrigger", [trigger.value for trigger in DEFAULT_TRIGGERS])
    document["notification"] = _shown_notification(stored, document, counters)
    document["status"] = compile_subscription(stored).status(now).value
    if sys_attrs:
        document["createdAt"] = format_instant(stored.created_at)
        document["modifiedAt"] = format_instant(stored.modified_at)
    return document


def written_counters(counters: Counters) -> JsonObject:
    """Write what became of notifications, as members of NotificationParams (§5.2.14.2)."""
    if counters.last_notification is None:
        return {}
    written: JsonObject = {
        "status": "failed" if counters.has_failed else "ok",
        "timesSent": counters.times_sent,
        "lastNotification": format_instant(counters.last_notification),
    }
    if counters.times_failed:
        written["timesFailed"] = counters.times_failed
    if counters.last_success is not None:
        written["lastSuccess"] = format_instant(counters.last_success)
    if counters.last_failure is not None:
        written["lastFailure"] = format_instant(counters.last_failure)
    return written


def _shown_notification(
    stored: StoredSubscription, document: JsonObject, counters: Counters
) -> JsonObject:
    """Write NotificationParams with what the broker says in them (§5.2.14.2)."""
    return {
        **cast("JsonObject", document["notification"]),
        "endpoint": hidden(endpoint_of(stored)),
        **written_counters(counters),
    }


def _kept(stored: StoredSubscription) -> Naming:
    """Read names as they were meant when they were given."""
    return lambda member: remembered(stored.names.get(member, {}))


def _names(document: JsonObject, context: Context) -> Mapping[str, Mapping[str, str]]:
    found = {member: names_of(member, value, context) for member, value in document.items()}
    return {member: names for member, names in found.items() if names}


def _overlaid(
    stored: StoredSubscription,
    written: JsonObject,
    removed: set[str],
    context: Context,
    now: datetime,
) -> StoredSubscription:
    document = {
        member: value for member, value in stored.document.items() if member not in removed
    } | written
    names = {
        member: names
        for member, names in stored.names.items()
        if member in document and member not in written
    } | dict(_names(written, context))
    return replace(
        stored, document=document, names=names, modified_at=max(now, stored.modified_at + _TICK)
    )


def _resumed(
    changed: StoredSubscription, stored: StoredSubscription, written: JsonObject, now: datetime
) -> StoredSubscription:
    """Make an expired Subscription active where it is only given a later end (§5.8.2.4)."""
    was_expired = compile_subscription(stored).status(now) is SubscriptionStatus.EXPIRED
    if not was_expired or "expiresAt" not in written or "isActive" in written:
        return changed
    document = {name: value for name, value in changed.document.items() if name != "isActive"}
    return replace(changed, document=document)


def _restore_secrets(written: JsonObject, stored: StoredSubscription) -> None:
    notification = written.get("notification")
    if isinstance(notification, dict) and isinstance(notification.get("endpoint"), dict):
        endpoint = cast("JsonObject", notification["endpoint"])
        written["notification"] = {
            **notification,
            "endpoint": restored(endpoint, endpoint_of(stored)),
        }


def _require_future(read: Subscription, now: datetime) -> None:
    if read.expires_at is not None and read.expires_at <= now:
        raise BadRequestData(
            f"expiresAt is {format_instant(read.expires_at)}, which is past", where="/expiresAt"
        )


def _require_removable(removed: set[str]) -> None:
    for member in ("id", "type", "notification"):
        if member in removed:
            raise BadRequestData(f"Member {member} cannot be removed", where=f"/{member}")


def _is_null(value: JsonValue) -> bool:
    return value is None or value == NULL


def _without_nulls(value: JsonValue) -> JsonValue:
    """Leave out optional members that a given notification says are none."""
    if not isinstance(value, dict):
        return value
    return {
        name: _without_nulls(inner) if name == "endpoint" else inner
        for name, inner in value.items()
        if not _is_null(inner)
    }


def _require_no_null(value: JsonValue, where: str) -> None:
    """Check that neither a member is null nor anything in it."""
    if _is_null(value):
        raise BadRequestData("A member is null; right would be to leave it out", where=where)
    try:
        require_value(value)
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=where + (refusal.where or "")) from None
