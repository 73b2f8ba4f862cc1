"""Processes that send notifications, in the control database: who lives, who left work where."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from broker.ngsi.delivery import Beat
from kit.db import FAULTS, Connection, Database, Databases, DatabaseUnavailable

CONTROL_MIGRATIONS = "broker.store.control"
DELIVERIES_CHANNEL = "renkei_deliveries"
"""Where processes tell each other: what is said is theirs alone."""

_BEAT = """
INSERT INTO delivery_process AS p (id) VALUES ($1)
ON CONFLICT (id) DO UPDATE SET seen_at = now() RETURNING (xmax = 0) AS is_new"""
_FORGET_SILENT = "DELETE FROM delivery_process WHERE seen_at < now() - $1::interval"
_ALIVE = "SELECT id FROM delivery_process"
_ABANDONED = """
SELECT process, tenant FROM delivery_pending
WHERE process NOT IN (SELECT id FROM delivery_process) LIMIT 1000"""
_OVERDUE = "SELECT tenant FROM delivery_schedule WHERE next_due < now() - $1::interval LIMIT 100"
_EXPECT = "INSERT INTO delivery_pending (process, tenant) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_DRAINED = "DELETE FROM delivery_pending WHERE process = ANY ($1) AND tenant = $2"
_SCHEDULE = """
INSERT INTO delivery_schedule AS s (tenant, next_due)
SELECT * FROM unnest($1::text[], $2::timestamptz[]) ORDER BY 1
ON CONFLICT (tenant) DO UPDATE SET next_due = excluded.next_due"""
_UNSCHEDULE = "DELETE FROM delivery_schedule WHERE tenant = $1"
_LEAVE = "DELETE FROM delivery_process WHERE id = $1"
_TELL = "SELECT pg_notify($1, said) FROM unnest($2::text[]) AS said"


class ProcessRegister:
    """Reads and writes the register over a connection of its own, outside the budget.

    A write's transaction may wait for it, so it must not wait for other transactions.

    Args:
        databases: the process's connections.
        control: the control database.
        dead_after_s: who is silent for so long is dead.
    """

    def __init__(self, databases: Databases, control: Database, *, dead_after_s: float) -> None:
        self._databases = databases
        self._control = control
        self._dead_after = timedelta(seconds=dead_after_s)
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None

    async def run(self) -> None:
        """Keep the connection open, for ever; to be run under `kit.tasks`."""
        while True:
            try:
                async with self._databases.dedicated(self._control) as connection:
                    ended = asyncio.Event()
                    connection.add_termination_listener(lambda _, ended=ended: ended.set())
                    self._connection = connection
                    await ended.wait()
            except (DatabaseUnavailable, OSError):
                pass
            finally:
                self._connection = None
            await asyncio.sleep(0.2)

    async def beat(self, process: UUID, *, is_first: bool) -> Beat:
        """Say that a process lives, and learn who else does and what was left undone.

        Raises:
            DatabaseUnavailable: the control database is away.
        """
        async with self._using() as connection:
            is_new = await connection.fetchval(_BEAT, process)
            await connection.execute(_FORGET_SILENT, self._dead_after)
            alive = await connection.fetch(_ALIVE)
            abandoned: dict[str, set[UUID]] = {}
            for row in await connection.fetch(_ABANDONED):
                abandoned.setdefault(row["tenant"], set()).add(row["process"])
            overdue = await connection.fetch(_OVERDUE, self._dead_after)
        return Beat(
            alive=frozenset(row["id"] for row in alive),
            abandoned={tenant: frozenset(processes) for tenant, processes in abandoned.items()},
            overdue=[row["tenant"] for row in overdue],
            was_forgotten=is_new and not is_first,
        )

    async def alive(self) -> frozenset[UUID]:
        """Answer with the processes that live."""
        async with self._using() as connection:
            return frozenset(row["id"] for row in await connection.fetch(_ALIVE))

    async def expect(self, process: UUID, tenant: str) -> None:
        """Note that a process may leave notifications unsent in a tenant."""
        async with self._using() as connection:
            await connection.execute(_EXPECT, process, tenant)

    async def drained(
        self, processes: frozenset[UUID], tenant: str, unless: Callable[[], bool]
    ) -> None:
        """Note that what processes left in a tenant is delivered, or somebody else's now.

        Args:
            processes: whose work it was.
            tenant: where.
            unless: asked at the last moment, when nobody else can note anything in between.
        """
        async with self._using() as connection:
            if not unless():
                await connection.execute(_DRAINED, list(processes), tenant)

    async def schedule(self, due: Mapping[str, datetime | None]) -> None:
        """Note by when somebody has to look after tenants' intervals; None: there are none."""
        times = {tenant: at for tenant, at in due.items() if at is not None}
        async with self._using() as connection:
            if times:
                await connection.execute(_SCHEDULE, list(times), list(times.values()))
            for tenant in due.keys() - times.keys():
                await connection.execute(_UNSCHEDULE, tenant)

    async def leave(self, process: UUID) -> None:
        """Say that a process ends: the others take over at once what it leaves."""
        async with self._using() as connection:
            await connection.execute(_LEAVE, process)

    async def tell(self, said: list[str]) -> None:
        """Say things to all processes."""
        async with self._using() as connection:
            await connection.execute(_TELL, DELIVERIES_CHANNEL, said)

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[Connection]:
        """Lend the connection, or where it is not open yet or any more, one for the moment."""
        async with self._turn:
            connection = self._connection
            try:
                if connection is None or connection.is_closed():
                    async with self._databases.dedicated(self._control) as connection:
                        yield connection
                else:
                    yield connection
            except FAULTS as error:
                if connection is not None:
                    connection.terminate()
                raise DatabaseUnavailable(
                    f"Database {self._control} cannot be reached now: {error}"
                ) from error
