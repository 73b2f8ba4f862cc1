"""Drain: one tenant's deliveries of which this process is the owner, from the database outwards.

One loop per tenant looks, claims and writes off, so that nothing it knows is moved under its feet:

    claim → look for what is new → feeds → outboxes → attempts → ledger → settle
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from broker.ngsi.delivery import Fresh, Lease
from broker.ngsi.subscription import Subscription
from broker.notify.feed import Parcel
from broker.notify.feeds import Feeds, Room
from broker.notify.intervals import Intervals
from broker.notify.ledger import Ledger
from broker.notify.mailer import Mailer
from broker.notify.ports import DeliveryStore, LeaseStore, Register
from broker.ports import Tenants
from broker.settings import NotifySettings
from joint_use import Tenant
from kit.clock import Clock
from kit.errors import RenkeiError
from kit.tasks import Backoff

log = structlog.get_logger(__name__)

_LOOK = 2000  # deliveries read at a time
_REFRESH_S = 0.25  # changes of subscriptions are followed together for so long
_PAUSE = Backoff(first_s=0.2, limit_s=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What all drains of a process share.

    Args:
        process: this process.
        alive: the processes that live, as far as is known here.
        expect: notes durably that this process may leave something unsent in a tenant.
        tell: tells an owner that there is something to send in a tenant.
    """

    process: UUID
    store: DeliveryStore
    leases: LeaseStore
    register: Register
    tenants: Tenants
    mailer: Mailer
    settings: NotifySettings
    clock: Clock
    alive: Callable[[], frozenset[UUID]]
    expect: Callable[[Tenant], Awaitable[None]]
    tell: Callable[[UUID, str], None]
    room: Room


