"""Feed: what one subscription is still to be sent, in the order in which it may be sent.

Of one Entity nothing overtakes anything: the next one is given out when the one before arrived.
"""

import heapq
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from broker.ngsi.delivery import Delivery, Lease
from broker.ngsi.names import EntityId
from broker.ngsi.subscription import Subscription
from kit.tasks import Backoff

_MOST_OF_ONE = 32  # changes of one Entity that a throttled notification sums up
_MOST_IN_LINE = 256  # deliveries in memory where each is a notification
_MOST_SUMMED_UP = 2048  # … and where one notification tells of many


@dataclass(slots=True, eq=False)
class Parcel:
    """What is sent as one notification.

    Args:
        feed: whose it is.
        deliveries: what it covers, in order; several after a throttling window.
    """

    feed: "Feed"
    deliveries: tuple[Delivery, ...]

    @property
    def last(self) -> Delivery:
        """The one whose notification id counts."""
        return self.deliveries[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """What a queue that has no room left can do without.

    Args:
        superseded: to be written off.
        returned: back to the database, to be read again when their Entity goes on.
    """

    superseded: Sequence[Delivery] = ()
    returned: Sequence[Delivery] = ()


_NO_RELIEF = Relief()


class _Queue(Protocol):
    """The order of one subscription's deliveries; it holds so many at most."""

    most: int

    @property
    def cut(self) -> Collection[EntityId]: ...
    def add(self, delivery: Delivery, now_s: float) -> list[Delivery]: ...
    def take(self, now_s: float) -> tuple[Delivery, ...]: ...
    def delivered(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]: ...
    def failed(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]: ...
    def next_at_s(self) -> float | None: ...
    def relieve(self) -> Relief: ...
    def is_uncut(self) -> bool: ...
    def fall_behind(self) -> None: ...
    def catch_up(self) -> None: ...


class Chains:
    """One notification per change: Entities side by side, changes of one Entity in line.

    Args:
        backoff: how long what failed waits.
    """

    most = _MOST_IN_LINE

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._chains: dict[EntityId, deque[Delivery]] = {}
        self._ready: deque[EntityId] = deque()
        self._failed: dict[EntityId, int] = {}
        self._retries: list[tuple[float, EntityId]] = []
        self._cut: set[EntityId] = set()
        self._is_relieved = True

    @property
    def cut(self) -> Collection[EntityId]:
        """The Entities of which no more than the one that fails is here."""
        return self._cut

    def add(self, delivery: Delivery, now_s: float) -> list[Delivery]:
        """Put one in line; none is superseded."""
        del now_s
        chain = self._chains.get(delivery.entity_id)
        if chain is None:
            self._chains[delivery.entity_id] = deque((delivery,))
            self._ready.append(delivery.entity_id)
        else:
            chain.append(delivery)
            self._is_relieved = False
        return []

    def take(self, now_s: float) -> tuple[Delivery, ...]:
        """Give out the first of an Entity of which nothing is under way."""
        while self._retries and self._retries[0][0] <= now_s:
            self._ready.append(heapq.heappop(self._retries)[1])
        return (self._chains[self._ready.popleft()][0],) if self._ready else ()

    def delivered(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]:
        """Let the Entity's next one follow; answers with what is done."""
        del now_s
        entity_id = deliveries[0].entity_id
        chain = self._chains[entity_id]
        chain.popleft()
        self._failed.pop(entity_id, None)
        if chain:
            self._ready.append(entity_id)
        else:
            del self._chains[entity_id]
        return list(deliveries)

    def failed(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]:
        """Let it wait at the head of its line; answers with what is superseded: nothing."""
        entity_id = deliveries[0].entity_id
        failures = self._failed[entity_id] = self._failed.get(entity_id, 0) + 1
        heapq.heappush(self._retries, (now_s + self._backoff.wait_s(failures), entity_id))
        self._is_relieved = False
        return []

    def next_at_s(self) -> float | None:
        """Say from when on something can be taken; None: nothing, unless something happens."""
        if self._ready:
            return 0.0
        return self._retries[0][0] if self._retries else None

    def relieve(self) -> Relief:
        """Keep of Entities that fail the first one alone: others need the room."""
        if self._is_relieved:
            return _NO_RELIEF
        self._is_relieved = True
        returned = []
        for entity_id in self._failed:
            chain = self._chains[entity_id]
            while len(chain) > 1:
                returned.append(chain.pop())
                self._cut.add(entity_id)
        return Relief(returned=returned)

    def is_uncut(self) -> bool:
        """Tell once that Entities go on of which there is more in the database."""
        going = {entity_id for entity_id in self._cut if entity_id not in self._chains}
        self._cut -= going
        return bool(going)

    def fall_behind(self) -> None:
        """Take no notice: each notification is alone."""

    def catch_up(self) -> None:
        """Likewise."""


class Window:
    """One notification per window, with the last state of each Entity that changed inside it.

    Where a window held more than there is room for, several follow one another at its end.

    Args:
        backoff: how long what failed waits.
        length_s: how long a window is; 0: there are none, only the last one counts.
        ends_s: until when nothing is sent.
    """

    most = _MOST_SUMMED_UP
    cut: Collection[EntityId] = ()

    def __init__(self, backoff: Backoff, length_s: float, ends_s: float = 0.0) -> None:
        self._backoff = backoff
        self.length_s = length_s
        self._ends_s = self._opened_until_s = ends_s
        self._is_behind = False
        self._repeated = 0
        self._waiting: dict[EntityId, list[Delivery]] = {}
        self._is_held = ends_s > 0
        self._is_under_way = False
        self._failures = 0

    def add(self, delivery: Delivery, now_s: float) -> list[Delivery]:
        """Keep one with those of its Entity; answers with those that need not be kept for it."""
        self._is_held = self._is_held or self._is_under_way or now_s < self._ends_s
        kept = self._waiting.setdefault(delivery.entity_id, [])
        kept.append(delivery)
        self._repeated += len(kept) > 2
        if not self.length_s:
            superseded, kept[:] = kept[:-1], kept[-1:]
            return superseded
        return [kept.pop(1)] if len(kept) > _MOST_OF_ONE else []

    def take(self, now_s: float) -> tuple[Delivery, ...]:
        """Give out all that a window held, or the one that opens a window."""
        if self._is_under_way or not self._waiting or now_s < self._ends_s:
            return ()
        self._is_under_way = True
        if self._is_held or not self.length_s:
            taken = [one for kept in self._waiting.values() for one in kept]
            self._waiting.clear()
        else:
            taken = [self._first()]
        self._is_held = False
        self._repeated = 0
        return tuple(sorted(taken, key=lambda one: one.change))

    def delivered(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]:
        """Open a window, unless the last one held more; answers with what is done."""
        self._is_under_way = False
        self._failures = 0
        self._opened_until_s = now_s + self.length_s
        self._ends_s = now_s if self._is_behind else self._opened_until_s
        self._is_held = self._is_behind or bool(self._waiting)
        return list(deliveries)

    def failed(self, deliveries: tuple[Delivery, ...], now_s: float) -> list[Delivery]:
        """Put back what is still the last of its Entity; answers with what is superseded."""
        self._is_under_way = False
        self._failures += 1
        self._ends_s = now_s + self._backoff.wait_s(self._failures)
        superseded = []
        for one in reversed(deliveries):
            kept = self._waiting.setdefault(one.entity_id, [])
            if kept and not self.length_s:
                superseded.append(one)
            else:
                kept.insert(0, one)
        self._is_held = len(self._waiting) > 1 or self._is_held
        return superseded

    def next_at_s(self) -> float | None:
        """Say from when on something can be taken; None: nothing, unless something happens."""
        return None if self._is_under_way or not self._waiting else self._ends_s

    def relieve(self) -> Relief:
        """Keep of each Entity the first and the last change: what it was, and what it is."""
        if not self._repeated:
            return _NO_RELIEF
        self._repeated = 0
        superseded = []
        for kept in self._waiting.values():
            superseded += kept[1:-1]
            kept[1:-1] = []
        return Relief(superseded=superseded)

    def is_uncut(self) -> bool:
        """Tell that no Entity waits for another."""
        return False

    def fall_behind(self) -> None:
        """Learn that the window held more than is here."""
        self._is_behind = True

    def catch_up(self) -> None:
        """Learn that all of it is here."""
        self._is_behind = False
        if not self._waiting and not self._is_under_way:
            self._ends_s = self._opened_until_s
            self._is_held = False

    def _first(self) -> Delivery:
        entity_id, kept = next(iter(self._waiting.items()))
        first = kept.pop(0)
        if not kept:
            del self._waiting[entity_id]
        return first


@dataclass(slots=True, eq=False)
class Feed:
    """One subscription that this process sends notifications of.

    Args:
        lease: that it does.
        subscription: as it is now.
        queue: the order of what is to be sent.
        known: changes that are in the queue, under way, or done and not written off yet.
        size: bytes of what is in memory.
        is_open: this process still sends for the subscription.
    """

    lease: Lease
    subscription: Subscription
    queue: _Queue
    known: dict[int, int] = field(default_factory=dict)
    size: int = 0
    is_open: bool = True

    def add(self, delivery: Delivery, now_s: float) -> list[Delivery]:
        """Take one in; answers with those that it supersedes."""
        size = len(delivery.body or "") + 200
        self.known[delivery.change] = size
        self.size += size
        return self.queue.add(delivery, now_s)

    def take(self, now_s: float) -> Parcel | None:
        """Give out what may be sent now."""
        deliveries = self.queue.take(now_s) if self._is_sending else ()
        return Parcel(self, deliveries) if deliveries else None

    def next_at_s(self) -> float | None:
        """Say from when on something can be taken; None: nothing, unless something happens."""
        return self.queue.next_at_s() if self._is_sending else None

    @property
    def _is_sending(self) -> bool:
        return self.is_open and self.subscription.is_active

    def forget(self, change: int) -> int:
        """Forget one that is written off; answers with its bytes."""
        size = self.known.pop(change, 0)
        self.size -= size
        return size


def queue_for(
    subscription: Subscription, backoff: Backoff, window_ends_s: float
) -> Chains | Window:
    """Choose the order of a subscription's deliveries."""
    if subscription.time_interval_s is not None:
        return Window(backoff, 0.0)
    if subscription.throttling_s is not None:
        return Window(backoff, subscription.throttling_s, window_ends_s)
    return Chains(backoff)


def is_same_order(one: Subscription, other: Subscription) -> bool:
    """Tell whether two states of a subscription are sent in the same order."""
    return (one.throttling_s, one.time_interval_s is None) == (
        other.throttling_s,
        other.time_interval_s is None,
    )


def each_entity(parcel: Parcel) -> Iterator[list[Delivery]]:
    """Give a parcel's deliveries Entity by Entity."""
    grouped: dict[EntityId, list[Delivery]] = {}
    for one in parcel.deliveries:
        grouped.setdefault(one.entity_id, []).append(one)
    yield from grouped.values()
