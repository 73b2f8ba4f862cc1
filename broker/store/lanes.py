"""Lanes: one per tenant and process; commands gather while the group before them commits.

request ─ submit ─→ LaneQueue ─ take ─→ Committer ─ commit ─→ answers
"""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter

import structlog

from broker.ngsi.commands import Command
from broker.ngsi.errors import BadRequestData, NgsiLdError, Unavailable
from broker.store.committer import Committer, Indigestible
from broker.store.groups import Given, Group, Outcome, new_flush_id
from broker.store.queue import Entry, LaneQueue, Limits, Room, Taken
from broker.store.stations import a_few_turns
from broker.store.tenants import database_of
from broker.store.transactions import Moved
from joint_use import Tenant
from kit import tracing
from kit.db import Database
from kit.errors import RenkeiError
from kit.metrics import histogram
from kit.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

MakeCommitter = Callable[[], Committer]
Redirect = Callable[["Lane", Tenant], None]
_BACKOFF = Backoff(first_s=0.05, limit_s=1.0)
_SECONDS = histogram("renkei_flush_seconds", "From a group's taking to its commit.")
_COMMANDS = histogram(
    "renkei_flush_commands",
    "Commands that were committed together.",
    bounds=(1, 2, 5, 10, 20, 50, 100, 200),
)


class Lane:
    """Writes of one tenant to one database, one group in flight.

    Args:
        tenant: as it was last known.
        queue: what waits.
        committer: commits groups.
        redirect: moves what waits to the lane of where the tenant is now.
    """

    def __init__(
        self, tenant: Tenant, queue: LaneQueue, committer: Committer, redirect: Redirect
    ) -> None:
        self.tenant = tenant
        self.queue = queue
        self.committer = committer
        self.is_used = True
        self._redirect = redirect
        self._taken: Taken | None = None

    def pending(self) -> list[asyncio.Future[list[Outcome]]]:
        """Answer with the futures that are not done yet."""
        taken = [] if self._taken is None else [piece.entry for piece in self._taken.pieces]
        entries = {id(entry): entry for entry in (*taken, *self.queue)}
        return [entry.future for entry in entries.values() if not entry.future.done()]

    async def run(self) -> None:
        """Commit group after group, until cancelled."""
        while True:
            await self.queue.wait()
            await self._settle()
            self._taken = None
            await a_few_turns()

    def crashed(self, error: Exception) -> None:
        """Fail what was pending; the next start begins with an empty queue."""
        self.fail(Unavailable("The write was interrupted by a fault of ours; try again"))
        log.error("lane_crashed", tenant=self.tenant.name, error=type(error).__name__)

    def fail(self, error: NgsiLdError) -> None:
        """Refuse what was taken and what waits."""
        if self._taken is not None:
            for piece in self._taken.pieces:
                piece.entry.fail(error)
            self._taken = None
        self._fail_waiting(error)

    def entries(self) -> list[Entry]:
        """Take out what was taken and what waits, in order, for another lane."""
        if self._taken is not None:
            self.queue.put_back(self._taken)
            self._taken = None
        return self.queue.drain()

    @property
    def weight(self) -> int:
        """How many commands wait for the next group."""
        return self.queue.weight

    def take(self) -> Group:
        """Take the next group."""
        self._taken = taken = self.queue.take()
        return Group(
            new_flush_id(),
            taken.commands,
            taken.serialized,
            taken.services,
            taken.traces,
            taken.size,
        )

    async def _settle(self) -> None:
        began_s = perf_counter()
        try:
            outcomes = await self._commit()
        except Moved:
            await self._follow()
        except Unavailable as error:
            self.fail(error)
        else:
            if self._taken is not None:
                self._taken.answer(outcomes)
            _SECONDS.of().observe(perf_counter() - began_s)
            _COMMANDS.of().observe(len(outcomes))

    async def _commit(self) -> Sequence[Outcome]:
        first = next(filter(None, (entry.trace for entry in self.queue)), None)
        try:
            with tracing.span("commit", parent=first):
                return await self.committer.commit(self.tenant, self, self._away)
        except Indigestible as error:
            if len(error.group.commands) == 1:
                return [_refusal(error.group.commands[0], error)]
            return await self._one_by_one(error.group)

    async def _one_by_one(self, group: Group) -> Sequence[Outcome]:
        """Commit each command alone, after something in the group could not be stored."""
        outcomes: list[Outcome] = []
        for alone in _singles(group):
            try:
                outcomes += await self.committer.commit(
                    self.tenant, Given(alone), self._away, is_alone=True
                )
            except Indigestible as error:
                outcomes.append(_refusal(alone.commands[0], error))
            except (Moved, Unavailable):
                gone = Unavailable("The database went away in the middle of a write; try again")
                return [*outcomes, *[gone] * (len(group.commands) - len(outcomes))]
        return outcomes

    async def _follow(self) -> None:
        """Find out where the tenant is now, and go on there."""
        known = self.tenant
        try:
            tenant = await self.committer.reload(known)
        except RenkeiError as error:
            refusal = error if isinstance(error, NgsiLdError) else Unavailable(error.detail)
            self.fail(refusal)
            return
        if (tenant.epoch, tenant.placement) == (known.epoch, known.placement):
            self.fail(Unavailable("The tenant is being moved; try again in a moment"))
            return
        log.info("lane_redirected", tenant=tenant.name, epoch=tenant.epoch)
        self._redirect(self, tenant)

    def _away(self, error: Exception) -> None:
        """Refuse what waits while the outcome of the group in flight is looked for."""
        if self.queue:
            self._fail_waiting(Unavailable(f"The database is away: {type(error).__name__}"))

    def _fail_waiting(self, error: NgsiLdError) -> None:
        for entry in self.queue.drain():
            entry.fail(error, start=entry.position)


