"""Brings declared paths to their end behind the answers: fills new ones, takes withdrawn ones away.

Each step is a short transaction that notes how far it came, so that whoever is killed is followed
by anybody, and several may work at once. Writers are never held up for longer than such a step.

A writer reads the version of the declarations under the tenant's shared lock. What it does not know
yet, it writes without rows; so before entities are read, everybody who held that lock when the
declaration was committed has to have ended (`_writers_ended`). Everybody later knows it.
"""

import asyncio
from collections.abc import Sequence

import structlog

from broker.ngsi.errors import NonexistentTenant
from broker.ngsi.q.paths import path_of_key
from broker.ngsi.q.syntax import Path
from broker.store.declarations import FORGOTTEN_S
from broker.store.index_sql import IndexRow, value_rows
from broker.store.indexes import MOVE_ON
from broker.store.indexing import ADD
from broker.store.rows import columns, entity_of
from broker.store.tenants import TENANT_LOCK, TenantDatabases, database_of
from joint_use import Tenant
from kit.db import FAULTS, Connection, Database
from kit.errors import RenkeiError

log = structlog.get_logger(__name__)

BATCH = 200
"""Entities that one step holds; a writer of one of them waits for its end."""

_DROPPED = 5_000
_RETRY_S = 5.0
_POLL_S = 0.02
_PASSING = (RenkeiError, *FAULTS)

_UNFINISHED = """
SELECT path, is_withdrawn, is_kept FROM index_declaration
WHERE tenant = $1 AND NOT is_complete ORDER BY is_withdrawn, declared_at, path"""
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objid = $2::oid AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid <> pg_backend_pid()"""
_PLACE = """
SELECT filled_to FROM index_declaration
WHERE tenant = $1 AND path = $2 AND NOT is_complete AND NOT is_withdrawn FOR UPDATE"""
# An update of the entity waits for the end of the step, one before it is seen.
_ENTITIES = """
SELECT id, kind, created_at, modified_at, expires_at, scopes, document FROM entity
WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3 FOR NO KEY UPDATE"""
_MORE = "SELECT EXISTS (SELECT FROM entity WHERE tenant = $1 AND id > $2)"
_CLEAR = """
DELETE FROM entity_index WHERE tenant = $1 AND id = ANY ($2) AND path = $3 AND cell IS NULL"""
_FILLED = "UPDATE index_declaration SET filled_to = $3 WHERE tenant = $1 AND path = $2"
_COMPLETE = "UPDATE index_declaration SET is_complete = true WHERE tenant = $1 AND path = $2"
_RELEASE = """
UPDATE index_declaration SET is_kept = false
WHERE tenant = $1 AND path = $2 AND is_withdrawn AND is_kept RETURNING path"""
# Whoever is about to delete a row need not be waited for; who waits for rows could wait in a ring.
_DROP = """
DELETE FROM entity_index WHERE tenant = $1 AND ctid = ANY (ARRAY (
    SELECT ctid FROM entity_index WHERE tenant = $1 AND path = $2 AND {column} IS NOT NULL
    LIMIT $3 FOR UPDATE SKIP LOCKED))"""
_DROPS = (_DROP.format(column="number"), _DROP.format(column="text"))
_LEFT = """
SELECT EXISTS (
    SELECT FROM entity_index WHERE tenant = $1 AND path = $2 AND number IS NOT NULL
    UNION ALL
    SELECT FROM entity_index WHERE tenant = $1 AND path = $2 AND text IS NOT NULL)"""
_FORGET = """
DELETE FROM index_declaration WHERE tenant = $1 AND path = $2 AND NOT is_kept"""


class IndexWork:
    """Works off tenants whose declarations are unfinished, one after the other.

    Args:
        tenants: lends connections that have entered a tenant.
        forgotten_s: how long rows of a withdrawn path stay for queries that do not know it yet.
    """

    def __init__(self, tenants: TenantDatabases, *, forgotten_s: float = FORGOTTEN_S) -> None:
        self._tenants = tenants
        self._forgotten_s = forgotten_s
        self._waiting: dict[tuple[Database, int], Tenant] = {}
        self._is_waited_for = asyncio.Event()

    def take_up(self, tenant: Tenant) -> None:
        """Work a tenant's declarations off soon."""
        self._waiting[database_of(tenant), tenant.number] = tenant
        self._is_waited_for.set()

    async def run(self) -> None:
        """Work off what is taken up, until cancelled; for `kit.tasks.supervise`."""
        while True:
            await self._is_waited_for.wait()
            self._is_waited_for.clear()
            postponed = [tenant for tenant in self._drain() if not await self._is_done(tenant)]
            if postponed:
                await asyncio.sleep(_RETRY_S)
                for tenant in postponed:
                    self.take_up(tenant)

    async def finish(self, tenant: Tenant) -> None:
        """Bring every unfinished declaration of a tenant to its end.

        Raises:
            NgsiLdError, asyncpg.PostgresError: it cannot be done now; what was done stays done.
        """
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_UNFINISHED, tenant.number)
        for row in rows:
            if row["is_withdrawn"]:
                await self._take_away(tenant, row["path"], is_kept=row["is_kept"])
            else:
                await self._fill(tenant, row["path"])

    def _drain(self) -> Sequence[Tenant]:
        taken = tuple(self._waiting.values())
        self._waiting.clear()
        return taken

    async def _is_done(self, tenant: Tenant) -> bool:
        """Work a tenant off; tell whether there is nothing more to do here."""
        try:
            await self.finish(tenant)
        except NonexistentTenant as error:  # suspended or gone; if it comes back, a sweep sees it
            log.info("indexes_left", tenant=tenant.name, reason=error.detail)
        except _PASSING as error:
            log.warning("indexes_postponed", tenant=tenant.name, reason=str(error))
            return False
        return True

    async def _fill(self, tenant: Tenant, key: str) -> None:
        await self._writers_ended(tenant)
        path = path_of_key(key)
        while True:
            async with self._tenants.writing(tenant) as connection:
                if not await _fill_some(connection, tenant.number, key, path):
                    break
            await asyncio.sleep(0)
        log.info("index_filled", tenant=tenant.name, path=key)

    async def _take_away(self, tenant: Tenant, key: str, *, is_kept: bool) -> None:
        if is_kept:
            await asyncio.sleep(self._forgotten_s)
            async with self._tenants.writing(tenant) as connection:
                if await connection.fetchval(_RELEASE, tenant.number, key) is not None:
                    await connection.execute(MOVE_ON, tenant.number)
        await self._writers_ended(tenant)
        while True:
            async with self._tenants.writing(tenant) as connection:
                if not await _drop_some(connection, tenant.number, key):
                    break
            await asyncio.sleep(0)
        log.info("index_removed", tenant=tenant.name, path=key)

    async def _writers_ended(self, tenant: Tenant) -> None:
        """Wait until every writer has ended that is inside the tenant now."""
        inside = await self._writers(tenant)
        while inside:
            await asyncio.sleep(_POLL_S)
            inside &= await self._writers(tenant)

    async def _writers(self, tenant: Tenant) -> set[str]:
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_WRITERS, TENANT_LOCK, tenant.number)
        return {row["virtualtransaction"] for row in rows}


