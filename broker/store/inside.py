"""Statements of one tenant: on a connection that has entered it, or that enters it for each."""

from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg

from kit.db import Connection

_ENTER = "SELECT set_config('renkei.tenant', $1::int::text, true)"


class Inside(Protocol):
    """Runs statements inside a tenant, in a transaction."""

    async def execute(self, query: str, /, *args: object) -> str:
        """Run a statement; answer with its tag."""
        ...

    async def fetch(self, query: str, /, *args: object) -> Sequence[asyncpg.Record]:
        """Run a statement; answer with its rows."""
        ...

    async def fetchval(self, query: str, /, *args: object) -> Any:
        """Run a statement; answer with its first row's first column."""
        ...


class Reentering:
    """A connection of several tenants' transaction: enters one of them before each statement.

    Args:
        connection: in the transaction, which holds the tenant's lock.
        tenant: its number.
    """

    __slots__ = ("_connection", "_tenant")

    def __init__(self, connection: Connection, tenant: int) -> None:
        self._connection = connection
        self._tenant = tenant

    async def execute(self, query: str, /, *args: object) -> str:
        """Run a statement inside the tenant; answer with its tag."""
        await self._connection.execute(_ENTER, self._tenant)
        return await self._connection.execute(query, *args)

    async def fetch(self, query: str, /, *args: object) -> Sequence[asyncpg.Record]:
        """Run a statement inside the tenant; answer with its rows."""
        await self._connection.execute(_ENTER, self._tenant)
        return await self._connection.fetch(query, *args)

    async def fetchval(self, query: str, /, *args: object) -> Any:
        """Run a statement inside the tenant; answer with its first row's first column."""
        await self._connection.execute(_ENTER, self._tenant)
        return await self._connection.fetchval(query, *args)
