"""Codes that are good once, and what has been seen once, in the control database."""

from datetime import datetime

import asyncpg
import orjson

from idp_federation.ports import Kind, Taken
from kit.db import Database, Databases
from kit.json import JsonObject

_PUT = """
INSERT INTO one_time_code (kind, code, content, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5)"""
_LOOK = """
SELECT content, created_at, used_at IS NOT NULL AS used_before FROM one_time_code
WHERE kind = $1 AND code = $2 AND expires_at > $3"""
# A code is used by one statement alone; who comes second finds that it was used before.
_USE = """
UPDATE one_time_code SET used_at = $3
WHERE kind = $1 AND code = $2 AND used_at IS NULL AND expires_at > $3
RETURNING content, created_at, false AS used_before"""
_USED = """
SELECT content, created_at, true AS used_before FROM one_time_code
WHERE kind = $1 AND code = $2 AND used_at IS NOT NULL"""


class StoredCodes:
    """Codes that are good once; satisfies `OneTimeCodes`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def put(
        self, kind: Kind, code: bytes, content: JsonObject, *, now: datetime, expires_at: datetime
    ) -> None:
        """Keep what stands behind a code."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_PUT, kind.value, code, orjson.dumps(content), now, expires_at)

    async def look(self, kind: Kind, code: bytes, now: datetime) -> Taken | None:
        """Answer with what stands behind a code that is not used, and leave it so."""
        async with self._databases.connection(self._control) as connection:
            return _taken(await connection.fetchrow(_LOOK, kind.value, code, now))

    async def take(self, kind: Kind, code: bytes, now: datetime) -> Taken | None:
        """Use a code up; None where there is none, or its time is over.

        One that was used before is told even after its time, as long as it is kept.
        """
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_USE, kind.value, code, now)
            if row is None:
                row = await connection.fetchrow(_USED, kind.value, code)
        return _taken(row)


def _taken(row: asyncpg.Record | None) -> Taken | None:
    if row is None:
        return None
    return Taken(
        content=orjson.loads(row["content"]),
        created_at=row["created_at"],
        used_before=row["used_before"],
    )