async def _fill_some(connection: Connection, tenant: int, key: str, path: Path) -> bool:
    """Index the next entities; tell whether more may follow."""
    after: str | None = await connection.fetchval(_PLACE, tenant, key)
    if after is None:
        return False
    entities = await connection.fetch(_ENTITIES, tenant, after, BATCH)
    if not entities:  # the last ones may have been deleted while this waited for them
        if await connection.fetchval(_MORE, tenant, after):
            return True
        await connection.execute(_COMPLETE, tenant, key)
        return False
    rows: list[tuple[int, str, *IndexRow]] = []
    for entity in entities:
        found = value_rows(entity_of(entity, ()), path)
        rows.extend((entity["kind"], entity["id"], *row) for row in found)
    await connection.execute(_CLEAR, tenant, [entity["id"] for entity in entities], key)
    if rows:
        await connection.execute(ADD, [tenant] * len(rows), *columns(rows))
    await connection.execute(_FILLED, tenant, key, entities[-1]["id"])
    return True


async def _drop_some(connection: Connection, tenant: int, key: str) -> bool:
    """Delete some rows of a path, at last its declaration; tell whether more may follow."""
    for statement in _DROPS:
        await connection.execute(statement, tenant, key, _DROPPED)
    if await connection.fetchval(_LEFT, tenant, key):
        return True
    await connection.execute(_FORGET, tenant, key)
    return False
