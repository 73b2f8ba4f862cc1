"""Statements of one transaction that go to the server as one.

The way there and back costs both sides as much as a small statement, and a group of writes has
several that nobody waits for singly.
"""

import re
from functools import lru_cache

from kit.db import Connection

_PARAMETER = re.compile(r"\$(\d+)")


class Together:
    """Gathers statements that change data; they see nothing of each other but by name.

    All of them see the database as it was before the first. A later one may read what an earlier
    one returns, from its name as if that were a table. In which order they run, nobody knows, so
    no two may change the same row.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, str]] = []
        self._arguments: list[object] = []

    def add(self, name: str, statement: str, *arguments: object) -> None:
        """Add one, with its parameters from $1 on; each name stands for one statement."""
        self._statements.append((name, _from(statement, len(self._arguments))))
        self._arguments.extend(arguments)

    async def send(self, connection: Connection) -> None:
        """Send what was gathered, if anything was.

        Raises:
            asyncpg.PostgresError: one of them fails, and so all do.
        """
        if self._statements:
            statements, self._statements = tuple(self._statements), []
            arguments, self._arguments = self._arguments, []
            await connection.execute(_joined(statements), *arguments)


@lru_cache(maxsize=256)
def _from(statement: str, offset: int) -> str:
    """Number a statement's parameters behind those of others."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", statement)


@lru_cache(maxsize=256)
def _joined(statements: tuple[tuple[str, str], ...]) -> str:
    parts = ", ".join(f"{name} AS ({statement})" for name, statement in statements)
    return f"WITH {parts} SELECT 1"
