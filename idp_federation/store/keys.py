"""Signing keys in the control database: those of tokens, and those of the federation apart."""

from collections.abc import Callable, Sequence
from enum import Enum

import asyncpg
import orjson

from idp_federation.oidc.key_rotation import KeptKey, KeyUse
from kit.db import Connection, Database, Databases

KEYS_CHANNEL = "renkei_signing_key"
"""Where it is notified that keys have changed."""

_READ = """
SELECT kid, use, public, sealed, since FROM signing_key WHERE family = $1 ORDER BY since, kid"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('idp_federation.signing_key'))"
_DELETE = "DELETE FROM signing_key WHERE family = $1"
_INSERT = """
INSERT INTO signing_key (family, kid, use, public, sealed, since) VALUES ($1, $2, $3, $4, $5, $6)"""
_TELL = "SELECT pg_notify($1, '')"


class Family(Enum):
    """What keys are for; those of one family never sign what another's do."""

    PROVIDER = "provider"
    FEDERATION = "federation"


class StoredKeys:
    """Where keys are kept; satisfies `KeyShelf`.

    Args:
        databases: the process's connections.
        control: the control database.
        family: what they are for.
    """

    def __init__(
        self, databases: Databases, control: Database, family: Family = Family.PROVIDER
    ) -> None:
        self._databases = databases
        self._control = control
        self._family = family.value

    async def read(self) -> Sequence[KeptKey]:
        """Read all keys."""
        async with self._databases.connection(self._control) as connection:
            return await self._read(connection)

    async def change(self, step: Callable[[Sequence[KeptKey]], Sequence[KeptKey]]) -> None:
        """Replace all keys by what a step makes of them; one process at a time."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_LOCK)
            before = await self._read(connection)
            after = step(before)
            if list(after) == list(before):
                return
            await connection.execute(_DELETE, self._family)
            await connection.executemany(
                _INSERT,
                [
                    (
                        self._family,
                        key.kid,
                        key.use.value,
                        orjson.dumps(key.public),
                        key.sealed,
                        key.since,
                    )
                    for key in after
                ],
            )
            await connection.execute(_TELL, KEYS_CHANNEL)

    async def _read(self, connection: Connection) -> list[KeptKey]:
        return [_key(row) for row in await connection.fetch(_READ, self._family)]


def _key(row: asyncpg.Record) -> KeptKey:
    return KeptKey(
        kid=row["kid"],
        use=KeyUse(row["use"]),
        public=orjson.loads(row["public"]),
        sealed=row["sealed"],
        since=row["since"],
    )