class Drain:
    """Sends what is due in one tenant.

    Args:
        tenant: as it was last known.
        parts: what drains share.
    """

    def __init__(self, tenant: Tenant, parts: Parts) -> None:
        self.tenant = tenant
        self._parts = parts
        self._wake = asyncio.Event()
        self._ledger = Ledger(parts.clock, parts.settings, self._wake.set)
        self._feeds = Feeds(self._attempt, self._ledger, parts.room, parts.settings, parts.clock)
        self._intervals = Intervals(self._feeds, parts.clock)
        self._owners: dict[int, UUID] = {}
        self._subscriptions: Mapping[int, Subscription] = {}
        self._version = 0
        self._refreshed_at_s = 0.0
        self._horizon: int | None = None
        self._claims: set[int] = set()
        self._looks = True
        self._takes_over = True

    @property
    def next_due(self) -> datetime | None:
        """When the next interval is over; None: there are none here."""
        return self._intervals.next_due

    @property
    def owners(self) -> frozenset[UUID]:
        """The other processes that send for subscriptions here."""
        return frozenset(self._owners.values())

    @property
    def held(self) -> int:
        """How many notifications are known here and not written off."""
        return self._feeds.held

    @property
    def open_breakers(self) -> int:
        """How many endpoints do not work as far as is known."""
        return self._feeds.open_breakers

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing is known here that is still to be sent or written."""
        is_busy = self._claims or self._looks or self._takes_over or self._ledger.has_more
        return not is_busy and self._feeds.is_empty

    def committed(self, subscriptions: Collection[int]) -> None:
        """Send what is due to these subscriptions, or tell who does."""
        for number in subscriptions:
            owner = self._owners.get(number)
            if number in self._feeds:
                self._looks = True
            elif owner is None:
                self._claims.add(number)
            else:
                self._parts.tell(owner, self.tenant.name)
        self._wake.set()

    def look(self) -> None:
        """Look for what is new; somebody said that there is something."""
        self._looks = True
        self._wake.set()

    def take_over(self) -> None:
        """Become the owner of what dead processes left, and of what is nobody's."""
        self._takes_over = True
        self._owners.clear()
        self._wake.set()

    def recheck(self) -> None:
        """Read again what is undelivered: what was written off may not have come to the disk."""
        self._feeds.fall_behind()
        self.look()

    def reset(self) -> None:
        """Forget all that was read: others have taken it over, or it is elsewhere now."""
        for feed in self._feeds:
            self._feeds.drop(feed.lease.subscription)
        self._intervals.clear()
        self._horizon, self._version = None, 0
        self.take_over()

    def tidy(self) -> None:
        """Forget what nobody uses any more."""
        self._feeds.tidy()

    async def run(self) -> None:
        """Drain for ever; to be run under `kit.tasks`."""
        failures = 0
        while True:
            await self._wait()
            self._wake.clear()
            try:
                await self._cycle()
            except (RenkeiError, OSError) as error:
                failures += 1
                wait_s = _PAUSE.wait_s(failures)
                log.warning(
                    "drain_interrupted",
                    tenant=self.tenant.name,
                    reason=str(error),
                    wait_s=wait_s,
                )
                await asyncio.sleep(wait_s)
                self.recheck()
            else:
                failures = 0

    async def close(self) -> None:
        """Stop sending, and write off what is done."""
        await self._feeds.close()
        try:
            async with asyncio.timeout(1.0):
                await self._settle(at_once=True)
        except (RenkeiError, OSError) as error:
            log.warning("drain_unsettled", tenant=self.tenant.name, reason=str(error))
        for feed in self._feeds:
            self._feeds.drop(feed.lease.subscription)

    async def _wait(self) -> None:
        """Wait until there is something to do."""
        waits_s = [one for one in (self._ledger.wait_s, self._intervals.wait_s) if one is not None]
        try:
            async with asyncio.timeout(max(min(waits_s), 0.0) if waits_s else None):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _cycle(self) -> None:
        await self._find_tenant()
        if self._takes_over:
            await self._take_over()
        if self._claims:
            await self._claim()
        await self._settle()
        await self._let_intervals_end()
        if self._looks:
            await self._look()
        await self._give_up()
        await self._refill()
        self._feeds.pump()

    async def _find_tenant(self) -> None:
        """Follow the tenant where it went; numbers of transactions mean nothing there."""
        tenant = await self._parts.tenants.of(self.tenant.name)
        has_moved = tenant.placement != self.tenant.placement
        self.tenant = tenant
        if has_moved:
            self.reset()

    async def _take_over(self) -> None:
        parts = self._parts
        self._takes_over = False  # who asks for it meanwhile asks for it once more
        try:
            await parts.expect(self.tenant)
            alive = await parts.register.alive() | {parts.process}
            if self._horizon is None:
                await self._begin()
            leases = await parts.leases.take_over(self.tenant, parts.process, alive)
        except BaseException:
            self._takes_over = True
            raise
        await self._adopt(leases)

    async def _begin(self) -> None:
        """Learn from where on changes are new; what is older is read lease by lease."""
        parts = self._parts
        found = await parts.store.begin(self.tenant)
        self._subscriptions = await parts.store.subscriptions(self.tenant, found.version)
        self._horizon, self._version = found.horizon, found.version
        self._feeds.fall_behind()  # those that were opened between a reset and now

    async def _claim(self) -> None:
        parts, wanted = self._parts, frozenset(self._claims)
        await parts.expect(self.tenant)
        leases = await parts.leases.claim(self.tenant, parts.process, wanted)
        unknown = {lease.owner for lease in leases} - parts.alive() - {parts.process}
        if unknown:
            dead = unknown - await parts.register.alive()
            if dead:
                leases = await parts.leases.claim(self.tenant, parts.process, wanted, dead)
        self._claims -= wanted
        for lease in leases:
            if lease.owner != parts.process:
                self._owners[lease.subscription] = lease.owner
                parts.tell(lease.owner, self.tenant.name)
        await self._adopt([lease for lease in leases if lease.owner == parts.process])

    async def _adopt(self, leases: Sequence[Lease]) -> None:
        """Send for the subscriptions of leases of ours."""
        if any(lease.subscription not in self._subscriptions for lease in leases):
            self._subscriptions = await self._parts.store.subscriptions(self.tenant, 0)
        unset = []
        for lease in leases:
            self._owners.pop(lease.subscription, None)
            subscription = self._subscriptions.get(lease.subscription)
            if subscription is not None:
                self._feeds.open(lease, subscription)
                due = self._intervals.adopt(lease, subscription)
                if due is not None:
                    unset.append((lease, due))
        if unset:
            await self._parts.store.set_next_due(self.tenant, self._parts.process, unset)

    async def _attempt(self, parcel: Parcel) -> bool:
        return await self._parts.mailer.send(self.tenant, parcel)

    async def _look(self) -> None:
        """Read what was committed since the last look."""
        parts = self._parts
        if self._horizon is None:
            return
        self._looks = False
        try:
            found = await parts.store.fresh(self.tenant, parts.process, self._horizon, _LOOK)
            if found.version != self._version:
                await self._refresh_in_time(found)
        except BaseException:
            self._looks = True
            raise
        self._horizon = found.horizon
        self._take_in(found)

    def _take_in(self, found: Fresh) -> None:
        if found.is_cut:
            self._feeds.fall_behind()
        for delivery in found.deliveries:
            if delivery.subscription in self._feeds:
                self._feeds.add_fresh(delivery)
            elif delivery.subscription in self._subscriptions:
                self._takes_over = True  # a lease of ours that was forgotten here
                self._wake.set()

    async def _refill(self) -> None:
        """Read the backlog of subscriptions that have room for it."""
        wanted = self._feeds.wanted()
        if wanted:
            self._feeds.refill(wanted, await self._parts.store.refill(self.tenant, wanted))
            self._wake.set()

    async def _settle(self, *, at_once: bool = False) -> None:
        """Write off what is done, in groups."""
        settlement = self._ledger.take(at_once=at_once)
        if settlement is None:
            return
        try:
            await self._parts.store.settle(self.tenant, self._parts.process, settlement)
        except BaseException:
            self._ledger.put_back(settlement)
            raise
        self._feeds.forget(settlement)

    async def _give_up(self) -> None:
        """Make dead letters of what waited too long behind endpoints that failed for as long."""
        before = self._parts.clock() - timedelta(seconds=self._parts.settings.give_up_s)
        for number, cause in self._ledger.given_up().items():
            feed = self._feeds.get(number)
            if feed is not None:
                dead = await self._parts.store.bury(self.tenant, feed.lease, before, cause)
                self._ledger.buried(dead)
                self._feeds.reopen(feed, feed.subscription)

    async def _let_intervals_end(self) -> None:
        now = self._parts.clock()
        due = self._intervals.over(now)
        if not due:
            return
        try:
            await self._parts.store.fire(self.tenant, self._parts.process, due, at=now)
        except BaseException:
            self._intervals.put_back(due, now)
            raise
        self._looks = True

    async def _refresh_in_time(self, found: Fresh) -> None:
        """Go by what subscriptions say now: at once where something is to be sent, else soon."""
        loop = asyncio.get_running_loop()
        if found.deliveries or loop.time() - self._refreshed_at_s >= _REFRESH_S:
            await self._refresh(found.version)
            self._refreshed_at_s = loop.time()
        else:
            loop.call_later(_REFRESH_S, self.look)

    async def _refresh(self, version: int) -> None:
        """Go by what subscriptions say now."""
        self._subscriptions = await self._parts.store.subscriptions(self.tenant, version)
        self._version = version
        for feed in self._feeds:
            number, former = feed.lease.subscription, feed.subscription
            subscription = self._subscriptions.get(number)
            if subscription is None:
                self._feeds.drop(number)
            elif subscription is not former:
                self._feeds.change(feed, subscription)
                self._intervals.change(number, former, subscription)
        for number in self._owners.keys() - self._subscriptions.keys():
            del self._owners[number]
        self._claims |= {
            number
            for number, subscription in self._subscriptions.items()
            if subscription.time_interval_s is not None
            and number not in self._feeds
            and number not in self._owners
        }
        if self._claims:
            self._wake.set()
