"""The providers that operators register, in the control database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg
import orjson

from idp_federation.relying_party.request import UpstreamCredentials
from idp_federation.relying_party.upstream import Upstream, upstream_as_json, upstream_from_json
from idp_federation.relying_party_ports import RegisteredUpstream, Sealing
from kit.db import Connection, Database, Databases
from kit.json import JsonObject
from kit.jwt import SigningKey

_FIND = "SELECT registration, version, public_key FROM upstream_provider WHERE id = $1"
_EVERY = "SELECT registration, version, public_key FROM upstream_provider ORDER BY id"
_SEALED = "SELECT secret, private_key, public_key FROM upstream_provider WHERE id = $1"
_ADD = """
INSERT INTO upstream_provider (id, registration, secret, private_key, public_key, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING version"""
# A table of levels is replaced by a newer version alone, so that records stay true.
_CHANGE = """
UPDATE upstream_provider
SET registration = $2, secret = coalesce($3, secret), version = version + 1
WHERE id = $1 AND (
    (registration->'table'->>'version')::int < ($2::jsonb->'table'->>'version')::int
    OR registration->'table' = $2::jsonb->'table')
RETURNING version"""
_REMOVE = "DELETE FROM upstream_provider WHERE id = $1 RETURNING registration, version"
_END_LINKS = "UPDATE account_link SET ended_at = $2 WHERE provider = $1 AND ended_at IS NULL"
_NOTE = """
INSERT INTO upstream_provider_event (provider, version, what, registration, by, at)
VALUES ($1, $2, $3, $4, $5, $6)"""


class StoredUpstreams:
    """The providers that operators register; satisfies `Upstreams`.

    Args:
        databases: the process's connections.
        control: the control database.
        seal: hides secrets.
        anchor: the domain whose acr values are the framework's own.
    """

    def __init__(self, databases: Databases, control: Database, seal: Sealing, anchor: str) -> None:
        self._databases = databases
        self._control = control
        self._seal = seal
        self._anchor = anchor

    async def find(self, name: str) -> RegisteredUpstream | None:
        """Answer with a provider."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, name)
        return None if row is None else self._registered(row)

    async def every(self) -> Sequence[RegisteredUpstream]:
        """List all providers in order of their ids."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_EVERY)
        return [self._registered(row) for row in rows]

    async def credentials(self, name: str) -> UpstreamCredentials | None:
        """Answer with what this platform proves at a provider who it is with."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_SEALED, name)
        if row is None:
            return None
        private: JsonObject = orjson.loads(self._seal.open(row["private_key"], _key_place(name)))
        sealed: bytes | None = row["secret"]
        secret = None if sealed is None else self._seal.open(sealed, _secret_place(name)).decode()
        key = SigningKey(kid=str(orjson.loads(row["public_key"])["kid"]), private=private)
        return UpstreamCredentials(key=key, secret=secret)

    async def add(
        self, upstream: Upstream, credentials: UpstreamCredentials, *, by: str, at: datetime
    ) -> bool:
        """Register a provider; answers whether its id was free."""
        name, registration = upstream.id, orjson.dumps(upstream_as_json(upstream))
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version = await connection.fetchval(
                _ADD,
                name,
                registration,
                self._sealed(name, credentials.secret),
                self._seal.close(orjson.dumps(credentials.key.private), _key_place(name)),
                orjson.dumps(credentials.key.public),
                at,
            )
            if version is None:
                return False
            await connection.execute(_NOTE, name, version, "added", registration, by, at)
        return True

    async def change(
        self, upstream: Upstream, secret: str | None, *, by: str, at: datetime
    ) -> Upstream | None:
        """Register a provider anew, with another secret where one is given.

        Answers with it, None where there is no such provider, or its table is not newer.
        """
        name, registration = upstream.id, orjson.dumps(upstream_as_json(upstream))
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version = await connection.fetchval(
                _CHANGE, name, registration, self._sealed(name, secret)
            )
            if version is None:
                return None
            await connection.execute(_NOTE, name, version, "changed", registration, by, at)
        return replace(upstream, version=version)

    async def remove(self, name: str, *, by: str, at: datetime) -> bool:
        """Take a provider away, and end its links; answers whether it was there."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            return await _removed(connection, name, by, at)

    def _sealed(self, name: str, secret: str | None) -> bytes | None:
        return None if secret is None else self._seal.close(secret.encode(), _secret_place(name))

    def _registered(self, row: asyncpg.Record) -> RegisteredUpstream:
        upstream = upstream_from_json(orjson.loads(row["registration"]), anchor=self._anchor)
        return RegisteredUpstream(
            upstream=replace(upstream, version=row["version"]),
            public_key=orjson.loads(row["public_key"]),
        )


async def _removed(connection: Connection, name: str, by: str, at: datetime) -> bool:
    row = await connection.fetchrow(_REMOVE, name)
    if row is None:
        return False
    await connection.execute(_END_LINKS, name, at)
    version = row["version"] + 1
    await connection.execute(_NOTE, name, version, "removed", row["registration"], by, at)
    return True


def _secret_place(name: str) -> str:
    return f"secret of provider {name}"


def _key_place(name: str) -> str:
    return f"key for provider {name}"
