"""The terms of use in the control database, version by version."""

from typing import Final

import asyncpg

from joint_use.terms.terms_of_use import TermsOfUse
from kit.db import Database, Databases

_COLUMNS: Final = "SELECT version, text_ja, text_en, published_at FROM terms_of_use"
_PRESENT: Final = _COLUMNS + " ORDER BY number DESC LIMIT 1"
_FIND: Final = _COLUMNS + " WHERE version = $1"
_INSERT: Final = """
INSERT INTO terms_of_use (version, text_ja, text_en, by, published_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING RETURNING number"""


class TermsStore:
    """The terms of use; satisfies `TermsShelf`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def present(self) -> TermsOfUse | None:
        """Read those that hold now; None: none were published."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_PRESENT)
        return None if row is None else _terms(row)

    async def find(self, version: str) -> TermsOfUse | None:
        """Read those of a version."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, version)
        return None if row is None else _terms(row)

    async def publish(self, terms: TermsOfUse, *, by: str) -> bool:
        """Publish a version; False: there is one of this name already."""
        async with self._databases.connection(self._control) as connection:
            number = await connection.fetchval(
                _INSERT, terms.version, terms.ja, terms.en, by, terms.published_at
            )
        return number is not None


def _terms(row: asyncpg.Record) -> TermsOfUse:
    return TermsOfUse(
        version=row["version"],
        ja=row["text_ja"],
        en=row["text_en"],
        published_at=row["published_at"],
    )
