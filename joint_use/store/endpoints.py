"""Endpoints of external tenants in the control database, and as a process knows them."""

import time
from collections.abc import Callable
from datetime import datetime

import asyncpg

from joint_use.ports import ExternalEndpoints, KnownEndpoint
from joint_use.store.tenants import TENANTS_CHANNEL
from joint_use.terms.endpoint import ExternalEndpoint, content_of, credentials_of, kind_of
from joint_use.terms.tenant import Tenant
from kit.db import Database, Databases, DatabaseUnavailable
from kit.listen import Listener
from kit.sealing import Seal

_FIND = """
SELECT url, tenant_there, credentials, sealed, timeout_s, version, changed_by, changed_at
FROM external_endpoint WHERE tenant = $1"""
_PUT = """
INSERT INTO external_endpoint AS e
    (tenant, url, tenant_there, credentials, sealed, timeout_s, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant) DO UPDATE SET
    url = excluded.url, tenant_there = excluded.tenant_there, credentials = excluded.credentials,
    sealed = excluded.sealed, timeout_s = excluded.timeout_s, version = e.version + 1,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
RETURNING version"""
_TELL = "SELECT pg_notify($1, $2)"


class EndpointStore:
    """Endpoints as they are stored; satisfies `ExternalEndpoints`.

    Args:
        databases: the process's connections.
        control: the control database.
        seal: encrypts credentials.
    """

    def __init__(self, databases: Databases, control: Database, seal: Seal) -> None:
        self._databases = databases
        self._control = control
        self._seal = seal

    async def find(self, tenant: Tenant) -> KnownEndpoint | None:
        """Read a tenant's endpoint.

        Raises:
            Unsealable: its credentials were sealed with another instance's key.
        """
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, tenant.number)
        return None if row is None else self._known(tenant, row)

    async def put(
        self, tenant: Tenant, endpoint: ExternalEndpoint, *, by: str, at: datetime
    ) -> KnownEndpoint:
        """Set a tenant's endpoint; every process hears of it."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            version: int = await connection.fetchval(
                _PUT,
                tenant.number,
                endpoint.url,
                endpoint.tenant,
                kind_of(endpoint.credentials),
                self._seal.close(content_of(endpoint), _place(tenant)),
                endpoint.timeout_s,
                by,
                at,
            )
            await connection.execute(_TELL, TENANTS_CHANNEL, tenant.name)
        return KnownEndpoint(endpoint=endpoint, version=version, changed_by=by, changed_at=at)

    def _known(self, tenant: Tenant, row: asyncpg.Record) -> KnownEndpoint:
        content = self._seal.open(row["sealed"], _place(tenant))
        endpoint = ExternalEndpoint(
            url=row["url"],
            tenant=row["tenant_there"],
            credentials=credentials_of(row["credentials"], content),
            authorities=str(content["authorities"]),
            timeout_s=row["timeout_s"],
        )
        return KnownEndpoint(
            endpoint=endpoint,
            version=row["version"],
            changed_by=row["changed_by"],
            changed_at=row["changed_at"],
        )


class EndpointCache:
    """Endpoints as a process knows them, for a while; NOTIFY tells it sooner of changes.

    While the database is away, what was known last stays in use.

    Args:
        endpoints: where they are read.
        known_s: for how long one is known without asking again.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        endpoints: ExternalEndpoints,
        *,
        known_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints = endpoints
        self._known_s = known_s
        self._clock = clock
        self._known: dict[str, tuple[float, KnownEndpoint]] = {}
        self._changes = 0

    def follow(self, listener: Listener) -> None:
        """Forget endpoints as the listener hears of their tenants."""
        listener.hear(TENANTS_CHANNEL, self.forget, self.clear)

    async def find(self, tenant: Tenant) -> KnownEndpoint | None:
        """Answer with a tenant's endpoint.

        Raises:
            DatabaseUnavailable: it is not known here, and cannot be read now.
        """
        until_s, known = self._known.get(tenant.name, (0.0, None))
        if known is not None and self._clock() < until_s:
            return known
        changes = self._changes
        try:
            found = await self._endpoints.find(tenant)
        except DatabaseUnavailable:
            if known is None:
                raise
            return known
        if found is not None and changes == self._changes:
            self._known[tenant.name] = (self._clock() + self._known_s, found)
        return found

    def forget(self, name: str) -> None:
        """Ask the store next time."""
        self._changes += 1
        self._known.pop(name, None)

    def clear(self) -> None:
        """Ask the store next time, whatever the tenant."""
        self._changes += 1
        self._known.clear()


def _place(tenant: Tenant) -> str:
    return f"endpoint of tenant {tenant.number}"
