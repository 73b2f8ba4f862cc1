"""Sweeps what time has taken: expired entities, old history, ids of old groups."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeAlias

import structlog

from broker.store.amounts import NOTHING, measured
from broker.store.groups import first_flush_id
from broker.store.partitions import add_partitions, drop_partitions
from broker.store.sql_text import FOR_THIS_TENANT
from broker.store.tenants import TenantDatabases, database_of
from broker.store.usage import count_beside
from joint_use import Tenant, japanese_day
from kit.clock import Clock, utc_now
from kit.db import Database, Databases
from kit.errors import RenkeiError

log = structlog.get_logger(__name__)

EveryTenant: TypeAlias = Callable[[], AsyncIterator[Tenant]]
"""Reads all tenants that are in use, in any order."""

FLUSH_KEPT = timedelta(hours=1)
"""Longer than anybody looks for an unknown outcome."""

_UNFINISHED = """
SELECT EXISTS (SELECT FROM index_declaration WHERE tenant = $1 AND NOT is_complete)"""
_GRACE = timedelta(minutes=1)  # expired entities: served to nobody, but clocks differ
_BATCH = 2_000
_LOCK_CLASS = 0x726E6B73
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock($1::int, $2::int)"
_HISTORY_DAYS = "SELECT history_days FROM tenant_state WHERE tenant = $1"
_FLUSHES = "DELETE FROM flush WHERE tenant = $1 AND id < $2"
_EXPIRED = """
WITH gone AS (
    DELETE FROM entity WHERE tenant = $1 AND id IN (
        SELECT id FROM entity WHERE tenant = $1 AND expires_at < $2
        ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
    RETURNING id, document
), unindexed AS (
    DELETE FROM entity_index WHERE tenant = $1 AND id IN (SELECT id FROM gone)
)
SELECT document FROM gone"""
_MAPS = "DELETE FROM entity_map WHERE tenant = $1 AND expires_at < $2"
_HISTORY = "DELETE FROM attribute_instance WHERE tenant = $1 AND recorded_at < $2"
_HISTORY_TIMEOUT_S = 3600


class Sweeper:
    """Sweeps all tenants in turn; of several processes one does.

    Args:
        databases: the process's connections.
        tenants: lends connections that have entered a tenant.
        every_tenant: reads which tenants there are.
        every_s: pause between two rounds.
        clock: says what is past.
        take_up: told of tenants whose declared paths somebody left unfinished.
    """

    def __init__(
        self,
        databases: Databases,
        tenants: TenantDatabases,
        every_tenant: EveryTenant,
        *,
        every_s: float = 600.0,
        clock: Clock = utc_now,
        take_up: Callable[[Tenant], None] | None = None,
    ) -> None:
        self._databases = databases
        self._tenants = tenants
        self._every_tenant = every_tenant
        self._every_s = every_s
        self._clock = clock
        self._take_up = take_up
        self._forgotten_on: dict[int, date] = {}

    async def run(self) -> None:
        """Sweep round after round, until cancelled; for `kit.tasks.supervise`."""
        while True:
            await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> None:
        """Sweep every tenant once, and then the partitions of every database."""
        kept: dict[Database, dict[Tenant, int | None]] = {}
        async for tenant in self._every_tenant():
            kept.setdefault(database_of(tenant), {})[tenant] = await self._sweep_tenant(tenant)
        for database, days_of in kept.items():
            known = [days for days in days_of.values() if days is not None]
            if len(known) == len(days_of):
                await self._sweep_history(database, days_of, max(known))

    async def _sweep_tenant(self, tenant: Tenant) -> int | None:
        """Sweep entities and ids of groups; answer with the days that history is kept."""
        now = self._clock()
        try:
            async with self._tenants.writing(tenant) as connection:
                days: int = await connection.fetchval(_HISTORY_DAYS, tenant.number)
                if await connection.fetchval(_TRY_LOCK, _LOCK_CLASS, tenant.number):
                    await connection.execute(
                        _FLUSHES, tenant.number, first_flush_id(now - FLUSH_KEPT)
                    )
                    await connection.execute(_MAPS, tenant.number, now - _GRACE)
                if self._take_up and await connection.fetchval(_UNFINISHED, tenant.number):
                    self._take_up(tenant)
            while await self._expire(tenant, now - _GRACE) == _BATCH:
                pass
        except RenkeiError as error:
            log.warning("sweep_postponed", tenant=tenant.name, reason=error.detail)
            return None
        return days

    async def _expire(self, tenant: Tenant, before: datetime) -> int:
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(FOR_THIS_TENANT)
            rows = await connection.fetch(_EXPIRED, tenant.number, before, _BATCH)
            if rows:
                gone = await measured(row["document"] for row in rows)
                await count_beside(
                    connection,
                    tenant.number,
                    japanese_day(self._clock()),
                    amount=NOTHING - gone,
                )
        return len(rows)

    async def _sweep_history(
        self, database: Database, days_of: Mapping[Tenant, int | None], longest: int
    ) -> None:
        """Drop whole months; delete rows only of tenants whose history is kept for less.

        Rows may outlive their retention by up to a month: in the partition of their month.
        """
        now = self._clock()
        try:
            async with self._databases.admin(database) as connection:
                added = await add_partitions(connection, now)
                dropped = await drop_partitions(connection, now - timedelta(days=longest))
            for tenant, days in days_of.items():
                if days is not None and (days < longest or days == 0):
                    await self._forget(tenant, now - timedelta(days=days))
        except RenkeiError as error:
            log.warning("sweep_postponed", database=str(database), reason=error.detail)
        else:
            if added or dropped:
                log.info("partitions_swept", database=str(database), added=added, dropped=dropped)

    async def _forget(self, tenant: Tenant, before: datetime) -> None:
        """Delete a tenant's rows once a day: finding them reads its whole history."""
        if self._forgotten_on.get(tenant.number) == before.date():
            return
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(FOR_THIS_TENANT)
            await connection.execute(_HISTORY, tenant.number, before, timeout=_HISTORY_TIMEOUT_S)
        self._forgotten_on[tenant.number] = before.date()
