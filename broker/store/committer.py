"""Commits groups of commands whatever happens: races, deadlocks, lost connections, moves."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import asyncpg

from broker.ngsi.errors import Unavailable
from broker.ports import JudgeOf, StorageLimitOf, unjudged, unlimited
from broker.store.failures import Failure, failure_of
from broker.store.flush import Flush
from broker.store.groups import Group, Outcome, Waiting
from broker.store.hooks import FlushHook
from broker.store.shared_commits import LeftBehind, SharedCommits
from broker.store.tenants import TenantDatabases, database_of
from broker.store.transactions import Moved, commit_alone
from broker.store.usage_count import UsageCount
from joint_use import Tenant
from kit.db import FAULTS, Databases, DatabaseUnavailable
from kit.metrics import counter
from kit.tasks import CHANCE

MAX_RERUNS = 5
MAX_LOSSES = 3
_ABORTING_CLASSES = ("40", "23")  # SQLSTATE classes that say for sure: not committed
_ERRORS = (DatabaseUnavailable, *FAULTS)


_AGAIN = counter(
    "renkei_flush_failures_total", "Attempts to commit a group that failed, by how.", "failure"
)


class Indigestible(Exception):
    """Something in a group's commands cannot be stored; which of them, is not known."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self.group = group


@dataclass(slots=True)
class _Course:
    """How the attempts went so far.

    Args:
        waiting: the commands.
        uncertain: the answers of an attempt whose COMMIT nobody acknowledged.
        reruns: how often the group was run again for contention or missing tables.
        losses: how many connections were lost; more than MAX_LOSSES: none can be had.
        is_alone: the group is committed in a transaction of its own.
        flush: the attempt under way; None: it has no connection yet.
    """

    waiting: Waiting
    is_alone: bool
    flush: Flush | None = None
    uncertain: list[Outcome] | None = None
    reruns: int = 0
    losses: int = 0
    deadline_s: float = field(default=0.0)

    _group: Group | None = None

    @property
    def group(self) -> Group:
        """The same for all attempts."""
        if self._group is None:
            self._group = self.waiting.take()
        return self._group

    @property
    def outcomes(self) -> list[Outcome]:
        """The answers of the attempt that was under way."""
        return [] if self.flush is None else self.flush.outcomes

    def note(self, error: Exception) -> None:
        """Note how far an attempt came that failed."""
        if isinstance(error, DatabaseUnavailable):
            self.losses += 1 if self.flush is not None else MAX_LOSSES + 1
        if self.flush is not None and _is_unknown(self.flush, error):
            self.uncertain = self.flush.outcomes


