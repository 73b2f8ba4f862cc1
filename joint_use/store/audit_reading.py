"""The audit as it is read: pages of records, and all of it at one instant, to be verified."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from joint_use.audit_ports import AuditSnapshot, AuditWanted
from joint_use.terms.audit import AuditRecord, Head
from kit.db import Connection, Database, Databases

_PAGE = """
SELECT chain, number, content, digest FROM audit_record
WHERE ($1::text IS NULL OR tenant = $1) AND ($2::text IS NULL OR kind = $2)
  AND ($3::text IS NULL OR at >= $3) AND ($4::text IS NULL OR at < $4)
  AND ($5::text IS NULL OR content::jsonb -> 'by' ->> 'name' = $5
       OR content::jsonb -> 'about' ->> 'name' = $5)
  AND ($6::text IS NULL OR (at, chain, number) < ($6, $7, $8))
ORDER BY at DESC, chain DESC, number DESC LIMIT $9"""
_ONE = "SELECT chain, number, content, digest FROM audit_record WHERE chain = $1 AND number = $2"
_AT = "SELECT at FROM audit_record WHERE chain = $1 AND number = $2"
_HEADS = "SELECT id, last, head FROM audit_chain ORDER BY id"
_STATEMENTS = "SELECT number, statement FROM audit_heads ORDER BY number"
_ALL = "SELECT chain, number, content, digest FROM audit_record ORDER BY chain, number"
_GROUP = 2_000


class AuditReader:
    """Reads the audit (port `AuditShelf`).

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def page(self, wanted: AuditWanted) -> Sequence[AuditRecord]:
        """Read records, the latest first."""
        async with self._databases.connection(self._control) as connection:
            at = None
            if wanted.before is not None:
                at = await connection.fetchval(_AT, *wanted.before)
            chain, number = wanted.before or (None, None)
            rows = await connection.fetch(
                _PAGE,
                wanted.tenant,
                wanted.kind,
                wanted.since,
                wanted.until,
                wanted.party,
                at,
                chain,
                number,
                wanted.limit,
            )
        return [_record(row) for row in rows]

    async def find(self, chain: UUID, number: int) -> AuditRecord | None:
        """Read one record."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_ONE, chain, number)
        return None if row is None else _record(row)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[AuditSnapshot]:
        """Lend the audit as it is at one instant."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            heads = await connection.fetch(_HEADS)
            statements = await connection.fetch(_STATEMENTS)
            yield StoredSnapshot(
                heads=[
                    Head(chain=row["id"], number=row["last"], digest=row["head"]) for row in heads
                ],
                statements=[(row["number"], row["statement"]) for row in statements],
                connection=connection,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot:
    """The audit at one instant; satisfies `AuditSnapshot`."""

    heads: Sequence[Head]
    statements: Sequence[tuple[int, str]]
    connection: Connection

    async def records(self) -> AsyncIterator[AuditRecord]:
        """Read all records, chain by chain."""
        async for row in self.connection.cursor(_ALL, prefetch=_GROUP):
            yield _record(row)


def _record(row: asyncpg.Record) -> AuditRecord:
    return AuditRecord(
        chain=row["chain"], number=row["number"], content=row["content"], digest=row["digest"]
    )
