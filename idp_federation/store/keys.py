"""Signing keys in the control database."""

from collections.abc import Callable, Sequence

import asyncpg
import orjson

from idp_federation.oidc.key_rotation import KeptKey, KeyUse
from kit.db import Connection, Database, Databases

KEYS_CHANNEL = "renkei_signing_key"
"""Where it is notified that keys have changed."""

_READ = "SELECT kid, use, public, sealed, since FROM signing_key ORDER BY since, kid"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('idp_federation.signing_key'))"
_DELETE = "DELETE FROM signing_key"
_INSERT = "INSERT INTO signing_key (kid, use, public, sealed, since) VALUES ($1, $2, $3, $4, $5)"
_TELL = "SELECT pg_notify($1, '')"


class StoredKeys:
    """Where keys are kept; satisfies `KeyShelf`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def read(self) -> Sequence[KeptKey]:
        """Read all keys."""
        async with self._databases.connection(self._control) as connection:
            return await _read(connection)

    async def change(self, step: Callable[[Sequence[KeptKey]], Sequence[KeptKey]]) -> None:
        """Replace all keys by what a step makes of them; one process at a time."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_LOCK)
            before = await _read(connection)
            after = step(before)
            if list(after) == list(before):
                return
            await connection.execute(_DELETE)
            await connection.executemany(
                _INSERT,
                [
                    (key.kid, key.use.value, orjson.dumps(key.public), key.sealed, key.since)
                    for key in after
                ],
            )
            await connection.execute(_TELL, KEYS_CHANNEL)


async def _read(connection: Connection) -> list[KeptKey]:
    return [_key(row) for row in await connection.fetch(_READ)]


def _key(row: asyncpg.Record) -> KeptKey:
    return KeptKey(
        kid=row["kid"],
        use=KeyUse(row["use"]),
        public=orjson.loads(row["public"]),
        sealed=row["sealed"],
        since=row["since"],
    )
