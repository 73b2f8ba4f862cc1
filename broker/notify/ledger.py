"""Ledger: what became of attempts in one tenant, until it is written down in groups."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from broker.ngsi.delivery import Delivery, Settlement, Tally
from broker.ngsi.names import EntityId
from broker.notify.feed import Feed, Parcel
from broker.notify.ports import Undelivered
from broker.settings import NotifySettings
from kit.clock import Clock
from kit.metrics import counter, histogram

log = structlog.get_logger(__name__)

_SETTLE_S = 0.02  # at most this long what is done waits to be written off
_TALLY_S = 0.25  # … and counters to be written
_MANY = 500  # written off at once when there are so many
_ATTEMPTS = counter("renkei_delivery_attempts_total", "Messages sent, by how it went.", "outcome")
_ENDED = counter(
    "renkei_deliveries_total",
    "Due notifications that need no more sending: delivered, superseded or dead.",
    "outcome",
)
_LATE = histogram(
    "renkei_delivery_lateness_seconds", "From the change to the receiver's answer, where it came."
)


class Ledger:
    """Takes the results of attempts (see `outbox.Results`).

    Args:
        clock: says when attempts were made.
        settings: say when to give up.
        on_change: called when there is something to write, or room for more.
    """

    def __init__(
        self, clock: Clock, settings: NotifySettings, on_change: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._give_up = timedelta(seconds=settings.give_up_s)
        self._on_change = on_change
        self._settlement = Settlement()
        self._tallies: dict[int, Tally] = {}
        self._failing_since: dict[int, datetime] = {}
        self._first_failed: dict[tuple[int, int], datetime] = {}
        self._stuck_since: dict[tuple[int, EntityId], datetime] = {}
        self._given_up: dict[int, str] = {}
        self._settled_at_s = 0.0
        self._tallied_at_s = 0.0

    def open(self, feed: Feed) -> None:
        """Begin with what is known of a subscription."""
        if feed.lease.failing_since is not None:
            self._failing_since.setdefault(feed.lease.subscription, feed.lease.failing_since)

    def drop(self, number: int) -> None:
        """Forget a subscription that is somebody else's now."""
        self._failing_since.pop(number, None)
        self._given_up.pop(number, None)
        for stuck in [key for key in self._stuck_since if key[0] == number]:
            del self._stuck_since[stuck]
        for failed in [key for key in self._first_failed if key[0] == number]:
            del self._first_failed[failed]

    def delivered(self, parcel: Parcel, *, is_sent: bool) -> None:
        """Note that a parcel arrived."""
        feed, number, now = parcel.feed, parcel.feed.lease.subscription, self._clock()
        done = feed.queue.delivered(parcel.deliveries, _now_s())
        self._write_off(done, "delivered" if is_sent else "superseded")
        if self._stuck_since:
            for one in done:
                self._first_failed.pop((number, one.change), None)
                self._stuck_since.pop((number, one.entity_id), None)
        throttling_s = feed.subscription.throttling_s
        if throttling_s is not None:
            ends_at = now + timedelta(seconds=throttling_s)
            self._settlement.windows[number] = (feed.lease.fencing, ends_at)
        if is_sent:
            self._failing_since.pop(number, None)
            tally = self._tally(number)
            tally.sent += 1
            tally.last_notification = tally.last_success = now
            tally.cause = tally.failing_since = None
            _ATTEMPTS.of("delivered").add()
            _LATE.of().observe((now - parcel.last.at).total_seconds())
        self._on_change()

    def failed(self, parcel: Parcel, error: Undelivered) -> None:
        """Note that a parcel did not arrive; it is sent again, or given up."""
        feed, number, now = parcel.feed, parcel.feed.lease.subscription, self._clock()
        since = self._failing_since.setdefault(number, now)
        tally = self._tally(number)
        tally.sent += 1
        tally.failed += 1
        _ATTEMPTS.of("failed").add()
        tally.last_notification = tally.last_failure = now
        tally.cause, tally.failing_since = error.detail, since
        log.info(
            "notification_failed",
            id=feed.subscription.id,
            notification=str(parcel.last.notification),
            reason=error.detail,
        )
        first = self._first_failure(parcel, now)
        if now - first >= self._give_up:
            feed.queue.delivered(parcel.deliveries, _now_s())
            for one in parcel.deliveries:
                self._first_failed.pop((number, one.change), None)
            self._settlement.dead += [
                (number, one.change, error.detail) for one in parcel.deliveries
            ]
            _ENDED.of("dead").add(len(parcel.deliveries))
        else:
            self.superseded(feed.queue.failed(parcel.deliveries, _now_s()))
            if now - since >= self._give_up:
                self._given_up[number] = error.detail
        self._on_change()

    def superseded(self, deliveries: Sequence[Delivery]) -> None:
        """Let deliveries be written off that others have made needless."""
        self._write_off(deliveries, "superseded")

    def given_up(self) -> Mapping[int, str]:
        """Take out the subscriptions that failed for too long, and why."""
        given_up, self._given_up = self._given_up, {}
        return given_up

    def buried(self, count: int) -> None:
        """Note that the store has made dead letters of what waited behind a failing endpoint."""
        _ENDED.of("dead").add(count)

    @property
    def has_more(self) -> bool:
        """Tell whether something is to be written."""
        return bool(self._tallies) or not self._settlement.is_empty

    @property
    def wait_s(self) -> float | None:
        """After what time something is to be written; None: there is nothing."""
        times = []
        if not self._settlement.is_empty:
            times.append(self._settled_at_s + _SETTLE_S)
        if self._tallies:
            times.append(self._tallied_at_s + _TALLY_S)
        return min(times) - _now_s() if times else None

    def take(self, *, at_once: bool) -> Settlement | None:
        """Take out what is to be written now, if it is time."""
        now_s = _now_s()
        settlement = self._settlement
        is_tallied = bool(self._tallies) and (at_once or now_s - self._tallied_at_s >= _TALLY_S)
        is_due = not settlement.is_empty and (
            at_once or now_s - self._settled_at_s >= _SETTLE_S or len(settlement.done) >= _MANY
        )
        if not (is_due or is_tallied):
            return None
        self._settlement = Settlement()
        if is_tallied:
            settlement.tallies, self._tallies = self._tallies, {}
            self._tallied_at_s = now_s
        self._settled_at_s = now_s
        return settlement

    def put_back(self, settlement: Settlement) -> None:
        """Keep what could not be written for the next time."""
        current = self._settlement
        self._settlement = Settlement(
            done=settlement.done + current.done,
            failing=settlement.failing + current.failing,
            dead=settlement.dead + current.dead,
            windows={**settlement.windows, **current.windows},
        )
        for number, former in settlement.tallies.items():
            tally = self._tallies.get(number)
            self._tallies[number] = former if tally is None else _added(former, tally)

    def _write_off(self, deliveries: Sequence[Delivery], outcome: str) -> None:
        if deliveries:
            self._settlement.done += [(one.subscription, one.change) for one in deliveries]
            _ENDED.of(outcome).add(len(deliveries))

    def _tally(self, number: int) -> Tally:
        tally = self._tallies.get(number)
        if tally is None:
            tally = self._tallies[number] = Tally()
        return tally

    def _first_failure(self, parcel: Parcel, now: datetime) -> datetime:
        """Say when a parcel failed first, in this process or a former one.

        What waited behind an Entity's failing one counts as failing since it became due.
        """
        firsts = []
        for one in parcel.deliveries:
            key = (one.subscription, one.change)
            entity = (one.subscription, one.entity_id)
            stuck_since = self._stuck_since.setdefault(entity, one.failing_since or now)
            first = one.failing_since or self._first_failed.get(key)
            if first is None:
                first = self._first_failed[key] = min(max(stuck_since, one.at), now)
                self._settlement.failing.append((*key, first))
            firsts.append(first)
        return max(firsts)


def _added(former: Tally, later: Tally) -> Tally:
    return Tally(
        sent=former.sent + later.sent,
        failed=former.failed + later.failed,
        last_notification=later.last_notification,
        last_success=later.last_success or former.last_success,
        last_failure=later.last_failure or former.last_failure,
        cause=later.cause,
        failing_since=later.failing_since,
    )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
