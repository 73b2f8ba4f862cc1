"""LayeredIndex: the index of many subscriptions, quick to bring up to date when a few change.

The ground is indexed once; what changed since lies over it and hides what it replaces. When too
much lies there, the ground is laid anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from broker.ngsi.changes import Change
from broker.ngsi.entity import Entity
from broker.ngsi.matching_index import Match, SubscriptionIndex
from broker.ngsi.names import EntityId
from broker.ngsi.q.evaluate import Linked
from broker.ngsi.subscription import Subscription, SubscriptionId

_MOST_ABOVE = 256


@dataclass(frozen=True, slots=True)
class LayeredIndex:
    """Two indexes, of which the upper one counts.

    Args:
        hidden: subscriptions of the ground that have changed or gone since.
        above: those that are new or changed.
    """

    ground: SubscriptionIndex
    hidden: frozenset[SubscriptionId]
    above: Mapping[SubscriptionId, Subscription]
    upper: SubscriptionIndex

    @classmethod
    def of(cls, subscriptions: Iterable[Subscription]) -> Self:
        """Lay the ground."""
        return cls(SubscriptionIndex(subscriptions), frozenset(), {}, SubscriptionIndex(()))

    def with_changes(
        self, changed: Mapping[SubscriptionId, Subscription | None], all_: Iterable[Subscription]
    ) -> "LayeredIndex":
        """Answer with an index in which some have changed.

        Args:
            changed: by id, what they are now; None: gone.
            all_: all that there are now.
        """
        hidden = self.hidden | changed.keys()
        if len(hidden) > _MOST_ABOVE:
            return LayeredIndex.of(all_)
        latest = {**self.above, **changed}
        above = {id_: one for id_, one in latest.items() if one is not None}
        return LayeredIndex(self.ground, hidden, above, SubscriptionIndex(above.values()))

    def match(self, change: Change, linked: Linked) -> list[Match]:
        """Find the subscriptions to be notified of a change (see `SubscriptionIndex.match`)."""
        found = self.ground.match(change, linked)
        if self.hidden:
            found = [one for one in found if one.subscription.id not in self.hidden]
            found += self.upper.match(change, linked)
        return found

    def needs_linked(
        self, change: Change, known: Mapping[EntityId, Entity | None]
    ) -> frozenset[EntityId]:
        """Name the entities that must be at hand (see `SubscriptionIndex.needs_linked`)."""
        return self.ground.needs_linked(change, known) | self.upper.needs_linked(change, known)
