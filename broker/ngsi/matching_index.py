"""SubscriptionIndex: which subscriptions a change concerns, found without asking each (§5.8.6).

Each change-driven subscription stands in the index under keys of which a change that concerns it
must have one: the id of the Entity, or one of its types (any, where a selector names none), each
with a watched attribute (any, where all are watched or the Entity as a whole counts). Under a key
they are told apart by what they must find (see `matching_buckets`). Those found are then asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from broker.ngsi.changes import Change
from broker.ngsi.entity import Entity
from broker.ngsi.matching_buckets import Bucket, necessity
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.evaluate import Linked, nothing_linked
from broker.ngsi.q.syntax import AnyPath, LinkedPath, terms_of
from broker.ngsi.selection import (
    AllOf,
    AnyOf,
    AnyType,
    NoneOf,
    OneType,
    OnlyOf,
    TypeSelection,
)
from broker.ngsi.subscription import Subscription, Trigger
from broker.ngsi.triggering import Happened, happened, is_due

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
        self._buckets: dict[str, dict[str, Bucket]] = {}
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
        what = happened(change)
        if what.whole is None and not what.named:
            return []
        found = [one for one in self._concerned(what) if is_due(one, what, linked)]
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
        what = happened(change)
        paths = {
            term.path
            for subscription in self._concerned(what)
            if subscription.wanted.q is not None
            for term in terms_of(subscription.wanted.q)
        }
        return frozenset(needed for path in paths for needed in _unknown(path, what.entity, known))

    def _add(self, subscription: Subscription) -> None:
        self._order[subscription.id] = len(self._order)
        q = subscription.wanted.q
        if q is not None and any(isinstance(term.path, LinkedPath) for term in terms_of(q)):
            self._has_links = True
        needed = necessity(subscription.wanted)
        attributes = _attribute_keys(subscription)
        for entity_key in _entity_keys(subscription):
            by_attribute = self._buckets.setdefault(entity_key, {})
            for attribute in attributes:
                by_attribute.setdefault(attribute, Bucket()).add(subscription, needed)

    def _concerned(self, what: Happened) -> Iterable[Subscription]:
        """Find the subscriptions under the keys of a change, each once."""
        entity, at = what.entity, what.change.at
        found: dict[str, Subscription] = {}
        for entity_key in (entity.id, _ANY, *entity.types):
            by_attribute = self._buckets.get(entity_key)
            if by_attribute is None:
                continue
            for attribute in (_ANY, *what.named):
                bucket = by_attribute.get(attribute)
                if bucket is not None:
                    for subscription in bucket.candidates(entity, at):
                        found[subscription.id] = subscription
        return found.values()


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
        case NoneOf():
            return frozenset({_ANY})
        case OnlyOf(types):
            return frozenset(types)
        case _:
            assert_never(selection)


def _attribute_keys(subscription: Subscription) -> frozenset[str]:
    is_of_whole = subscription.triggers & {Trigger.ENTITY_CREATED, Trigger.ENTITY_DELETED}
    return subscription.watched if subscription.watched and not is_of_whole else frozenset({_ANY})


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
