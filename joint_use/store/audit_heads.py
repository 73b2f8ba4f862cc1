"""Heads of the audit's chains, signed by one process at a time and published."""

import asyncio
import os
from pathlib import Path

import asyncpg
import structlog

from joint_use.terms.audit import Head
from joint_use.terms.audit_heads import HeadsStatement, read_heads, signed_heads
from kit.clock import Clock
from kit.db import Connection, Database, Databases, DatabaseUnavailable
from kit.jwt import SigningKey

log = structlog.stdlib.get_logger("renkei")

_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('joint_use.audit_heads'))"
_LAST = "SELECT number, statement, signed_at FROM audit_heads ORDER BY number DESC LIMIT 1"
_MOVED = "SELECT id, last, head FROM audit_chain WHERE signed < last ORDER BY id"
_SIGN = "INSERT INTO audit_heads (number, statement, signed_at) VALUES ($1, $2, $3)"
_SIGNED = """
UPDATE audit_chain SET signed = s.number FROM unnest($1::uuid[], $2::bigint[]) AS s (id, number)
WHERE audit_chain.id = s.id"""


class AuditHeads:
    """Signs where chains end, each time that any has moved.

    Args:
        databases: the process's connections.
        control: the control database.
        key: signs; it is not in the database.
        published: a file that keeps every statement which this process has signed.
        every_s: the seconds between two statements.
    """

    def __init__(
        self,
        databases: Databases,
        control: Database,
        key: SigningKey,
        clock: Clock,
        published: Path,
        every_s: float,
    ) -> None:
        self._databases = databases
        self._control = control
        self.key = key
        self._clock = clock
        self._published = published
        self._every_s = every_s

    async def run(self) -> None:
        """Sign, as long as the process serves."""
        while True:
            try:
                await self.sign()
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("audit_heads_not_signed", reason=str(error))
            await asyncio.sleep(self._every_s)

    async def sign(self) -> HeadsStatement | None:
        """Sign the heads that have moved; None: none has, or another process is at it.

        A statement is published once it is committed: what is published is always stored, too.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            if not await connection.fetchval(_TURN):
                return None
            moved = await connection.fetch(_MOVED)
            if not moved:
                return None
            statement = signed_heads(
                await self._last(connection), [_head(row) for row in moved], self._clock(), self.key
            )
            await connection.execute(_SIGN, statement.number, statement.text, statement.at)
            await connection.execute(
                _SIGNED, [row["id"] for row in moved], [row["last"] for row in moved]
            )
        await asyncio.to_thread(self._publish, statement)
        return statement

    async def last(self) -> HeadsStatement | None:
        """Answer with the last statement, to be published; None: there is none that is ours."""
        async with self._databases.connection(self._control) as connection:
            return await self._last(connection)

    def published(self) -> list[str]:
        """Read the statements that processes with this data directory have signed."""
        if not self._published.exists():
            return []
        return self._published.read_text("ascii", "replace").split()

    async def _last(self, connection: Connection) -> HeadsStatement | None:
        row = await connection.fetchrow(_LAST)
        if row is None:
            return None
        try:
            return read_heads(row["statement"], self.key.public)
        except ValueError:
            log.error("audit_heads_forged", number=row["number"])  # noqa: TRY400 — no fault of ours
            return HeadsStatement(
                number=row["number"],
                text=row["statement"],
                at=row["signed_at"],
                previous="",
                heads=(),
            )

    def _publish(self, statement: HeadsStatement) -> None:
        """Append a statement to the file; what was cut off by a kill is told apart by its line."""
        self._published.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._published, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(b"\n" + statement.text.encode() + b"\n")
            file.flush()
            os.fsync(fd)


def _head(row: asyncpg.Record) -> Head:
    return Head(chain=row["id"], number=row["last"], digest=row["head"])