class Lanes:
    """All lanes of a process.

    Args:
        make_committer: makes the committer of a new lane.
        limits: how much groups and queues may hold.
    """

    def __init__(self, make_committer: MakeCommitter, limits: Limits | None = None) -> None:
        self._make_committer = make_committer
        self._limits = limits or Limits()
        self._room = Room()
        self._lanes: dict[tuple[Database, int], Lane] = {}
        self._running: dict[Lane, asyncio.Task[None]] = {}
        self._tasks = Tasks()
        self._is_closing = False

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def waiting_bytes(self) -> int:
        """What waits to be written, in all lanes."""
        return self._room.used

    async def submit(self, tenant: Tenant, commands: Sequence[Command]) -> list[Outcome]:
        """Let commands be committed and answer for each, after the commit.

        A caller that is cancelled withdraws nothing.

        Raises:
            Unavailable: the queue is full, or the process shuts down.
        """
        if self._is_closing:
            raise Unavailable("The platform is shutting down")
        entry = Entry(commands)
        self._lane(tenant).queue.put(entry)
        return await entry.future

    def end_idle(self) -> None:
        """End the lanes that nobody has used since the last call; the next write makes a new one.

        Tenants and snapshots come and go; what serves them must not stay for ever.
        """
        for key, lane in list(self._lanes.items()):
            if lane.is_used or lane.pending():
                lane.is_used = False
            else:
                del self._lanes[key]
                self._running.pop(lane).cancel()

    async def close(self, grace_s: float = 3.0) -> None:
        """Commit what waits, for as long as the grace allows; refuse the rest."""
        self._is_closing = True
        pending = [future for lane in self._lanes.values() for future in lane.pending()]
        if pending:
            await asyncio.wait(pending, timeout=grace_s)
        await self._tasks.close()
        for lane in self._lanes.values():
            lane.fail(Unavailable("The platform is shutting down"))

    def _lane(self, tenant: Tenant) -> Lane:
        key = (database_of(tenant), tenant.number)
        lane = self._lanes.get(key)
        if lane is None:
            queue = LaneQueue(self._limits, self._room)
            lane = self._lanes[key] = Lane(tenant, queue, self._make_committer(), self._redirect)
            self._running[lane] = self._tasks.start(
                f"lane {tenant.name}", lane.run, on_crash=lane.crashed, backoff=_BACKOFF
            )
        elif tenant.epoch > lane.tenant.epoch:
            lane.tenant = tenant
        lane.is_used = True
        return lane

    def _redirect(self, lane: Lane, tenant: Tenant) -> None:
        """Hand a lane's entries to the lane of where the tenant is; end it where that differs."""
        entries = lane.entries()
        key = (database_of(lane.tenant), lane.tenant.number)
        successor = self._lane(tenant)
        for entry in entries:
            try:
                successor.queue.put(entry)
            except Unavailable as error:
                entry.fail(error)
        if successor is not lane and self._lanes.get(key) is lane:
            del self._lanes[key]
            self._running.pop(lane).cancel()


def _singles(group: Group) -> list[Group]:
    return [
        Group(new_flush_id(), [command], [serialized], [service], [trace], group.size)
        for command, serialized, service, trace in zip(
            group.commands, group.serialized, group.services, group.traces, strict=True
        )
    ]


def _refusal(command: Command, error: Indigestible) -> BadRequestData:
    return BadRequestData(f"Entity {command.id} cannot be stored: {error.__cause__}")
