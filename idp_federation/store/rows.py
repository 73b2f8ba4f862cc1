"""What stores of the control database share: statements in, rows out."""

from collections.abc import Sequence

import asyncpg

from kit.db import Database, Databases

_TELL = "SELECT pg_notify($1, $2)"


class Stored:
    """What is read and written in the control database.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def _rows(self, statement: str, *values: object) -> Sequence[asyncpg.Record]:
        async with self._databases.connection(self._control) as connection:
            return await connection.fetch(statement, *values)

    async def _done(self, statement: str, *values: object) -> bool:
        """Change something; answers whether a row was changed."""
        async with self._databases.connection(self._control) as connection:
            done = await connection.execute(statement, *values)
        return not done.endswith(" 0")

    async def _told(self, channel: str, payload: str, statement: str, *values: object) -> bool:
        """Change something and let every process know; answers whether a row was changed."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            done = await connection.execute(statement, *values)
            await connection.execute(_TELL, channel, payload)
        return not done.endswith(" 0")
