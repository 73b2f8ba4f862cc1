"""SubscriptionIndex: which subscriptions a change concerns, found without asking each (§5.8.6).

Each change-driven subscription stands in the index under keys of which a change that concerns it
must have one: the id of the Entity, or one of its types (any, where a selector names none), each
with a watched attribute (any, where all are watched or the Entity as a whole counts). Where q says
that a value equals a text, subscriptions stand under that text too. Those found are then asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from broker.ngsi.changes import AttributeChange, Change, Effect, each_attribute
from broker.ngsi.entity import Entity
from broker.ngsi.matching import matches
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.evaluate import Linked, nothing_linked
from broker.ngsi.q.paths import targets
from broker.ngsi.q.syntax import (
    AnyPath,
    Compare,
    Conjunction,
    LinkedPath,
    Operator,
    Path,
    Query,
    Text,
    terms_of,
)
from broker.ngsi.selection import AllOf, AnyOf, AnyType, OneType, TypeSelection
from broker.ngsi.subscription import Subscription, SubscriptionStatus, Trigger

_TRIGGER_OF = {
    Effect.CREATED: Trigger.ATTRIBUTE_CREATED,
    Effect.UPDATED: Trigger.ATTRIBUTE_UPDATED,
    Effect.DELETED: Trigger.ATTRIBUTE_DELETED,
}
_ANY = ""
"""Stands in a key for every type, and for every attribute."""
_NOTHING: Mapping[EntityId, Entity | None] = {}


@dataclass(frozen=True, slots=True)
class Match:
    """A subscription and a change that it is to be notified of."""

    subscription: Subscription
    change: Change


class SubscriptionIndex:
    """The change-driven subscriptions of one tenant that are not paused.

    Args:
        subscriptions: all of the tenant, in their order.
    """

    __slots__ = ("_buckets", "_has_links", "_order")

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._order: dict[str, int] = {}
        self._has_links = False
        for subscription in subscriptions:
            if subscription.is_active and subscription.time_interval_s is None:
                self._add(subscription)

    def match(self, change: Change, linked: Linked = nothing_linked) -> list[Match]:
        """Find the subscriptions to be notified of a change, in the order they were given.

        Args:
            change: what was written.
            linked: looks up stored entities that linked-entity paths of q lead to.

        Spec: CIM 009 §5.8.6
        """
        if not self._buckets:
            return []
        found = [
            subscription
            for subscription in self._concerned(change)
            if is_due(subscription, change, linked)
        ]
        found.sort(key=lambda one: self._order[one.id])
        return [Match(subscription, change) for subscription in found]

    def needs_linked(
        self, change: Change, known: Mapping[EntityId, Entity | None] = _NOTHING
    ) -> frozenset[EntityId]:
        """Name the entities that must be at hand to match a change: those of linked paths in q.

        Where a path goes on from them, more are named when they are known: ask until none is.

        Args:
            change: what was written.
            known: entities that were looked up; None: there is none.
        """
        if not self._has_links:
            return frozenset()
        paths = {
            term.path
            for subscription in self._concerned(change)
            if subscription.wanted.q is not None
            for term in terms_of(subscription.wanted.q)
        }
        return frozenset(
            needed for path in paths for needed in _unknown(path, _state(change), known)
        )

    def _add(self, subscription: Subscription) -> None:
        self._order[subscription.id] = len(self._order)
        q = subscription.wanted.q
        if q is not None and any(isinstance(term.path, LinkedPath) for term in terms_of(q)):
            self._has_links = True
        equality = None if q is None else _equality(q)
        attributes = _attribute_keys(subscription)
        for entity_key in _entity_keys(subscription):
            for attribute in attributes:
                bucket = self._buckets.setdefault((entity_key, attribute), _Bucket())
                bucket.add(subscription, equality)

    def _concerned(self, change: Change) -> Iterable[Subscription]:
        """Find the subscriptions under the keys of a change, each once."""
        entity = _state(change)
        attributes = {_ANY, *(one.attribute for one in each_attribute(change))}
        found: dict[str, Subscription] = {}
        for entity_key in (entity.id, _ANY, *entity.types):
            for attribute in attributes:
                bucket = self._buckets.get((entity_key, attribute))
                if bucket is not None:
                    for subscription in bucket.candidates(entity, change.at):
                        found[subscription.id] = subscription
        return found.values()


class _Bucket:
    """Subscriptions under one key; those whose q wants a text to be equal, by that text."""

    __slots__ = ("_by_text", "_others")

    def __init__(self) -> None:
        self._others: list[Subscription] = []
        self._by_text: dict[Path, dict[str, list[Subscription]]] = {}

    def add(self, subscription: Subscription, equality: tuple[Path, str] | None) -> None:
        """Put a subscription in."""
        if equality is None:
            self._others.append(subscription)
        else:
            path, text = equality
            self._by_text.setdefault(path, {}).setdefault(text, []).append(subscription)

    def candidates(self, entity: Entity, at: datetime) -> Iterator[Subscription]:
        """Give those whose equality, if they have one, holds for an Entity."""
        yield from self._others
        for path, by_text in self._by_text.items():
            for text in _texts_at(path, entity, at):
                yield from by_text.get(text, ())


def is_due(subscription: Subscription, change: Change, linked: Linked = nothing_linked) -> bool:
    """Tell whether a change-driven subscription is to be notified of a change.

    Its conditions are those of the resulting state, or of a deleted Entity those of the last one.

    Spec: CIM 009 §5.8.6
    """
    return (
        subscription.status(change.at) is SubscriptionStatus.ACTIVE
        and _is_triggered(subscription, change)
        and matches(subscription.wanted, _state(change), now=change.at, linked=linked)
    )


def triggers_by(subscription: Subscription, changed: AttributeChange) -> bool:
    """Tell whether what happened to one attribute instance is what a subscription waits for."""
    return (
        changed.differs
        and _TRIGGER_OF[changed.effect] in subscription.triggers
        and (not subscription.watched or changed.attribute in subscription.watched)
    )


def _is_about(subscription: Subscription, change: Change) -> bool:
    """Tell whether a whole Entity is subscribed: without selectors, by a watched attribute."""
    if subscription.wanted.selectors or not subscription.watched:
        return True
    return not subscription.watched.isdisjoint(_state(change).attributes)


def _is_triggered(subscription: Subscription, change: Change) -> bool:
    """Tell whether a change is of a kind that a subscription waits for (notificationTrigger)."""
    triggers = subscription.triggers
    if change.before is None and Trigger.ENTITY_CREATED in triggers:
        return _is_about(subscription, change)
    if change.after is None and Trigger.ENTITY_DELETED in triggers:
        return _is_about(subscription, change)
    return any(triggers_by(subscription, one) for one in each_attribute(change))


def _state(change: Change) -> Entity:
    """Answer with the Entity that a change leads to, or the one it deletes."""
    entity = change.after or change.before
    if entity is None:
        raise ValueError(f"The change of {change.entity_id} has neither a before nor an after")
    return entity


def _entity_keys(subscription: Subscription) -> frozenset[str]:
    """Name keys of which every Entity that the selectors mean has one."""
    selectors = subscription.wanted.selectors
    if not selectors:
        return frozenset({_ANY})
    return frozenset().union(*(one.ids or _type_keys(one.types) for one in selectors))


def _type_keys(selection: TypeSelection) -> frozenset[str]:
    """Name types of which every selected Entity has one; the fewest that will do."""
    match selection:
        case AnyType():
            return frozenset({_ANY})
        case OneType(name):
            return frozenset({name})
        case AllOf(parts):
            return min(
                (_type_keys(part) for part in parts), key=lambda keys: (_ANY in keys, len(keys))
            )
        case AnyOf(parts):
            return frozenset().union(*(_type_keys(part) for part in parts))
        case _:
            assert_never(selection)


def _attribute_keys(subscription: Subscription) -> frozenset[str]:
    is_of_whole = subscription.triggers & {Trigger.ENTITY_CREATED, Trigger.ENTITY_DELETED}
    return subscription.watched if subscription.watched and not is_of_whole else frozenset({_ANY})


def _equality(q: Query) -> tuple[Path, str] | None:
    """Find a text that a value of the Entity itself must equal, whatever else q says."""
    for part in q.parts if isinstance(q, Conjunction) else (q,):
        if (
            isinstance(part, Compare)
            and part.operator is Operator.EQUAL
            and isinstance(part.operand, Text)
            and isinstance(part.path, Path)
        ):
            return part.path, part.operand.value
    return None


def _texts_at(path: Path, entity: Entity, at: datetime) -> set[str]:
    """Gather the texts that `==` would find at a path (see q.syntax)."""
    texts: set[str] = set()
    for target in targets(path, entity, at):
        values = target.value if isinstance(target.value, list) else [target.value]
        texts.update(value for value in values if isinstance(value, str))
    return texts


def _unknown(
    path: AnyPath, entity: Entity, known: Mapping[EntityId, Entity | None]
) -> Iterator[EntityId]:
    """Follow a path as far as the entities on it are known, and give those that are not."""
    if not isinstance(path, LinkedPath):
        return
    for entity_id in _objects(entity, path.relationship):
        if entity_id not in known:
            yield entity_id
        elif (linked := known[entity_id]) is not None:
            yield from _unknown(path.path, linked, known)


def _objects(entity: Entity, relationship: Iri) -> Iterator[EntityId]:
    for instance in entity.attributes.get(relationship, ()):
        for member in ("object", "objectList"):
            value = instance.get(member)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str):
                    yield EntityId(item)
