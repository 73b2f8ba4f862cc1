"""Relays in the control database (port `Relays`): all of their SQL; nothing readable is kept."""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import cast

import asyncpg

from broker.ngsi.errors import Unavailable
from broker.ngsi.subscription import Counters
from broker.source_ports import Relay
from joint_use import Tenant
from kit.db import Connection, Database, Databases, DatabaseUnavailable
from kit.json import JsonObject
from kit.sealing import Seal

_PUT = """
INSERT INTO relay AS r (token, tenant, subscription, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (token) DO UPDATE SET subscription = excluded.subscription, sealed = excluded.sealed"""
_COLUMNS = """token, tenant, sealed, times_sent, times_failed, last_notification, last_success,
    last_failure"""
_FOUND = f"SELECT {_COLUMNS} FROM relay WHERE token = $1"  # noqa: S608 — of fixed text
_OF = f"""
SELECT {_COLUMNS} FROM relay
WHERE tenant = $1 AND subscription = ANY ($2::bytea[]) ORDER BY created_at"""  # noqa: S608 — of fixed text
_SENT = """
UPDATE relay SET times_sent = times_sent + 1, last_notification = now(), last_success = now()
WHERE token = $1"""
_FAILED = """
UPDATE relay SET times_sent = times_sent + 1, times_failed = times_failed + 1,
    last_notification = now(), last_failure = now() WHERE token = $1"""
_REMOVE = "DELETE FROM relay WHERE token = $1"


class StoredRelays:
    """Relays, each sealed for its own row.

    Args:
        databases: the process's connections.
        control: the control database.
        seal: encrypts what subscribers gave.
    """

    def __init__(self, databases: Databases, control: Database, seal: Seal) -> None:
        self._databases = databases
        self._control = control
        self._seal = seal

    async def put(self, relay: Relay) -> None:
        """Store a new one, or in the place of the one with this token."""
        token = _hashed(relay.token)
        content: JsonObject = {
            "token": relay.token,
            "subscription": relay.subscription,
            "endpoint": relay.endpoint,
        }
        sealed = self._seal.close(content, _place(token))
        subscription = self._mark(relay.tenant, relay.subscription)
        async with self._connection() as connection:
            await connection.execute(_PUT, token, relay.tenant, subscription, sealed)

    async def of_token(self, token: str) -> Relay | None:
        """Find the one that a notification is for."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_FOUND, _hashed(token))
        return None if row is None else self._opened(row)

    async def of(self, tenant: Tenant, subscriptions: Collection[str]) -> Mapping[str, Relay]:
        """Find those of some subscriptions of a tenant, by their ids."""
        if not subscriptions:
            return {}
        marks = [self._mark(tenant.name, one) for one in subscriptions]
        async with self._connection() as connection:
            rows = await connection.fetch(_OF, tenant.name, marks)
        relays = [self._opened(row) for row in rows]
        return {one.subscription: one for one in relays}

    async def count(self, token: str, *, is_sent: bool) -> None:
        """Count one notification that went on, or failed to."""
        async with self._connection() as connection:
            await connection.execute(_SENT if is_sent else _FAILED, _hashed(token))

    async def remove(self, token: str) -> None:
        """Delete one."""
        async with self._connection() as connection:
            await connection.execute(_REMOVE, _hashed(token))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._databases.connection(self._control) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise Unavailable("The database is away; try again in a moment") from error

    def _opened(self, row: asyncpg.Record) -> Relay:
        content = self._seal.open(row["sealed"], _place(row["token"]))
        return Relay(
            token=str(content["token"]),
            tenant=row["tenant"],
            subscription=str(content["subscription"]),
            endpoint=cast("JsonObject", content["endpoint"]),
            counters=Counters(
                times_sent=row["times_sent"],
                times_failed=row["times_failed"],
                last_notification=row["last_notification"],
                last_success=row["last_success"],
                last_failure=row["last_failure"],
            ),
        )

    def _mark(self, tenant: str, subscription: str) -> bytes:
        return self._seal.mark(subscription, f"subscription of {tenant}")


def _hashed(token: str) -> bytes:
    """Hash a token: it is as long as a key, so that its hash needs none."""
    return hashlib.sha256(token.encode()).digest()


def _place(token: bytes) -> str:
    return f"relay {token.hex()}"
