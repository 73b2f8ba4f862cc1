"""Outbox: all feeds to one endpoint, its workers and its breaker; nobody else waits for it."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from typing import Protocol

from broker.notify.feed import Feed, Parcel
from broker.notify.ports import Undelivered
from kit.breaker import Breaker
from kit.tasks import Tasks


class Results(Protocol):
    """Where the outcome of attempts goes."""

    def delivered(self, parcel: Parcel, *, is_sent: bool) -> None:
        """A parcel arrived; or (not is_sent) there was nothing to say in it."""
        ...

    def failed(self, parcel: Parcel, error: Undelivered) -> None:
        """A parcel did not arrive."""
        ...


Attempt = Callable[[Parcel], Awaitable[bool]]
"""Sends a parcel; answers whether there was anything to say. Raises Undelivered."""


Offer = Callable[[Feed], "Outbox | None"]
"""Offers a feed to the outbox of its endpoint as it is now, and answers with that."""


class Outbox:
    """Sends what feeds give out, as much at a time as the breaker lets through.

    Args:
        attempt: sends one parcel.
        offer: where a feed goes whose parcel is done.
        results: told of each outcome.
        breaker: the endpoint's.
        probes: bounds attempts at endpoints that failed, over all of the process.
        tasks: own the workers.
    """

    def __init__(
        self,
        attempt: Attempt,
        offer: Offer,
        results: Results,
        breaker: Breaker,
        probes: asyncio.Semaphore,
        tasks: Tasks,
    ) -> None:
        self.breaker = breaker
        self._attempt = attempt
        self._offer = offer
        self._results = results
        self._probes = probes
        self._tasks = tasks
        self._busy: dict[int, Feed] = {}
        self._later: list[tuple[float, int, Feed]] = []
        self._order = itertools.count()
        self._under_way = 0
        self._is_closed = False
        self._is_resting = asyncio.Event()
        self._is_resting.set()
        self._timer: asyncio.TimerHandle | None = None
        self._clock = asyncio.get_running_loop().time

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is under way or waiting."""
        return not (self._under_way or self._busy or self._later)

    def offer(self, feed: Feed) -> None:
        """Let a feed be asked for what it has to send, when its turn comes."""
        self._busy[id(feed)] = feed

    def withdraw(self, feed: Feed) -> None:
        """Ask a feed no more; what is under way goes on."""
        self._busy.pop(id(feed), None)
        self._later = [one for one in self._later if one[2] is not feed]
        heapq.heapify(self._later)

    def pump(self) -> None:
        """Start as many workers as there is work and room for, and look again when that changes."""
        now_s = self._clock()
        while self.breaker.room(self._under_way, now_s) > 0:
            parcel = self._next(now_s)
            if parcel is None:
                break
            self._under_way += 1
            self._is_resting.clear()
            self._tasks.start("notification", _Worker(self, parcel).run)
        self._set_timer(now_s)

    async def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._is_resting.wait()

    async def send(self, parcel: Parcel) -> None:
        """Attempt one parcel and tell how it went; for workers."""
        feed = parcel.feed
        try:
            if self.breaker.is_closed:
                is_sent = await self._attempt(parcel)
            else:
                async with self._probes:
                    is_sent = await self._attempt(parcel)
        except Undelivered as error:
            cooldown_s = (feed.subscription.endpoint.cooldown_ms or 0) / 1000
            self.breaker.failed(self._clock(), is_answered=error.is_answered, cooldown_s=cooldown_s)
            self._results.failed(parcel, error)
        else:
            self.breaker.succeeded()
            self._results.delivered(parcel, is_sent=is_sent)
        place = self._offer(feed)
        if place is not None and place is not self:
            place.pump()

    def following(self) -> Parcel | None:
        """Answer with what a worker that is done may do next; None: it ends."""
        now_s = self._clock()
        if self.breaker.room(self._under_way - 1, now_s) > 0:
            parcel = self._next(now_s)
            if parcel is not None:
                return parcel
        self._under_way -= 1
        if self._under_way == 0:
            self._is_resting.set()
        self.pump()
        return None

    def _next(self, now_s: float) -> Parcel | None:
        """Ask feeds in turn."""
        if self._is_closed:
            return None
        while self._later and self._later[0][0] <= now_s:
            self.offer(heapq.heappop(self._later)[2])
        while self._busy:
            feed = self._busy.pop(next(iter(self._busy)))
            parcel = feed.take(now_s)
            at_s = feed.next_at_s()
            if at_s is not None and at_s <= now_s:
                self.offer(feed)
            elif at_s is not None:
                heapq.heappush(self._later, (at_s, next(self._order), feed))
            if parcel is not None:
                return parcel
        return None

    def _set_timer(self, now_s: float) -> None:
        times = [self._later[0][0]] if self._later else []
        if self._busy and self.breaker.until_s > now_s:
            times.append(self.breaker.until_s)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if times and not self._is_closed:
            at_s = max(min(times), self.breaker.until_s, now_s + 0.001)
            self._timer = asyncio.get_running_loop().call_at(at_s, self.pump)


class _Worker:
    """Sends parcels one after another; after a fault of ours, the same one again."""

    __slots__ = ("_outbox", "_parcel")

    def __init__(self, outbox: Outbox, parcel: Parcel) -> None:
        self._outbox = outbox
        self._parcel: Parcel | None = parcel

    async def run(self) -> None:
        """Send until nothing is left, or no more may be sent now."""
        while self._parcel is not None:
            await self._outbox.send(self._parcel)
            self._parcel = self._outbox.following()
