"""Quotas in the control database (port `QuotaShelf`), and what a process knows of them."""

from dataclasses import fields
from datetime import datetime

import asyncpg

from joint_use.ports import QuotaShelf
from joint_use.terms.quotas import NO_QUOTA, Quota
from joint_use.terms.tenant import Tenant
from kit.db import Database, Databases
from kit.gathering import Gathered
from kit.listen import Listener
from kit.metrics.caches import Lookups

CHANNEL = "renkei_quota"
"""Where the number of each tenant whose quota changes is notified."""

_FIND = """
SELECT tenant, requests_per_s, request_bytes, entities, bytes, subscriptions
FROM quota WHERE tenant = ANY ($1)"""
_PUT = """
INSERT INTO quota (tenant, requests_per_s, request_bytes, entities, bytes, subscriptions,
                   set_by, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant) DO UPDATE
SET requests_per_s = excluded.requests_per_s, request_bytes = excluded.request_bytes,
    entities = excluded.entities, bytes = excluded.bytes, subscriptions = excluded.subscriptions,
    set_by = excluded.set_by, set_at = excluded.set_at"""
_TELL = "SELECT pg_notify($1, $2)"
_DRAW = "SELECT draw_tokens($1, $2, $3, $4)"
_NO_WAIT_FOR_THE_DISK = "SET LOCAL synchronous_commit = off"


class QuotaStore:
    """Which tenants have quotas of their own.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control
        self._own = Gathered(self._read)

    async def find(self, tenant: Tenant) -> Quota:
        """Read a tenant's own quota; what it does not say, the settings say."""
        return await self._own.find(tenant.number) or NO_QUOTA

    async def put(self, tenant: Tenant, quota: Quota, *, by: str, at: datetime) -> None:
        """Set a tenant's own quota; every process hears of it."""
        limits = [getattr(quota, field.name) for field in fields(quota)]
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_PUT, tenant.number, *limits, by, at)
            await connection.execute(_TELL, CHANNEL, str(tenant.number))

    async def draw(self, tenant: int, wanted: float, per_s: float, burst: float) -> float:
        """Draw tokens from a tenant's bucket, which all processes share; 0: it is empty."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_NO_WAIT_FOR_THE_DISK)
            drawn: float = await connection.fetchval(_DRAW, tenant, wanted, per_s, burst)
        return drawn

    async def _read(self, tenants: frozenset[int]) -> dict[int, Quota]:
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_FIND, list(tenants))
        return {number: Quota(**limits) for number, limits in map(_split, rows)}


def _split(row: asyncpg.Record) -> tuple[int, dict[str, int | None]]:
    number, *limits = row.values()
    return number, dict(zip(_LIMITS, limits, strict=True))


_LIMITS = tuple(field.name for field in fields(Quota))


_LOOKUPS = Lookups("quotas")


class QuotaCache:
    """The quotas that a process knows, dropped when NOTIFY says that one has changed.

    Args:
        shelf: where they are read from.
        defaults: the quota of tenants that have none of their own.
    """

    def __init__(self, shelf: QuotaShelf, defaults: Quota) -> None:
        self._shelf = shelf
        self._defaults = defaults
        self._known: dict[int, Quota] = {}
        self._changes = 0

    def follow(self, listener: Listener) -> None:
        """Forget quotas as the listener hears of them, and all of them when it connects."""
        listener.hear(CHANNEL, lambda number: self._forget(int(number)), self._clear)

    def get(self, tenant: Tenant) -> Quota | None:
        """Answer at once with what is known; None: ask `find`."""
        known = self._known.get(tenant.number)
        if known is not None:
            _LOOKUPS.hit.add()
        return known

    def known_or_default(self, tenant: Tenant) -> Quota:
        """Answer at once, with the defaults where nothing is known."""
        return self._known.get(tenant.number, self._defaults)

    async def find(self, tenant: Tenant) -> Quota:
        """Answer with a tenant's quota, from the database where it is not known here."""
        _LOOKUPS.miss.add()
        changes = self._changes
        quota = (await self._shelf.find(tenant)).over(self._defaults)
        if changes == self._changes:  # otherwise the answer may be older than the change
            self._known[tenant.number] = quota
        return quota

    def _forget(self, number: int) -> None:
        self._changes += 1
        self._known.pop(number, None)

    def _clear(self) -> None:
        self._changes += 1
        self._known.clear()
