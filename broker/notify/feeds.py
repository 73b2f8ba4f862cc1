"""Feeds: the subscriptions of one tenant that this process sends for, and where to."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from broker.ngsi.delivery import Delivery, Lease, Settlement, Wanted
from broker.ngsi.subscription import Subscription
from broker.notify.feed import Feed, is_same_order, queue_for
from broker.notify.ledger import Ledger
from broker.notify.outbox import Attempt, Outbox
from broker.settings import NotifySettings
from kit.breaker import Breaker
from kit.clock import Clock
from kit.tasks import Backoff, Tasks

_FEW = 8  # deliveries of one subscription where the process holds too much already
_GRACE_S = 0.5  # for what is under way when the process ends
_REFILLED = 100  # subscriptions whose backlog is read at a time


@dataclass(slots=True)
class Room:
    """Bytes of changes that all tenants of a process hold.

    Args:
        limit: beyond it no more than what is necessary is held.
        probes: bounds attempts at endpoints that failed, over all of the process.
    """

    limit: int
    probes: asyncio.Semaphore
    used: int = 0

    def most_of(self, feed: Feed) -> int:
        """Say how many deliveries of a subscription may be in memory."""
        return _FEW if self.used >= self.limit else feed.queue.most


class Feeds:
    """Opens and drops feeds and fills them; their endpoints' outboxes do the rest.

    Args:
        attempt: sends one parcel.
        ledger: told what became of it.
        room: of the process.
    """

    def __init__(
        self,
        attempt: Attempt,
        ledger: Ledger,
        room: Room,
        settings: NotifySettings,
        clock: Clock,
    ) -> None:
        self._attempt = attempt
        self._ledger = ledger
        self._room = room
        self._settings = settings
        self._clock = clock
        self._feeds: dict[int, Feed] = {}
        self._outboxes: dict[str, Outbox] = {}
        self._touched: dict[int, Outbox] = {}
        self._behind: dict[int, None] = {}
        self._cut: set[int] = set()
        self._tasks = Tasks()
        self._backoff = Backoff(first_s=settings.retry_first_s, limit_s=settings.retry_limit_s)

    def __contains__(self, number: int) -> bool:
        return number in self._feeds

    def __iter__(self) -> Iterator[Feed]:
        return iter(list(self._feeds.values()))

    def get(self, number: int) -> Feed | None:
        """Answer with a subscription's feed, if it is ours."""
        return self._feeds.get(number)

    @property
    def held(self) -> int:
        """How many notifications are known here and not written off."""
        return sum(len(feed.known) for feed in self._feeds.values())

    @property
    def open_breakers(self) -> int:
        """How many endpoints do not work as far as is known."""
        return sum(1 for outbox in self._outboxes.values() if not outbox.breaker.is_closed)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is held and nothing is waiting to be read."""
        return not self._behind and not any(feed.known for feed in self._feeds.values())

    def open(self, lease: Lease, subscription: Subscription) -> None:
        """Send for a subscription; what is undelivered is read from the start."""
        number = lease.subscription
        former = self._feeds.get(number)
        if former is not None:
            if former.lease.fencing == lease.fencing:
                return
            self.drop(number)
        ends_s = 0.0
        if lease.window_ends_at is not None:
            left_s = (lease.window_ends_at - self._clock()) / timedelta(seconds=1)
            left_s = min(left_s, subscription.throttling_s or 0.0)  # it may have become shorter
            ends_s = asyncio.get_running_loop().time() + left_s
        queue = queue_for(subscription, self._backoff, ends_s)
        feed = self._feeds[number] = Feed(lease, subscription, queue)
        self._fall_behind(feed)
        self._ledger.open(feed)

    def drop(self, number: int) -> None:
        """Send for a subscription no more; what is under way goes on."""
        feed = self._feeds.pop(number)
        feed.is_open = False
        self._outbox(feed.subscription).withdraw(feed)
        self._room.used -= feed.size
        self._behind.pop(number, None)
        self._cut.discard(number)
        self._ledger.drop(number)

    def reopen(self, feed: Feed, subscription: Subscription) -> None:
        """Begin again with what is in the database."""
        self.drop(feed.lease.subscription)
        self.open(feed.lease, subscription)

    def change(self, feed: Feed, subscription: Subscription) -> None:
        """Let a feed go on with a changed subscription, or begin again in another order."""
        if not is_same_order(feed.subscription, subscription):
            self.reopen(feed, subscription)
            return
        self._outbox(feed.subscription).withdraw(feed)
        feed.subscription = subscription
        self._offer(feed)

    def fall_behind(self) -> None:
        """Read the backlog of all feeds again: more has happened than was read at once."""
        for feed in self._feeds.values():
            self._fall_behind(feed)

    def add_fresh(self, delivery: Delivery) -> None:
        """Take one in that was just found; behind a backlog it is found again with that."""
        if delivery.subscription not in self._behind:
            self._add(self._feeds[delivery.subscription], delivery)

    def wanted(self) -> Mapping[int, Wanted]:
        """Say whose backlog is to be read: how many of each, and what is known of it."""
        self._look_for_uncut()
        wanted: dict[int, Wanted] = {}
        for number in self._behind:
            feed = self._feeds[number]
            if not feed.subscription.is_active:
                continue
            most = self._room.most_of(feed)
            if len(feed.known) > most // 2:
                self._relieve(feed)
            if len(feed.known) <= most // 2:
                room = most - len(feed.known)
                wanted[number] = Wanted(room, tuple(feed.known), tuple(feed.queue.cut))
                if len(wanted) == _REFILLED:
                    break
        return wanted

    def refill(self, wanted: Mapping[int, Wanted], found: Iterable[Delivery]) -> None:
        """Take in what was read of backlogs; who got less than it wanted is behind no more.

        Room may have become less since it was wanted. What there is none for stays in the database,
        and what follows it too, lest it overtake.
        """
        counts = dict.fromkeys(wanted, 0)
        full: set[int] = set()
        for delivery in found:
            number = delivery.subscription
            counts[number] += 1
            if number not in full and not self._add(self._feeds[number], delivery):
                full.add(number)
        for number, count in counts.items():
            if count < wanted[number].room and number not in full:
                del self._behind[number]
                feed = self._feeds[number]
                feed.queue.catch_up()
                self._offer(feed)

    def forget(self, settlement: Settlement) -> None:
        """Forget what is written off."""
        dead = ((number, change) for number, change, _ in settlement.dead)
        for number, change in (*settlement.done, *dead):
            feed = self._feeds.get(number)
            if feed is not None:
                self._room.used -= feed.forget(change)

    def pump(self) -> None:
        """Let outboxes that were offered something look for work."""
        touched, self._touched = self._touched, {}
        for outbox in touched.values():
            outbox.pump()

    def tidy(self) -> None:
        """Forget endpoints that nobody uses any more."""
        used = {feed.subscription.endpoint.uri for feed in self._feeds.values()}
        for uri in [uri for uri, one in self._outboxes.items() if one.is_idle and uri not in used]:
            del self._outboxes[uri]

    async def close(self) -> None:
        """Begin nothing more; what is under way may end, for a moment."""
        closing = [outbox.close() for outbox in self._outboxes.values()]
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await asyncio.gather(*closing)
        await self._tasks.close()

    def _add(self, feed: Feed, delivery: Delivery) -> bool:
        """Take one in that is not known yet; False: there is no room."""
        if delivery.change in feed.known or delivery.entity_id in feed.queue.cut:
            return True
        if len(feed.known) >= self._room.most_of(feed):
            self._fall_behind(feed)
            self._relieve(feed)
            return False
        before = feed.size
        self._ledger.superseded(feed.add(delivery, asyncio.get_running_loop().time()))
        self._room.used += feed.size - before
        self._offer(feed)
        return True

    def _fall_behind(self, feed: Feed) -> None:
        """Note that there is more in the database than here."""
        self._behind[feed.lease.subscription] = None
        feed.queue.fall_behind()

    def _relieve(self, feed: Feed) -> None:
        """Let go of what a full feed can do without."""
        relief = feed.queue.relieve()
        self._ledger.superseded(relief.superseded)
        for one in relief.returned:
            self._room.used -= feed.forget(one.change)
        if relief.returned:
            self._cut.add(feed.lease.subscription)

    def _look_for_uncut(self) -> None:
        """Read on where an Entity that held others up goes on."""
        for number in list(self._cut):
            feed = self._feeds[number]
            if feed.queue.is_uncut():
                self._fall_behind(feed)
            if not feed.queue.cut:
                self._cut.discard(number)

    def _offer(self, feed: Feed) -> Outbox | None:
        if not feed.is_open:
            return None
        outbox = self._outbox(feed.subscription)
        outbox.offer(feed)
        self._touched[id(outbox)] = outbox
        return outbox

    def _outbox(self, subscription: Subscription) -> Outbox:
        uri = subscription.endpoint.uri
        outbox = self._outboxes.get(uri)
        if outbox is None:
            breaker = Breaker(self._settings.concurrency, self._backoff)
            outbox = self._outboxes[uri] = Outbox(
                self._attempt, self._offer, self._ledger, breaker, self._room.probes, self._tasks
            )
        return outbox
