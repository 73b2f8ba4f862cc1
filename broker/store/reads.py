"""Reads by id, gathered: while one statement runs, the ids for the next one come together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError, Unavailable
from broker.ngsi.names import EntityId
from broker.store.failures import Failure, failure_of
from broker.store.kinds import Kinds
from broker.store.rows import entity_of
from broker.store.tenants import TenantDatabases, database_of
from joint_use import Tenant
from kit.clock import Clock
from kit.db import Database, Databases, DatabaseUnavailable
from kit.errors import RenkeiError
from kit.tasks import Backoff, Tasks

_READ = "SELECT * FROM read_entities($1, $2, $3)"
_MOST_IDS = 200  # of requests that share a statement; a request that asks for more is alone
_MOST_TRIES = 3
_BACKOFF = Backoff(first_s=0.05, limit_s=1.0)

Found = Mapping[EntityId, Entity]


@dataclass(frozen=True, slots=True)
class _Request:
    ids: Sequence[EntityId]
    future: asyncio.Future[Found | NgsiLdError]

    def answer(self, found: Found | NgsiLdError) -> None:
        if not self.future.done():
            self.future.set_result(found)


class ReadLane:
    """Reads by id of one tenant, one statement in flight."""

    def __init__(
        self, tenant: Tenant, databases: Databases, tenants: TenantDatabases, kinds: Kinds
    ) -> None:
        self.tenant = tenant
        self.is_used = True
        self._databases = databases
        self._tenants = tenants
        self._kinds = kinds
        self._waiting: list[_Request] = []
        self._taken: list[_Request] = []
        self._is_filled = asyncio.Event()

    def ask(self, ids: Sequence[EntityId]) -> asyncio.Future[Found | NgsiLdError]:
        """Let ids be read with the next statement; the answer may hold others' entities too."""
        future: asyncio.Future[Found | NgsiLdError] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(ids, future))
        self._is_filled.set()
        return future

    @property
    def is_busy(self) -> bool:
        """Tell whether somebody waits for an answer."""
        return bool(self._waiting or self._taken)

    async def run(self) -> None:
        """Read group after group, until cancelled."""
        while True:
            await self._is_filled.wait()
            self._taken, self._waiting = _split(self._waiting)
            if not self._waiting:
                self._is_filled.clear()
            ids = list({one: None for request in self._taken for one in request.ids})
            found = await self._found(ids)
            for request in self._taken:
                request.answer(found)
            self._taken = []

    def crashed(self, _error: Exception) -> None:
        """Refuse what was being read."""
        self.fail(Unavailable("The read was interrupted by a fault of ours; try again"))

    def fail(self, error: NgsiLdError) -> None:
        """Refuse what is being read and what waits."""
        for request in (*self._taken, *self._waiting):
            request.answer(error)
        self._taken, self._waiting = [], []
        self._is_filled.clear()

    async def _found(self, ids: Sequence[EntityId]) -> Found | NgsiLdError:
        for _ in range(_MOST_TRIES):
            try:
                return await self._read(ids)
            except Unavailable as refusal:
                return refusal
            except (DatabaseUnavailable, OSError, asyncpg.PostgresError) as error:
                given_up = await self._recover(error)
                if given_up is not None:
                    return given_up
        return Unavailable("The database is away; it is tried again with the next request")

    async def _read(self, ids: Sequence[EntityId]) -> Found:
        tenant = self.tenant
        await self._tenants.make_ready(tenant)
        async with self._databases.connection(database_of(tenant), tenant.number) as connection:
            rows = await connection.fetch(_READ, tenant.number, tenant.epoch, ids)
        if any(self._kinds.types(row["kind"]) is None for row in rows):
            async with self._tenants.reading(tenant) as connection:
                await self._kinds.learn(connection, tenant.number)
        return {row["id"]: entity_of(row, self._kinds.types(row["kind"]) or ()) for row in rows}

    async def _recover(self, error: Exception) -> NgsiLdError | None:
        """Decide what follows a failed read: another try (None) or a refusal."""
        match failure_of(error):
            case Failure.MOVED:
                return await self._follow()
            case Failure.UNPREPARED:
                self._tenants.forget(self.tenant)
            case Failure.AWAY if isinstance(error, DatabaseUnavailable):
                pass  # a connection that died while idle says nothing of the server
            case Failure.AWAY:
                return Unavailable("The database did not answer in time")
            case _:
                raise error
        return None

    async def _follow(self) -> NgsiLdError | None:
        try:
            tenant = await self._tenants.reload(self.tenant)
        except RenkeiError as error:
            return error if isinstance(error, NgsiLdError) else Unavailable(error.detail)
        if tenant.epoch == self.tenant.epoch:
            return Unavailable("The tenant is being moved; try again in a moment")
        self.tenant = tenant
        return None


class Reads:
    """Gathers the reads by id of a process, tenant by tenant."""

    def __init__(self, databases: Databases, tenants: TenantDatabases, clock: Clock) -> None:
        self._databases = databases
        self._tenants = tenants
        self._clock = clock
        self._lanes: dict[tuple[Database, int], ReadLane] = {}
        self._running: dict[ReadLane, asyncio.Task[None]] = {}
        self._tasks = Tasks()

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Found:
        """Read the entities there are of these ids, without expired ones.

        Raises:
            Unavailable: the database is away.
        """
        found = await self._lane(tenant).ask(ids)
        if isinstance(found, NgsiLdError):
            raise found.with_traceback(None)  # several requests may share it
        now = self._clock()
        return {
            one: entity
            for one in ids
            if (entity := found.get(one)) is not None
            and (entity.expires_at is None or entity.expires_at > now)
        }

    def end_idle(self) -> None:
        """End the lanes that nobody has used since the last call; the next read makes a new one."""
        for key, lane in list(self._lanes.items()):
            if lane.is_used or lane.is_busy:
                lane.is_used = False
            else:
                del self._lanes[key]
                self._running.pop(lane).cancel()

    async def close(self) -> None:
        """Stop reading; what waits is refused."""
        await self._tasks.close()
        for lane in self._lanes.values():
            lane.fail(Unavailable("The platform is shutting down"))

    def _lane(self, tenant: Tenant) -> ReadLane:
        key = (database_of(tenant), tenant.number)
        lane = self._lanes.get(key)
        if lane is None:
            kinds = self._tenants.kinds(tenant)
            lane = self._lanes[key] = ReadLane(tenant, self._databases, self._tenants, kinds)
            self._running[lane] = self._tasks.start(
                f"reads {tenant.name}", lane.run, on_crash=lane.crashed, backoff=_BACKOFF
            )
        elif tenant.epoch > lane.tenant.epoch:
            lane.tenant = tenant
        lane.is_used = True
        return lane


def _split(waiting: list[_Request]) -> tuple[list[_Request], list[_Request]]:
    """Answer with the requests of the next statement, at least one, and those after it."""
    count = 0
    for position, request in enumerate(waiting):
        count += len(request.ids)
        if count > _MOST_IDS and position > 0:
            return waiting[:position], waiting[position:]
    return waiting, []
