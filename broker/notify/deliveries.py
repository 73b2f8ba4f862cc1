"""Deliveries: all drains of one process, its heartbeat, and what processes tell each other."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from broker.ngsi.delivery import Beat
from broker.ngsi.errors import NonexistentTenant
from broker.notify.drain import Drain, Parts
from broker.notify.feeds import Room
from broker.notify.mailer import Mailer
from broker.notify.ports import DeliveryStore, LeaseStore, Register
from broker.notify.watching import SHOW, WATCH, Watching
from broker.ports import Tenants
from broker.settings import NotifySettings
from joint_use import Tenant
from kit.clock import Clock
from kit.db import DatabaseUnavailable
from kit.errors import RenkeiError
from kit.tasks import Tasks

log = structlog.get_logger(__name__)

_BEAT_S = 1.0
_IDLE_S = 60.0  # a tenant where nothing happened for so long is looked at whether it is drained
_TIDY_S = 60.0
_UNCONFIRMED_S = 3.0
_LOOK = "look"
_CHANGED = "changed"
_UNKNOWN = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Open:
    """A tenant that this process has to do with."""

    drain: Drain
    task: asyncio.Task[None]
    used_at_s: float
    tidied_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What deliveries ask of the outside world."""

    store: DeliveryStore
    leases: LeaseStore
    register: Register
    tenants: Tenants
    clock: Clock


