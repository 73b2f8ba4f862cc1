"""Counts journals into the control database, this process's own and those left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg
import structlog

from joint_use.ports import TenantCounter, TenantDirectory
from joint_use.store.usage import Tally, UsageStore
from joint_use.store.usage_journal import Journal, Reader, Segment, left_behind
from joint_use.terms.tenant import Storage, TenantStatus
from joint_use.terms.usage import japanese_day
from kit.clock import Clock
from kit.errors import RenkeiError

log = structlog.get_logger(__name__)

_PAUSE = 19.0  # counting takes a twentieth of the time at most, and collecting likewise
_SOME = 20  # tenants that nobody wrote to, in one round
_CHUNK = 500  # slots between two requests' turns
_CHUNKS = 200  # in one transaction
_USERS_KEPT = timedelta(days=2)


class UsageCounting:
    """Counts what this process answered, and what processes that are gone had answered.

    Args:
        journal: of this process.
        store: where it is counted.
        counter: reads what tenants' own databases have counted.
        directory: the tenants.
        clock: says what is now.
        every_s: pause between two rounds; what was answered by then, a power cut leaves.
        collect_s: a tenant's own database is read again no sooner, whichever process reads it.
    """

    def __init__(
        self,
        journal: Journal,
        store: UsageStore,
        counter: TenantCounter,
        directory: TenantDirectory,
        clock: Clock,
        *,
        every_s: float = 1.0,
        collect_s: float = 30.0,
    ) -> None:
        self._journal = journal
        self._store = store
        self._counter = counter
        self._directory = directory
        self._clock = clock
        self._every_s = every_s
        self._collect_s = collect_s
        self._readers: dict[str, Reader] = {}
        self._writers: set[int] = set()
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Write the journal to the disk and count it, until cancelled; for `kit.tasks`.

        Where very many tenants ask, counting is done less often than writing, so that it takes a
        part of the time only: what one tenant did meanwhile is added up as one.
        """
        clock = asyncio.get_running_loop().time
        taken_over_s, due_s = -self._collect_s, 0.0
        while True:
            await asyncio.to_thread(self._sync)
            now_s = clock()
            if now_s >= due_s:
                await self._patiently(self.count_own)
                due_s = clock() + (clock() - now_s) * _PAUSE
            now_s = clock()
            if now_s - taken_over_s >= self._collect_s:
                taken_over_s = now_s
                await self._patiently(self.take_over)
                await self._patiently(self._close_days)
            await asyncio.sleep(self._every_s)

    async def keep_collecting(self) -> None:
        """Read what tenants' own databases have counted, until cancelled; for `kit.tasks`.

        With many tenants a round lasts longer than the pause: it takes a part of the time only.
        """
        while True:
            await self._patiently(partial(self.collect, pause=_PAUSE))
            await asyncio.sleep(self._collect_s)

    async def count_now(self, tenant: str | None = None) -> None:
        """Count all that this process can reach, at once; of a tenant what its database knows."""
        await self.count_own()
        await self.take_over()
        if tenant is None:
            await self.collect()
        else:
            await self.collect_one(tenant)

    async def close(self) -> None:
        """Count what is left, as far as that is possible now."""
        await self._patiently(self.count_own)
        for segment in list(self._journal.segments):
            reader = self._readers.get(segment.name)
            if reader is not None and reader.position == segment.position:
                self._journal.done(segment)
        self._journal.close()

    async def count_own(self) -> None:
        """Count what this process has answered since the last time."""
        async with self._lock:
            self._journal.seal()
            for segment in list(self._journal.segments):
                is_full = segment is not self._journal.segments[-1]
                if await self._count_segment(segment) and is_full:
                    self._readers.pop(segment.name, None)
                    self._journal.done(segment)
                    await self._store.forget(segment.name)

    async def take_over(self) -> None:
        """Count the journals of processes that are gone, and delete them."""
        async with self._lock:
            own = {segment.name for segment in self._journal.segments}
            with left_behind(self._journal.folder, own) as found:
                for path, content in found:
                    await self._count_left(path, content)

    async def collect(self, pause: float = 0) -> None:
        """Read what tenants' own databases have counted, of those that were written to.

        Args:
            pause: how many times as long as reading one took is waited before the next.
        """
        now, clock = self._clock(), asyncio.get_running_loop().time
        writers, self._writers = self._writers, set()
        since = now - timedelta(seconds=self._collect_s if pause else 0)
        due, seen = await self._store.due(writers, since) if writers else ((), frozenset())
        self._writers |= seen  # what was written to them after that is read the next time
        # A kill may have hidden who was written to; so everybody is looked at once a day.
        names = [*due, *await self._store.not_seen(japanese_day(now), _SOME)]
        for name in dict.fromkeys(names):
            began_s = clock()
            await self._collect_if_possible(name)
            if pause:
                await asyncio.sleep((clock() - began_s) * pause)

    async def _collect_if_possible(self, name: str) -> None:
        """Read what one tenant's own database has counted, the next time where it is away."""
        try:
            await self.collect_one(name)
        except RenkeiError as error:
            log.warning("usage_not_collected", tenant=name, reason=error.detail)
            tenant = self._directory.get(name)
            if tenant is not None:
                self._writers.add(tenant.number)

    async def collect_one(self, name: str) -> None:
        """Read what one tenant's own database has counted."""
        tenant = await self._directory.find(name)
        if (
            tenant is None
            or tenant.status is not TenantStatus.ACTIVE
            or tenant.storage is Storage.EXTERNAL
        ):
            return
        at = self._clock()
        count = await self._counter.count(tenant)
        await self._store.note(tenant, count, day=japanese_day(at), at=at)

    async def _count_segment(self, segment: Segment) -> bool:
        """Count a file of ours up to its end; answer whether all of it is counted."""
        reader = self._readers.pop(segment.name, None)
        if reader is None:
            reader = Reader(segment.content, await self._store.counted(segment.name))
        stop = segment.sealed
        while reader.position < stop:
            tally = await _tallied(reader, stop)
            if await self._store.add(segment.name, tally) != tally.stop:
                return False  # somebody else has counted it; the next round asks up to where
            self._writers |= tally.writers
        self._readers[segment.name] = reader  # kept only where all went well
        return segment.position == stop

    async def _count_left(self, path: Path, content: bytes) -> None:
        reader = Reader(content, await self._store.counted(path.name))
        while True:
            tally = await _tallied(reader, len(content))
            if tally.stop == tally.start:
                break
            self._writers |= tally.writers
            if await self._store.add(path.name, tally) != tally.stop:
                return
        path.unlink(missing_ok=True)  # noqa: ASYNC240 — one system call
        await self._store.forget(path.name)
        log.info("usage_journal_taken_over", file=path.name)

    async def _close_days(self) -> None:
        await self._store.close_days(japanese_day(self._clock() - _USERS_KEPT))

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what can wait: where the database is away, the next round does it."""
        try:
            await work()
        except (RenkeiError, OSError, asyncpg.PostgresError) as error:
            log.warning("usage_not_counted", reason=str(error))

    def _sync(self) -> None:
        for segment in list(self._journal.segments):
            segment.sync()


async def _tallied(reader: Reader, stop: int) -> Tally:
    """Add up the next part of a journal, and let requests have their turns in between."""
    tally = Tally(start=reader.position, stop=reader.position)
    for _ in range(_CHUNKS):
        part = reader.part(stop, _CHUNK)
        if not part:
            break
        tally.add(part, reader.names())
        await asyncio.sleep(0)
    tally.stop = reader.position
    return tally
