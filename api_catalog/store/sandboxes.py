"""Which tenant is the sandbox, and when it was last emptied: all SQL of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from kit.db import Database, Databases

_FIND = "SELECT tenant, reset_at FROM catalog_sandbox"
_MARK = """
INSERT INTO catalog_sandbox (tenant, reset_at) VALUES ($1, $2) ON CONFLICT (alone) DO NOTHING"""
_UNMARK = "DELETE FROM catalog_sandbox"
_CLAIM = """
UPDATE catalog_sandbox SET reset_at = $1 WHERE reset_at <= $2 RETURNING tenant, reset_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The tenant that anybody may write to, and when it was last emptied."""

    tenant: str
    reset_at: datetime


class SandboxStore:
    """The mark that makes a tenant the sandbox.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def find(self) -> Sandbox | None:
        """Answer with the sandbox; None: there is none."""
        async with self._databases.connection(self._control) as connection:
            return _sandbox(await connection.fetchrow(_FIND))

    async def mark(self, tenant: str, at: datetime) -> None:
        """Let a tenant be the sandbox; where there is one already, it stays."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_MARK, tenant, at)

    async def unmark(self) -> None:
        """Let there be no sandbox; the tenant stays."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_UNMARK)

    async def claim(self, now: datetime, pause: timedelta) -> Sandbox | None:
        """Take the emptying that is due, so that no other process does; None: it is not due."""
        async with self._databases.connection(self._control) as connection:
            return _sandbox(await connection.fetchrow(_CLAIM, now, now - pause))


def _sandbox(row: asyncpg.Record | None) -> Sandbox | None:
    return None if row is None else Sandbox(tenant=row["tenant"], reset_at=row["reset_at"])
