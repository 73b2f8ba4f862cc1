"""Rows of one transaction that go to the server as one statement, whichever tenants they are of.

The way there and back costs both sides as much as a small statement, and a group of writes has
several that nobody waits for singly.

Each row says whose it is: `entered(row.tenant)` in a statement enters the tenant as the row is
made, for row-level security looks at each when it is written, and answers with its number.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kit.db import Connection

_PARAMETER = re.compile(r"\$(\d+)")


class Together:
    """Gathers rows that statements put into tables; these see nothing of each other but by name.

    All of them see the database as it was before the first. A later one may read what an earlier
    one returns, from its name as if that were a table. In which order they run, nobody knows, so
    no two may change the same row.

    Args:
        connection: in the transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._statements: dict[str, str] = {}
        self._columns: dict[str, list[list[object]]] = {}

    def add(self, name: str, statement: str, *columns: Iterable[object]) -> None:
        """Add rows to those of a statement, whose parameters from $1 on are their columns.

        A name stands for one statement; what is added under it again goes with the same one.

        Raises:
            ValueError: it stands for another one.
        """
        gathered = self._columns.get(name)
        if self._statements.setdefault(name, statement) != statement:
            raise ValueError(f"{name} stands for another statement already")
        if gathered is None:
            self._columns[name] = [list(column) for column in columns]
        else:
            for column, more in zip(gathered, columns, strict=True):
                column.extend(more)

    async def send(self) -> None:
        """Send what was gathered, if anything was.

        Raises:
            asyncpg.PostgresError: a statement fails, and so do all.
        """
        if self._statements:
            statements, self._statements = self._statements, {}
            columns, self._columns = self._columns, {}
            arguments = [column for gathered in columns.values() for column in gathered]
            await self._connection.execute(_joined(tuple(statements.items())), *arguments)


@lru_cache(maxsize=256)
def _joined(statements: Sequence[tuple[str, str]]) -> str:
    parts: list[str] = []
    count = 0
    for name, statement in statements:
        numbered, own = _from(statement, count)
        parts.append(f"{name} AS ({numbered})")
        count += own
    return f"WITH {', '.join(parts)} SELECT 1"


def _from(statement: str, offset: int) -> tuple[str, int]:
    """Number a statement's parameters behind those of others; tell how many it has."""
    count = max(map(int, _PARAMETER.findall(statement)), default=0)
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", statement), count
