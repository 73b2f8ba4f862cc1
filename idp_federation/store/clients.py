"""The clients that operators register, in the control database."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg
import orjson

from idp_federation.oidc.client import Client, client_as_json, client_from_json
from kit.db import Connection, Database, Databases

CHANNEL = "renkei_oauth_client"
"""Where the id of each client that changes is notified."""

_FIND = "SELECT metadata, version FROM oauth_client WHERE id = $1"
_SECRET = "SELECT secret FROM oauth_client WHERE id = $1"  # noqa: S105 - a statement
_PAGE = "SELECT metadata, version FROM oauth_client WHERE id > $1 ORDER BY id LIMIT $2"
_ADD = """
INSERT INTO oauth_client (id, metadata, secret, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING RETURNING version"""
_CHANGE = """
UPDATE oauth_client SET metadata = $2, version = version + 1 WHERE id = $1 RETURNING version"""
_SET_SECRET = """
UPDATE oauth_client SET secret = $2, version = version + 1 WHERE id = $1
RETURNING version"""  # noqa: S105 - a statement
_NOTE = "INSERT INTO oauth_client_event (client, version, what, by, at) VALUES ($1,$2,$3,$4,$5)"
_TELL = "SELECT pg_notify($1, $2)"


class StoredClients:
    """The clients that operators register; satisfies `ClientRegistry`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def find(self, client_id: str, *, chain: Sequence[str] = ()) -> Client | None:
        """Answer with a client, as it is registered now; a trust chain says nothing here."""
        del chain
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, client_id)
        return None if row is None else _client(row)

    async def secret_matches(self, client_id: str, secret: bytes) -> bool:
        """Tell whether a secret, by its digest, is the client's; in constant time."""
        async with self._databases.connection(self._control) as connection:
            kept: bytes | None = await connection.fetchval(_SECRET, client_id)
        return hmac.compare_digest(kept or b"", secret)

    async def add(self, client: Client, secret: bytes | None, *, by: str, at: datetime) -> bool:
        """Register a client with its secret's digest; answers whether its id was free."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version = await connection.fetchval(
                _ADD, client.id, orjson.dumps(client_as_json(client)), secret, at
            )
            if version is None:
                return False
            await _note(connection, client.id, version, "added", by, at)
        return True

    async def change(self, client: Client, *, by: str, at: datetime) -> Client | None:
        """Write what is registered anew; answers with it, None where there is no such client."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version = await connection.fetchval(
                _CHANGE, client.id, orjson.dumps(client_as_json(client))
            )
            if version is None:
                return None
            await _note(connection, client.id, version, "changed", by, at)
        return replace(client, version=version)

    async def set_secret(self, client_id: str, secret: bytes, *, by: str, at: datetime) -> bool:
        """Give a client another secret; answers whether there is such a client."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version = await connection.fetchval(_SET_SECRET, client_id, secret)
            if version is None:
                return False
            await _note(connection, client_id, version, "secret rotated", by, at)
        return True

    async def page(self, *, after: str, limit: int) -> Sequence[Client]:
        """List clients in order of their ids, those after one."""
        async with self._databases.connection(self._control) as connection:
            return [_client(row) for row in await connection.fetch(_PAGE, after, limit)]


async def _note(
    connection: Connection, client: str, version: int, what: str, by: str, at: datetime
) -> None:
    await connection.execute(_NOTE, client, version, what, by, at)
    await connection.execute(_TELL, CHANNEL, client)


def _client(row: asyncpg.Record) -> Client:
    return replace(client_from_json(orjson.loads(row["metadata"])), version=row["version"])