class Committer:
    """Commits groups of one tenant, one after another.

    Args:
        databases: the connections.
        tenants: makes databases ready, and knows where tenants are now.
        hooks: what else is written in each transaction.
        shared: commits small groups with those of other tenants.
        replay_s: how long an unknown outcome is looked for.
        limit_of: says how much a tenant may store.
        judge_of: says who judges a tenant's Entities.
        count: counts what is written; None: nobody does.
    """

    def __init__(
        self,
        databases: Databases,
        tenants: TenantDatabases,
        hooks: Sequence[FlushHook],
        shared: SharedCommits,
        *,
        replay_s: float = 10.0,
        limit_of: StorageLimitOf = unlimited,
        judge_of: JudgeOf = unjudged,
        count: UsageCount | None = None,
    ) -> None:
        self._databases = databases
        self._tenants = tenants
        self._hooks = hooks
        self._shared = shared
        self._replay_s = replay_s
        self._limit_of = limit_of
        self._judge_of = judge_of
        self._count = count

    async def reload(self, tenant: Tenant) -> Tenant:
        """Read the tenant again from the registry."""
        return await self._tenants.reload(tenant)

    async def commit(
        self,
        tenant: Tenant,
        waiting: Waiting,
        on_away: Callable[[Exception], None],
        *,
        is_alone: bool = False,
    ) -> list[Outcome]:
        """Commit a group and answer for each of its commands.

        Args:
            tenant: where to write.
            waiting: the commands.
            on_away: told that the database is away while an unknown outcome is looked for.
            is_alone: it has a transaction of its own, because it might spoil that of others.

        Raises:
            Moved: the tenant is elsewhere, and nothing of the group is committed.
            Indigestible: nothing is committed; the commands are to be tried one by one.
            Unavailable: the database is away, or takes too long.
        """
        course = _Course(waiting, is_alone or not self._shared.takes(tenant, waiting))
        while True:
            try:
                if course.is_alone:
                    await self._alone(tenant, course)
                else:
                    course.is_alone = True  # whatever hinders it there
                    begin = partial(self._begin, tenant, course)
                    await self._shared.commit(tenant, waiting, begin)
            except LeftBehind:
                pass
            except Moved:
                if course.uncertain is None:
                    raise
                tenant = await self._tenants.reload(tenant)
                await self._wait(course, Unavailable("The tenant is being moved"))
            except _ERRORS as error:
                course.note(error)
                answers = await self._recover(tenant, course, error, on_away)
                if answers is not None:
                    return answers
            else:
                return course.outcomes

    def _begin(self, tenant: Tenant, course: _Course) -> Flush:
        """Begin an attempt; with the first one the group is taken."""
        course.flush = Flush(
            tenant,
            course.group,
            self._tenants.kinds(tenant),
            self._hooks,
            self._limit_of(tenant),
            self._judge_of(tenant),
            self._count,
        )
        return course.flush

    async def _alone(self, tenant: Tenant, course: _Course) -> None:
        course.flush = None
        await self._tenants.make_ready(tenant)
        async with self._databases.connection(database_of(tenant), tenant.number) as connection:
            await commit_alone(connection, self._begin(tenant, course))

    async def _recover(
        self,
        tenant: Tenant,
        course: _Course,
        error: Exception,
        on_away: Callable[[Exception], None],
    ) -> list[Outcome] | None:
        """Decide what follows a failed attempt: another one (None), answers, or giving up."""
        failure = failure_of(error)
        _AGAIN.of(failure.name.lower()).add()
        if failure is Failure.COMMITTED and course.uncertain is not None:
            return course.uncertain
        if failure is Failure.INDIGESTIBLE:
            raise Indigestible(course.group) from error
        if failure in (Failure.CONTENDED, Failure.UNPREPARED):
            await self._rerun(tenant, course, failure, error)
        elif course.uncertain is not None:
            on_away(error)
            await self._wait(course, error)
        elif failure is Failure.MOVED:
            raise Moved from error
        elif isinstance(error, DatabaseUnavailable) and course.losses <= MAX_LOSSES:
            pass  # a connection that died while idle says nothing of the server
        elif failure is Failure.AWAY:
            raise Unavailable(_detail(error)) from error
        else:
            raise error
        return None

    async def _rerun(
        self, tenant: Tenant, course: _Course, failure: Failure, error: Exception
    ) -> None:
        course.reruns += 1
        if course.reruns > MAX_RERUNS:
            raise Unavailable("The write meets too many others at once; try again") from error
        if failure is Failure.UNPREPARED:
            self._tenants.forget(tenant)
        await asyncio.sleep(CHANCE.uniform(0, 0.002 * 2**course.reruns))

    async def _wait(self, course: _Course, error: Exception) -> None:
        """Wait before looking again for an unknown outcome; give up after a time."""
        now_s = asyncio.get_running_loop().time()
        course.deadline_s = course.deadline_s or now_s + self._replay_s
        if now_s >= course.deadline_s:
            raise Unavailable(
                "The database went away during a write; whether it was stored is not known"
            ) from error
        await asyncio.sleep(0.05)


def _is_unknown(flush: Flush, error: Exception) -> bool:
    """Tell whether a COMMIT was sent and no answer to it came."""
    if not flush.is_committing:
        return False
    sqlstate = error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
    return sqlstate is None or sqlstate[:2] not in _ABORTING_CLASSES


def _detail(error: Exception) -> str:
    if isinstance(error, DatabaseUnavailable):
        return "The database is away; it is tried again with the next request"
    if isinstance(error, asyncpg.LockNotAvailableError):
        return "The data are locked by others for too long"
    if isinstance(error, asyncpg.InsufficientResourcesError):
        return "The database is out of space or connections"
    return "The database did not answer in time"
