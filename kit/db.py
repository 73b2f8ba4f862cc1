"""Connections to many databases within one budget per process.

Each database has a pool that opens lazily. When the budget is used up, idle connections of other
databases make room, the longest idle first; who waits is served round-robin between databases, and
within one between the parties that use it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

from kit.postgres import (
    FAULTS,
    Connection,
    Database,
    DatabaseUnavailable,
    Opening,
    Server,
    close_connection,
    is_lost,
    open_connection,
    unavailable,
)
from kit.tasks import Tasks
from kit.turns import Turns

__all__ = [
    "FAULTS",
    "Connection",
    "Database",
    "DatabaseUnavailable",
    "Databases",
    "Opening",
    "Server",
]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a waiter gets: a ready connection, or the right to open one after closing another."""

    ready: Connection | None
    evicted: Connection | None


class _Pool:
    """One database's connections: `size` counts those idle, in use and being opened."""

    __slots__ = ("database", "failing", "idle", "opening", "size", "waiters")

    def __init__(self, database: Database) -> None:
        self.database = database
        self.idle: deque[tuple[Connection, float]] = deque()  # the longest idle first
        self.waiters: Turns[asyncio.Future[_Turn]] = Turns()
        self.size = 0
        self.opening = 0
        self.failing = False


class Databases:
    """All databases that a process uses, each by its server's name.

    Args:
        servers: where databases may be.
        budget: how many pooled connections the process holds at most.
        idle_s: a connection unused for longer is closed.
        opening: timeouts and caches of the connections.
    """

    def __init__(
        self,
        servers: Iterable[Server],
        *,
        budget: int = 16,
        idle_s: float = 60.0,
        opening: Opening | None = None,
    ) -> None:
        self._servers = {server.name: server for server in servers}
        self._budget = budget
        self._idle_s = idle_s
        self._opening = opening or Opening()
        self._pools: dict[Database, _Pool] = {}
        self._waiting: dict[_Pool, None] = {}  # pools with waiters; whose turn is next comes first
        self._size = 0
        self._tasks = Tasks()
        self._is_sweeping = False
        self._is_closed = False

    def connection(self, database: Database, party: int = 0) -> "Lease":
        """Lend a pooled connection of the application's role: `async with … as connection`.

        Args:
            database: which one.
            party: who takes turns with others where connections are short, as tenants do.

        Raises:
            DatabaseUnavailable: on entering where it cannot be reached; on leaving where the
                connection was lost meanwhile.
        """
        return Lease(self, database, party)

    @asynccontextmanager
    async def admin(self, database: Database) -> AsyncIterator[Connection]:
        """Open a connection of the owner's role, outside the budget, without statement timeout.

        Raises:
            DatabaseUnavailable: the server cannot be reached or went away.
        """
        dsn = self._server(database).admin_dsn
        async with self._unpooled(dsn, database, command_timeout_s=3600) as connection:
            yield connection

    @asynccontextmanager
    async def dedicated(self, database: Database) -> AsyncIterator[Connection]:
        """Open a connection of the application's role, outside the budget: to LISTEN on.

        Raises:
            DatabaseUnavailable: the server cannot be reached or went away.
        """
        dsn = self._server(database).application_dsn
        async with self._unpooled(dsn, database) as connection:
            yield connection

    async def close(self) -> None:
        """Close what is idle and turn away who waits; what is lent closes when it comes back."""
        self._is_closed = True
        await self._tasks.close()
        for pool in self._pools.values():
            for waiter in pool.waiters:
                if not waiter.done():
                    waiter.set_exception(self._closing(pool))
            pool.waiters.clear()
            while pool.idle:
                connection, _ = pool.idle.pop()
                self._shrink(pool)
                await close_connection(connection)
        self._waiting.clear()

    async def __aenter__(self) -> "Databases":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def size(self) -> int:
        """How many pooled connections there are, those being opened among them."""
        return self._size

    @property
    def budget(self) -> int:
        """How many there may be."""
        return self._budget

    @property
    def idle(self) -> int:
        """How many of them nobody uses now."""
        return sum(len(pool.idle) for pool in self._pools.values())

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(len(pool.waiters) for pool in self._pools.values())

    def pool(self, database: Database) -> _Pool:
        """Answer with a database's pool; for Lease, which takes from it at once."""
        pool = self._pools.get(database)
        if pool is None:
            pool = self._pools[database] = _Pool(database)
        return pool

    async def take(self, pool: _Pool, party: int = 0) -> Connection:
        """Answer with a connection that works as far as is known; for Lease."""
        if self._is_closed:
            raise self._closing(pool)
        while pool.idle:
            connection, _ = pool.idle.pop()
            if not connection.is_closed():
                return connection
            self._shrink(pool)
        if pool.failing and pool.opening:
            raise DatabaseUnavailable(f"Database {pool.database} cannot be reached now")
        turn = self._seize(pool) or await self._wait(pool, party)
        return turn.ready or await self._open(pool, turn.evicted)

    async def give_back(
        self, pool: _Pool, connection: Connection, error: BaseException | None
    ) -> None:
        """Take a lent connection back, drop it where its state is in doubt; for Lease."""
        try:
            if error is not None and is_lost(connection, error):
                self._forsake(pool)
            if self._is_closed or not _is_reusable(connection, error):
                connection.terminate()
            elif connection.is_in_transaction():
                await self._roll_back(connection)
        except BaseException:
            connection.terminate()
            raise
        finally:
            self._pass_on(pool, None if connection.is_closed() else connection)

    async def _roll_back(self, connection: Connection) -> None:
        """End what the caller left open; where the server has gone it has ended there, too.

        What the caller raised stays what he hears of: nothing of his is in doubt.
        """
        try:
            await connection.execute("ROLLBACK", timeout=self._opening.timeout_s)
        except FAULTS:
            connection.terminate()

    def _forsake(self, pool: _Pool) -> None:
        """Drop what is idle in a database that has just lost a connection: these are lost too."""
        while pool.idle:
            connection, _ = pool.idle.pop()
            connection.terminate()
            self._shrink(pool)

    def _seize(self, pool: _Pool) -> _Turn | None:
        """Take a free place within the budget, or the place of the longest idle connection."""
        if self._size < self._budget:
            self._size += 1
            pool.size += 1
            return _Turn(None, None)
        idle = [other for other in self._pools.values() if other.idle]
        if not idle:
            return None
        victim = min(idle, key=lambda other: other.idle[0][1])
        evicted, _ = victim.idle.popleft()
        self._move(victim, pool)
        return _Turn(None, evicted)

    async def _wait(self, pool: _Pool, party: int) -> _Turn:
        waiter: asyncio.Future[_Turn] = asyncio.get_running_loop().create_future()
        pool.waiters.append(party, waiter)
        self._waiting.setdefault(pool)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                turn = waiter.result()
                if turn.evicted is not None:
                    turn.evicted.terminate()
                self._pass_on(pool, turn.ready)
            raise

    async def _open(self, pool: _Pool, evicted: Connection | None) -> Connection:
        """Open a connection for a place that the pool holds; gives the place up on failure."""
        pool.opening += 1
        try:
            if evicted is not None:
                await close_connection(evicted)
            dsn = self._server(pool.database).application_dsn
            connection = await open_connection(dsn, pool.database, self._opening)
        except BaseException as exc:
            pool.failing = isinstance(exc, DatabaseUnavailable) or pool.failing
            self._pass_on(pool, None)
            raise
        finally:
            pool.opening -= 1
        pool.failing = False
        self._sweep()
        return connection

    def _pass_on(self, pool: _Pool, connection: Connection | None) -> None:
        """Hand a pool's place, and the connection in it, to whose turn it is, or keep it."""
        while (heir := self._heir(pool, connection)) is not None:
            waiter = heir.waiters.popleft()
            del self._waiting[heir]
            if heir.waiters:
                self._waiting[heir] = None
            if waiter.done():  # cancelled meanwhile
                continue
            if heir is pool:
                waiter.set_result(_Turn(connection, None))
            else:
                self._move(pool, heir)
                waiter.set_result(_Turn(None, connection))
            return
        if connection is None or self._is_closed:
            self._shrink(pool)
        else:
            pool.idle.append((connection, asyncio.get_running_loop().time()))

    def _heir(self, pool: _Pool, connection: Connection | None) -> _Pool | None:
        """Choose the next pool to serve: in turn, but no move that only makes work.

        Closing one database's connection to open another's is worth it where the other has none,
        or where it evens out their shares.
        """
        for other in self._waiting:
            if other is pool or connection is None or not pool.waiters:
                return other
            if other.size == 0 or pool.size > other.size + 1:
                return other
        return None

    def _move(self, source: _Pool, target: _Pool) -> None:
        source.size -= 1
        target.size += 1

    def _shrink(self, pool: _Pool) -> None:
        self._size -= 1
        pool.size -= 1

    def _sweep(self) -> None:
        if not self._is_sweeping and not self._is_closed:
            self._is_sweeping = True
            self._tasks.start("idle_connections", self._close_idle)

    async def _close_idle(self) -> None:
        """Close what was idle for too long and forget empty pools, until none is left."""
        clock = asyncio.get_running_loop().time
        while self._pools:
            await asyncio.sleep(self._idle_s / 4)
            for pool in tuple(self._pools.values()):
                while pool.idle and pool.idle[0][1] <= clock() - self._idle_s:
                    connection, _ = pool.idle.popleft()
                    self._shrink(pool)
                    await close_connection(connection)
                if not pool.size and not pool.waiters:
                    self._pools.pop(pool.database, None)
        self._is_sweeping = False

    @asynccontextmanager
    async def _unpooled(
        self, dsn: str, database: Database, *, command_timeout_s: float | None = None
    ) -> AsyncIterator[Connection]:
        connection = await open_connection(
            dsn, database, self._opening, command_timeout_s=command_timeout_s
        )
        try:
            yield connection
        except Exception as exc:
            if is_lost(connection, exc):
                raise unavailable(database, exc) from exc
            raise
        finally:
            await close_connection(connection)

    def _server(self, database: Database) -> Server:
        server = self._servers.get(database.server)
        if server is None:
            raise DatabaseUnavailable(
                f"Server {database.server} of database {database} is not in the settings"
            )
        return server

    def _closing(self, pool: _Pool) -> DatabaseUnavailable:
        return DatabaseUnavailable(f"Database {pool.database} is not used any more: we shut down")


def _is_reusable(connection: Connection, error: BaseException | None) -> bool:
    """Tell whether a lent connection may serve again.

    A cancelled or timed-out statement may still run on the server: that connection is dropped.
    """
    if connection.is_closed() or is_lost(connection, error):
        return False
    return error is None or (isinstance(error, Exception) and not isinstance(error, TimeoutError))


class Lease:
    """One use of a pooled connection, as an async context manager."""

    __slots__ = ("_connection", "_database", "_databases", "_party", "_pool")

    def __init__(self, databases: Databases, database: Database, party: int) -> None:
        self._databases = databases
        self._database = database
        self._party = party
        self._pool: _Pool | None = None
        self._connection: Connection | None = None

    async def __aenter__(self) -> Connection:
        self._pool = self._databases.pool(self._database)
        self._connection = await self._databases.take(self._pool, self._party)
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, pool = self._connection, self._pool
        self._connection = self._pool = None
        if connection is None or pool is None:
            return
        lost = error is not None and is_lost(connection, error)
        await self._databases.give_back(pool, connection, error)
        if lost and error is not None:
            raise unavailable(self._database, error) from error
