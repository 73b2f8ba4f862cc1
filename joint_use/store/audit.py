"""The audit's lane (port `Audit`): records of one process, chained, written in groups.

What waits while a group is written is the next group; nothing waits for a timer. One statement
moves the chain's head and writes the records, so that a head never names what is not there.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from uuid import UUID, uuid4

import structlog

from joint_use.terms.audit import (
    AuditEvent,
    Head,
    PersonHashes,
    linked,
    origin,
    record_content,
)
from kit.clock import Clock
from kit.db import Connection, Database, Databases, DatabaseUnavailable
from kit.metrics import counter, histogram
from kit.tasks import Tasks

log = structlog.stdlib.get_logger("renkei")

_MOST = 500  # records of one group
_WAITING_MOST = 20_000  # records that may wait; more are refused
_CLOSE_S = 1.5
_RECORDS = counter("renkei_audit_records_total", "Records of the audit, by outcome.", "outcome")
_SECONDS = histogram("renkei_audit_seconds", "How long a group of records took to be durable.")

_BEGIN = """
INSERT INTO audit_chain (id, process, began_at, head) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING"""
_HEAD = "SELECT last, head FROM audit_chain WHERE id = $1"
_WRITE = """
WITH moved AS (
    UPDATE audit_chain SET last = $4, head = $5
    WHERE id = $1 AND last = $2 AND head = $3 RETURNING id)
INSERT INTO audit_record (chain, number, content, digest)
SELECT moved.id, r.number, r.content, r.digest
FROM moved, unnest($6::bigint[], $7::text[], $8::bytea[]) AS r (number, content, digest)"""


class _HeadMoved(Exception):
    """The chain does not end where this process has left it."""


@dataclass(slots=True)
class _Waiting:
    content: str
    written: "asyncio.Future[None]" = field(compare=False)


class AuditLane:
    """Writes the audit of one process; satisfies `Audit`.

    Args:
        databases: the process's connections.
        control: the control database.
        hashes: how people are written.
        clock: the time.
        process: what this process is called.
    """

    def __init__(
        self,
        databases: Databases,
        control: Database,
        hashes: PersonHashes,
        clock: Clock,
        process: str,
    ) -> None:
        self._databases = databases
        self._control = control
        self._hashes = hashes
        self._clock = clock
        self.process = process
        self._waiting: deque[_Waiting] = deque()
        self._tasks = Tasks()
        self._idle = asyncio.Event()
        self._idle.set()
        self._head = _beginning(uuid4())
        self._tried: Head | None = self._head  # where the chain may end instead: nobody has heard

    async def record(self, event: AuditEvent) -> None:
        """Write an event down; answers once the record is durable.

        Raises:
            DatabaseUnavailable: it cannot be written now.
        """
        if len(self._waiting) >= _WAITING_MOST:
            raise DatabaseUnavailable("The audit is written more slowly than it grows")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        content = record_content(event, self._clock(), self._hashes)
        self._waiting.append(_Waiting(content, written))
        if self._idle.is_set():
            self._idle.clear()
            self._tasks.start("audit", self._run, on_crash=self._fail_all)
        await written

    async def close(self) -> None:
        """Write what waits, for a short while, and end."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("audit_not_written", records=len(self._waiting))
        await self._tasks.close()
        self._fail_all(DatabaseUnavailable("The platform shuts down"))

    @property
    def waiting(self) -> int:
        """How many records wait to be durable."""
        return len(self._waiting)

    @property
    def chain(self) -> UUID:
        """Which chain this process writes."""
        return self._head.chain

    async def _run(self) -> None:
        """Write groups until nothing waits."""
        while self._waiting:
            group, began_s = list(islice(self._waiting, _MOST)), perf_counter()
            try:
                await self._write(group)
            except (DatabaseUnavailable, TimeoutError) as error:
                self._fail(group, error)
                _RECORDS.of("failed").add(len(group))
            else:
                _RECORDS.of("written").add(len(group))
                _SECONDS.of().observe(perf_counter() - began_s)
                for one in group:
                    if not one.written.done():
                        one.written.set_result(None)
            for _ in group:
                self._waiting.popleft()
        self._idle.set()

    async def _write(self, group: list[_Waiting]) -> None:
        async with self._databases.connection(self._control) as connection:
            if self._tried is not None:
                await self._find_head(connection)
            try:
                await self._append(connection, group)
            except _HeadMoved:
                self._begin_anew()
                await self._find_head(connection)
                await self._append(connection, group)

    async def _find_head(self, connection: Connection) -> None:
        """Find out where the chain ends, whose last group may have been written or not."""
        row = await connection.fetchrow(_HEAD, self._head.chain)
        if row is None:
            await connection.execute(
                _BEGIN, self._head.chain, self.process, self._clock(), self._head.digest
            )
            return
        found = Head(chain=self._head.chain, number=row["last"], digest=row["head"])
        if found == self._tried:
            self._head = found
        elif found != self._head:
            self._begin_anew()
            await self._find_head(connection)

    async def _append(self, connection: Connection, group: list[_Waiting]) -> None:
        before, digest, digests = self._head, self._head.digest, []
        for one in group:
            digest = linked(digest, one.content)
            digests.append(digest)
        numbers = range(before.number + 1, before.number + 1 + len(group))
        self._tried = Head(chain=before.chain, number=numbers[-1], digest=digest)
        done = await connection.execute(
            _WRITE,
            before.chain,
            before.number,
            before.digest,
            self._tried.number,
            digest,
            list(numbers),
            [one.content for one in group],
            digests,
        )
        if done == "INSERT 0 0":
            raise _HeadMoved
        self._head, self._tried = self._tried, None

    def _begin_anew(self) -> None:
        """Leave a chain that somebody else has touched, say so, and begin another."""
        log.error("audit_chain_altered", chain=str(self._head.chain), number=self._head.number)
        self._head = _beginning(uuid4())
        self._tried = self._head

    def _fail(self, group: list[_Waiting], error: Exception) -> None:
        for one in group:
            if not one.written.done():
                one.written.set_exception(
                    error
                    if isinstance(error, DatabaseUnavailable)
                    else DatabaseUnavailable(f"The audit cannot be written now: {error}")
                )
                one.written.exception()  # seen by the waiter where it still waits

    def _fail_all(self, error: Exception) -> None:
        """Turn away all who wait: a crash is not theirs to wait for."""
        while self._waiting:
            self._fail([self._waiting.popleft()], error)


def _beginning(chain: UUID) -> Head:
    return Head(chain=chain, number=0, digest=origin(chain))