class Deliveries:
    """Sends what is due, of all tenants that this process has to do with (port `Deliverer`).

    Args:
        outside: the ports.
        settings: how to send.
        make_mailer: makes the mailer, which shows what it sends to who watches.
    """

    def __init__(
        self,
        outside: Outside,
        settings: NotifySettings,
        make_mailer: Callable[[Watching], Mailer],
    ) -> None:
        self.process: UUID = uuid4()
        self._outside = outside
        self._settings = settings
        self._make_mailer = make_mailer
        self._alive: frozenset[UUID] = frozenset()
        self._open: dict[str, _Open] = {}
        self._expected: set[str] = set()
        self._unconfirmed: dict[str, float] = {}
        self._said: dict[str, None] = {}
        self._has_said = asyncio.Event()
        self._scheduled: dict[str, datetime | None] = {}
        self._beat: Beat | None = None
        self._has_beat = asyncio.Event()
        self._was_forgotten = False
        self._tasks = Tasks()
        self._parts: Parts | None = None
        self._is_closing = False
        self.watching = Watching(self.say, self._tasks)

    @property
    def held(self) -> int:
        """How many notifications this process knows of and has not written off."""
        return sum(opened.drain.held for opened in self._open.values())

    @property
    def open_breakers(self) -> int:
        """How many endpoints of subscribers do not work as far as is known."""
        return sum(opened.drain.open_breakers for opened in self._open.values())

    async def expect(self, tenant: Tenant) -> None:
        """Note durably that this process may leave notifications unsent in a tenant.

        Raises:
            DatabaseUnavailable: it cannot be noted now.
        """
        self._unconfirmed.setdefault(tenant.name, asyncio.get_running_loop().time())
        await self._note(tenant)

    def committed(self, tenant: Tenant, subscriptions: Collection[int]) -> None:
        """Send what is due to these subscriptions: a write of this process is committed."""
        self._unconfirmed.pop(tenant.name, None)
        drain = self._drain(tenant)
        if drain is not None:
            drain.committed(subscriptions)

    def changed(self, tenant: Tenant) -> None:
        """Look at the tenant's subscriptions again: this process changed some."""
        drain = self._drain(tenant)
        if drain is not None:
            drain.look()
        self.say(f"{_CHANGED} {tenant.name}")

    def say(self, said: str) -> None:
        """Say something to all processes, soon."""
        self._said[said] = None
        self._has_said.set()

    def heard(self, said: str) -> None:
        """Take in what some process said."""
        word, _, rest = said.partition(" ")
        if word == _LOOK:
            owner, _, tenant = rest.partition(" ")
            if owner == str(self.process):
                opened = self._open.get(tenant)
                if opened is None:
                    self._tasks.start("look", lambda: self._look_at(tenant))
                else:
                    opened.drain.look()
        elif word == _CHANGED:
            opened = self._open.get(rest)
            if opened is not None:
                opened.drain.look()
        elif word == WATCH:
            self.watching.heard_watch(*rest.split(" ", 1))
        elif word == SHOW:
            self.watching.heard_show(*rest.split(" ", 2))

    def heard_all(self) -> None:
        """Look everywhere: something may have been said that was not heard."""
        for opened in self._open.values():
            opened.drain.look()

    async def run(self) -> None:
        """Live: say so each second; beside that take over what others left, and tidy up."""
        async with self._tasks:
            self._tasks.start("said", self._keep_saying)
            self._tasks.start("beats", self._keep_following)
            is_first = True
            while True:
                try:
                    beat = await self._outside.register.beat(self.process, is_first=is_first)
                except (RenkeiError, OSError) as error:
                    log.info("beat_missed", reason=str(error))
                else:
                    is_first = False
                    self._was_forgotten |= beat.was_forgotten
                    self._beat = beat
                    self._has_beat.set()
                await asyncio.sleep(_BEAT_S)

    async def close(self) -> None:
        """Stop sending; the other processes take over at once."""
        self._is_closing = True
        for opened in self._open.values():
            opened.task.cancel()
        await asyncio.gather(*(opened.drain.close() for opened in self._open.values()))
        await self._tasks.close()
        try:
            await self._outside.register.leave(self.process)
        except DatabaseUnavailable as error:
            log.info("process_not_signed_off", reason=error.detail)

    async def _keep_following(self) -> None:
        """Do what beats call for; a tenant's database that is away must not stop the heart."""
        while True:
            await self._has_beat.wait()
            self._has_beat.clear()
            try:
                if self._beat is not None:
                    await self._follow(self._beat)
                await self._look_for_unconfirmed()
                await self._keep_schedule()
                await self._look_after_quiet_ones()
            except (RenkeiError, OSError) as error:
                log.info("beat_not_followed", reason=str(error))

    async def _note(self, tenant: Tenant) -> None:
        if tenant.name not in self._expected:
            await self._outside.register.expect(self.process, tenant.name)
            self._expected.add(tenant.name)

    async def _follow(self, beat: Beat) -> None:
        """Do what a beat calls for."""
        gone = self._alive - beat.alive
        self._alive = beat.alive
        if self._was_forgotten:
            log.warning("process_was_taken_for_dead")
            self._expected.clear()
            for opened in list(self._open.values()):
                opened.drain.reset()
                await self._note(opened.drain.tenant)
            self._was_forgotten = False
        for opened in self._open.values():
            if gone & opened.drain.owners:
                opened.drain.take_over()
        for name, processes in beat.abandoned.items():
            if await self._take_over(name):
                await self._outside.register.drained(processes, name, lambda: False)
        for name in beat.overdue:
            if await self._take_over(name):
                self._scheduled[name] = _UNKNOWN

    async def _take_over(self, name: str) -> bool:
        """Look after a tenant in which work was left; our note is there before the other's goes."""
        try:
            tenant = await self._outside.tenants.of(name)
        except NonexistentTenant:
            return True
        except RenkeiError as error:
            log.debug("tenant_not_taken_over", tenant=name, reason=error.detail)
            return False
        await self._note(tenant)
        drain = self._drain(tenant)
        if drain is not None:
            drain.take_over()
        return drain is not None

    async def _look_at(self, name: str) -> None:
        """Look for what another process wrote for subscriptions of ours."""
        tenant = await self._outside.tenants.of(name)
        await self._note(tenant)
        drain = self._drain(tenant)
        if drain is not None:
            drain.look()

    def _drain(self, tenant: Tenant) -> Drain | None:
        """Answer with a tenant's drain, opened where it is not; None while closing."""
        if self._is_closing:
            return None
        now_s = asyncio.get_running_loop().time()
        opened = self._open.get(tenant.name)
        if opened is None:
            drain = Drain(tenant, self._shared_parts())
            task = self._tasks.start(f"deliveries {tenant.name}", drain.run)
            opened = self._open[tenant.name] = _Open(drain, task, now_s, now_s)
        opened.used_at_s = now_s
        return opened.drain

    def _shared_parts(self) -> Parts:
        if self._parts is None:
            outside, settings = self._outside, self._settings
            self._parts = Parts(
                process=self.process,
                store=outside.store,
                leases=outside.leases,
                register=outside.register,
                tenants=outside.tenants,
                mailer=self._make_mailer(self.watching),
                settings=settings,
                clock=outside.clock,
                alive=lambda: self._alive,
                expect=self._note,
                tell=lambda owner, tenant: self.say(f"{_LOOK} {owner} {tenant}"),
                room=Room(settings.queue_bytes, asyncio.Semaphore(settings.probes)),
            )
        return self._parts

    async def _keep_saying(self) -> None:
        """Say what is to be said; what gathers meanwhile goes out together, once."""
        while True:
            await self._has_said.wait()
            self._has_said.clear()
            said, self._said = self._said, {}
            try:
                await self._outside.register.tell(list(said))
            except DatabaseUnavailable:
                self._said = said | self._said
                self._has_said.set()
                await asyncio.sleep(0.2)

    async def _keep_schedule(self) -> None:
        """Note by when intervals have to be looked after, where that has changed."""
        due = {name: opened.drain.next_due for name, opened in self._open.items()}
        fresh = {name: at for name, at in due.items() if at != self._scheduled.get(name)}
        if fresh:
            await self._outside.register.schedule(fresh)
            self._scheduled.update(fresh)

    async def _look_for_unconfirmed(self) -> None:
        """Look where a write was expected and no commit was told of: it may have taken place."""
        before_s = asyncio.get_running_loop().time() - _UNCONFIRMED_S
        for name, since_s in list(self._unconfirmed.items()):
            if since_s < before_s:
                del self._unconfirmed[name]
                if await self._take_over(name):
                    self._tell_all(name)

    def _tell_all(self, name: str) -> None:
        """Let every process look into a tenant."""
        for process in self._alive:
            self.say(f"{_LOOK} {process} {name}")

    async def _look_after_quiet_ones(self) -> None:
        """Let go of tenants where nothing is left to do."""
        now_s = asyncio.get_running_loop().time()
        for name, opened in list(self._open.items()):
            drain = opened.drain
            if now_s - opened.tidied_at_s > _TIDY_S:
                opened.tidied_at_s = now_s
                drain.tidy()
                await self._outside.store.tidy(drain.tenant, self._settings.dead_letters_kept_s)
            if now_s - opened.used_at_s < _IDLE_S or not drain.is_quiet:
                continue
            opened.used_at_s = now_s
            if not await self._outside.store.is_drained(drain.tenant):
                drain.take_over()
                drain.recheck()
                self._tell_all(name)
            elif not await self._outside.store.has_dead_letters(drain.tenant):
                await self._let_go(name, opened)

    async def _let_go(self, name: str, opened: _Open) -> None:
        """Take back the note that something may be left; intervals stay in the schedule."""
        self._expected.discard(name)
        ours = frozenset({self.process})
        await self._outside.register.drained(ours, name, lambda: name in self._expected)
        if opened.drain.next_due is None and opened.drain.is_quiet and name not in self._expected:
            del self._open[name]
            self._scheduled.pop(name, None)
            opened.task.cancel()
            await opened.drain.close()
