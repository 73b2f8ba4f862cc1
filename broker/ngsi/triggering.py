"""Whether a subscription is to be notified of what happened (§5.8.6)."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from broker.ngsi.changes import AttributeChange, Change, Effect
from broker.ngsi.entity import Entity
from broker.ngsi.matching import matches
from broker.ngsi.names import Iri
from broker.ngsi.q.evaluate import Linked, nothing_linked
from broker.ngsi.subscription import Subscription, SubscriptionStatus, Trigger

_TRIGGER_OF = {
    Effect.CREATED: Trigger.ATTRIBUTE_CREATED,
    Effect.UPDATED: Trigger.ATTRIBUTE_UPDATED,
    Effect.DELETED: Trigger.ATTRIBUTE_DELETED,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a change is, said once for all subscriptions that are asked about it.

    Args:
        whole: ENTITY_CREATED or ENTITY_DELETED; None: neither.
        attributes: by what happened to them; without those that are as they were.
        named: all of these.
    """

    change: Change
    entity: Entity
    whole: Trigger | None
    attributes: Mapping[Trigger, Set[Iri]]
    named: Set[Iri]


def happened(change: Change) -> Happened:
    """Say what a change is; its Entity is the resulting one, or the one that is deleted."""
    entity = _state(change)
    if change.before is None or change.after is None:
        is_new = change.before is None
        named = entity.attributes.keys()
        whole = Trigger.ENTITY_CREATED if is_new else Trigger.ENTITY_DELETED
        kind = Trigger.ATTRIBUTE_CREATED if is_new else Trigger.ATTRIBUTE_DELETED
        return Happened(change, entity, whole, {kind: named}, named)
    attributes: dict[Trigger, set[Iri]] = {}
    for one in change.attributes:
        if one.differs:
            attributes.setdefault(_TRIGGER_OF[one.effect], set()).add(one.attribute)
    return Happened(change, entity, None, attributes, set().union(*attributes.values()))


def is_due(subscription: Subscription, what: Happened, linked: Linked = nothing_linked) -> bool:
    """Tell whether a change-driven subscription is to be notified of what happened.

    Its conditions are those of the resulting state, or of a deleted Entity those of the last one.

    Spec: CIM 009 §5.8.6
    """
    at = what.change.at
    return (
        subscription.status(at) is SubscriptionStatus.ACTIVE
        and _is_triggered(subscription, what)
        and matches(subscription.wanted, what.entity, now=at, linked=linked)
    )


def triggers_by(subscription: Subscription, changed: AttributeChange) -> bool:
    """Tell whether what happened to one attribute instance is what a subscription waits for."""
    return (
        changed.differs
        and _TRIGGER_OF[changed.effect] in subscription.triggers
        and (not subscription.watched or changed.attribute in subscription.watched)
    )


def _is_triggered(subscription: Subscription, what: Happened) -> bool:
    """Tell whether something happened that a subscription waits for (notificationTrigger)."""
    watched = subscription.watched
    if what.whole in subscription.triggers:
        # Without selectors it is the watched attributes that say which entities are subscribed.
        return (
            not watched
            or bool(subscription.wanted.selectors)
            or not watched.isdisjoint(what.entity.attributes)
        )
    return any(
        names and (not watched or not watched.isdisjoint(names))
        for trigger, names in what.attributes.items()
        if trigger in subscription.triggers
    )


def _state(change: Change) -> Entity:
    """Answer with the Entity that a change leads to, or the one it deletes."""
    entity = change.after or change.before
    if entity is None:
        raise ValueError(f"The change of {change.entity_id} has neither a before nor an after")
    return entity
