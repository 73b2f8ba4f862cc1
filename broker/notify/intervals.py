"""Intervals: when subscriptions with a timeInterval are due next (§5.8.6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from broker.ngsi.delivery import Lease
from broker.ngsi.subscription import Subscription, SubscriptionStatus
from broker.notify.feeds import Feeds
from kit.clock import Clock

Due = Sequence[tuple[Lease, datetime]]
"""Leases, and when each is due the next time."""


class Intervals:
    """The intervals of one tenant that this process looks after.

    Args:
        feeds: what it sends for.
    """

    def __init__(self, feeds: Feeds, clock: Clock) -> None:
        self._feeds = feeds
        self._clock = clock
        self._next: dict[int, datetime] = {}

    @property
    def next_due(self) -> datetime | None:
        """When the first of them is over; None: there are none."""
        return min(self._next.values(), default=None)

    @property
    def wait_s(self) -> float | None:
        """How long it is until then."""
        due = self.next_due
        return None if due is None else (due - self._clock()) / timedelta(seconds=1)

    def adopt(self, lease: Lease, subscription: Subscription) -> datetime | None:
        """Look after a subscription's; answers with its next time where that is to be noted."""
        if subscription.time_interval_s is None:
            return None
        after = self._after(subscription)
        if lease.next_due is None or lease.next_due > after:  # the interval was longer before
            self._next[lease.subscription] = after
            return after
        self._next[lease.subscription] = lease.next_due
        return None

    def change(self, number: int, former: Subscription, subscription: Subscription) -> None:
        """Go by what a subscription says now."""
        if subscription.time_interval_s is None:
            self._next.pop(number, None)
        elif subscription.time_interval_s != former.time_interval_s:
            self._next[number] = self._after(subscription)

    def over(self, now: datetime) -> Due:
        """Take out those that are over; those of who is not active end silently."""
        due = []
        for number, at in list(self._next.items()):
            feed = self._feeds.get(number)
            if feed is None:
                del self._next[number]
            elif at <= now:
                self._next[number] = self._after(feed.subscription)
                if feed.subscription.status(now) is SubscriptionStatus.ACTIVE:
                    due.append((feed.lease, self._next[number]))
        return due

    def put_back(self, due: Due, now: datetime) -> None:
        """Let intervals be over again: nobody was told."""
        self._next.update({lease.subscription: now for lease, _ in due})

    def clear(self) -> None:
        """Look after none any more."""
        self._next.clear()

    def _after(self, subscription: Subscription) -> datetime:
        return self._clock() + timedelta(seconds=subscription.time_interval_s or 0)
