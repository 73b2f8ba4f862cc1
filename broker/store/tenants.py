"""Where tenants' data are: databases made, migrated at their first use, guarded by their rows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakValueDictionary

import asyncpg
import structlog

from broker.ngsi.errors import OperationNotSupported, Unavailable
from broker.store.failures import Failure, failure_of
from broker.store.kinds import Kinds
from broker.store.partitions import add_partitions
from broker.store.row_security import force_row_security, require_bound_role, require_safe_role
from joint_use import Storage, Tenant
from kit.clock import Clock, utc_now
from kit.db import Connection, Database, Databases, DatabaseUnavailable
from kit.errors import RenkeiError
from kit.migrate import is_current, migrate

log = structlog.get_logger(__name__)

MIGRATIONS = "broker.store.migrations"
TENANT_LOCK = 0x726E6B74
"""The class of advisory locks per tenant: writers share it, who moves the tenant has it alone."""

CLOSED = -1
"""The epoch of a snapshot's number whose entities are being cleared away: nobody knows it so."""

Reload: TypeAlias = Callable[[Tenant], Awaitable[Tenant]]
"""Reads a tenant again from the registry; refuses where it is suspended or gone."""

ReadyServer: TypeAlias = Callable[[str], Awaitable[None]]
"""Brings what the application needs to a server of this name; idempotent."""

# One snapshot: the pages of a long answer agree, and index rows with what is known of them.
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MAINTENANCE = "postgres"
_FAILED_S = 1.0  # who waited while a database could not be readied shares the refusal for so long
_PATIENCE_S = 3.0  # for the registry to say where a tenant is that has just been moved
_POLLS_S = (0.005, 0.01, 0.02, 0.05, 0.1)
_OTHERS = """
SELECT tenant FROM tenant_state WHERE tenant <> $1 AND owner IS DISTINCT FROM $1 LIMIT 1"""
_RECORD = """
INSERT INTO tenant_state AS s (tenant, epoch, status, history_days) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant) DO UPDATE SET epoch = excluded.epoch, status = excluded.status
WHERE s.epoch <= excluded.epoch"""
_RECORD_OF_SNAPSHOTS = """
UPDATE tenant_state SET epoch = $2, status = $3
WHERE owner = $1 AND epoch <= $2 AND epoch >= 0"""


class MisplacedTenant(RenkeiError):
    """A database holds data that the registry says are not there."""


def database_of(tenant: Tenant) -> Database:
    """Answer with the database that a tenant's tables are in.

    Raises:
        OperationNotSupported: its data are elsewhere.
    """
    if tenant.storage is Storage.EXTERNAL:
        raise OperationNotSupported(
            f"Tenant {tenant.name} keeps its data at an endpoint of its own; this operation is "
            "about data that are kept here"
        )
    return Database(tenant.placement.server, tenant.placement.database)


class TenantDatabases:
    """Makes room for tenants' data; satisfies joint_use's port TenantProvisioner.

    Args:
        databases: the connections.
        reload: reads a tenant again when its database knows it at another epoch, or not at all.
        history_days: how long a new tenant's history is kept; 0: none is written.
        clock: says for which months history needs partitions.
        ready_server: brings the application's role to a server before its first database.
    """

    def __init__(
        self,
        databases: Databases,
        reload: Reload,
        *,
        history_days: int = 30,
        clock: Clock = utc_now,
        ready_server: ReadyServer | None = None,
    ) -> None:
        self._databases = databases
        self._reload = reload
        self._ready_server = ready_server
        self._history_days = history_days
        self._clock = clock
        self._kinds: dict[tuple[Database, int], Kinds] = {}
        self._ready: dict[Database, None] = {}
        self._failed: dict[Database, tuple[float, DatabaseUnavailable]] = {}
        self._locks: WeakValueDictionary[Database, asyncio.Lock] = WeakValueDictionary()

    async def provision(self, tenant: Tenant) -> None:
        """Create what a tenant's data need and record its epoch and status; idempotent.

        Raises:
            DatabaseUnavailable: the server is away.
            UnsafeRole: the application's role could bypass row-level security.
            MisplacedTenant: the database for this tenant alone holds another one's data.
        """
        if database_of(tenant) in self._ready:
            try:
                await self._enrol(tenant)
            except (asyncpg.InvalidCatalogNameError, asyncpg.SyntaxOrAccessError):
                pass  # it was dropped, or put back to tables of before
            else:
                return
        await self.make_room(tenant)
        await self._enrol(tenant)

    async def _enrol(self, tenant: Tenant) -> None:
        async with self._databases.admin(database_of(tenant)) as connection:
            if tenant.storage is Storage.SEPARATED:
                await _require_alone(connection, tenant)
            await self._record(connection, tenant)

    async def make_room(self, tenant: Tenant) -> None:
        """Create a tenant's database with its tables, where they are missing; nothing of it yet.

        Raises:
            DatabaseUnavailable, UnsafeRole, MigrationError: it cannot be used.
        """
        database = database_of(tenant)
        if self._ready_server is not None:
            await self._ready_server(database.server)
        await self._create(database)
        await self.make_ready(tenant, again=True)

    async def reload(self, tenant: Tenant) -> Tenant:
        """Read a tenant again from the registry; who acts on a snapshot of it stays there.

        Between a database's turning callers away and the registry's naming the new place lie
        milliseconds, or a mover that died: one that is nowhere else yet is asked for again.
        """
        ends_at_s = time.monotonic() + _PATIENCE_S
        polls_s = iter(_POLLS_S)
        wait_s = 0.0
        while True:
            found = await self._reload(tenant)
            is_new = (found.epoch, found.placement) != (tenant.epoch, tenant.placement)
            if is_new or time.monotonic() >= ends_at_s:
                return replace(found, number=tenant.number)
            wait_s = next(polls_s, wait_s)
            await asyncio.sleep(wait_s)

    async def retire(self, tenant: Tenant) -> None:
        """Close a tenant's tables: who knows it at an earlier epoch is turned away; data stay.

        One that was never provisioned wholly has no tables, and needs none to be closed.
        """
        try:
            async with self._databases.admin(database_of(tenant)) as connection:
                await self._record(connection, tenant)
        except (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError):
            log.info("tenant_retired_without_tables", tenant=tenant.name)

    async def make_ready(self, tenant: Tenant, *, again: bool = False) -> None:
        """Migrate a tenant's database at its first use by this process.

        Raises:
            DatabaseUnavailable, UnsafeRole, MigrationError: it cannot be used.
        """
        database = database_of(tenant)
        if database in self._ready and not again:
            return
        asked_at_s = time.monotonic()
        lock = self._locks.setdefault(database, asyncio.Lock())
        async with lock:
            if again or database not in self._ready:
                self._share_failure(database, asked_at_s)
                try:
                    await self._bring_up(database, is_shared=tenant.storage is Storage.SHARED)
                except DatabaseUnavailable as error:
                    self._failed[database] = (time.monotonic(), error)
                    raise
                self._ready[database] = None
                self._failed.pop(database, None)

    async def require_safe_server(self, server: str) -> None:
        """Check that the application's role is bound by row-level security on a server.

        Raises:
            DatabaseUnavailable: it is away.
            UnsafeRole: the role is not bound.
        """
        async with self._databases.dedicated(Database(server, _MAINTENANCE)) as connection:
            await require_bound_role(connection)

    def _share_failure(self, database: Database, asked_at_s: float) -> None:
        """Refuse who waited for an attempt that failed: a dead server is not asked by each."""
        failed_at_s, error = self._failed.get(database, (0.0, None))
        is_ours = failed_at_s >= asked_at_s or time.monotonic() - failed_at_s < _FAILED_S
        if error is not None and is_ours:
            raise DatabaseUnavailable(error.detail) from error

    async def _bring_up(self, database: Database, *, is_shared: bool) -> None:
        async with self._databases.admin(database) as connection:
            await self._prepare(connection, is_shared=is_shared)
        async with self._databases.connection(database) as connection:
            await require_safe_role(connection, is_shared=is_shared)

    def forget(self, tenant: Tenant) -> None:
        """Make a database ready again before its next use: it lacked something."""
        self._ready.pop(database_of(tenant), None)

    def reading(self, tenant: Tenant) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection in a read-only transaction of one snapshot that has entered the tenant.

        A tenant that was moved is followed; the caller's statements name it by number alone.

        Raises:
            Unavailable: the database is away.
        """
        return self._inside(tenant, _BEGIN_READING)

    def writing(self, tenant: Tenant) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection in a transaction that has entered the tenant beside other writers.

        Raises:
            Unavailable: the database is away.
        """
        lock = f"SELECT pg_advisory_xact_lock_shared({TENANT_LOCK:d}, {tenant.number:d})"
        return self._inside(tenant, f"BEGIN;{lock}")

    def kinds(self, tenant: Tenant) -> Kinds:
        """Answer with what this process knows of the tenant's kinds."""
        return self._kinds.setdefault((database_of(tenant), tenant.number), Kinds())

    async def fetch(
        self, tenant: Tenant, sql: str, *args: object
    ) -> Sequence[asyncpg.Record] | None:
        """Run one query that enters the tenant by itself, in a transaction and snapshot of its own.

        Args:
            tenant: where to read; its number is the first argument too.
            sql: a query that gives at least one row, with its arguments numbered.
            args: its arguments.

        Returns:
            Its rows; None where the tenant was moved or a connection was lost: `reading` follows
            the one and tells of the other.
        """
        epoch = len(args) + 1
        # The join's left side is had first: the tenant is entered before any row is looked for.
        entered = (
            f"SELECT q.* FROM (SELECT enter_tenant($1::int, ${epoch:d}::bigint)) t"  # noqa: S608 — parts are ours
            f" LEFT JOIN LATERAL ({sql}) q ON true"
        )
        await self.make_ready(tenant)
        try:
            async with self._databases.connection(database_of(tenant), tenant.number) as connection:
                return await connection.fetch(entered, *args, tenant.epoch)
        except DatabaseUnavailable:
            return None
        except asyncpg.PostgresError as error:
            if failure_of(error) is Failure.MOVED:
                return None
            raise

    @asynccontextmanager
    async def _inside(self, tenant: Tenant, begin: str) -> AsyncIterator[Connection]:
        try:
            async with AsyncExitStack() as stack:
                connection = await self._enter(stack, tenant, begin)
                yield connection
                await connection.execute("COMMIT")
        except DatabaseUnavailable as error:
            raise Unavailable("The database is away; try again in a moment") from error

    async def _enter(self, stack: AsyncExitStack, tenant: Tenant, begin: str) -> Connection:
        for _ in range(2):
            try:
                await self.make_ready(tenant)
            except asyncpg.InvalidCatalogNameError as error:
                tenant = await self._after(error, tenant)
                continue
            lease = self._databases.connection(database_of(tenant), tenant.number)
            connection = await lease.__aenter__()
            try:
                await connection.execute(
                    f"{begin};SELECT enter_tenant({tenant.number:d}, {tenant.epoch:d})"
                )
            except BaseException as error:
                try:
                    await lease.__aexit__(type(error), error, error.__traceback__)
                except DatabaseUnavailable as lost:
                    tenant = await self._after(lost, tenant)
                    continue
                if not isinstance(error, Exception):
                    raise
                tenant = await self._after(error, tenant)
            else:
                stack.push_async_exit(lease)
                return connection
        raise Unavailable("The database is away, or moves the tenant; try again in a moment")

    async def _after(self, error: Exception, tenant: Tenant) -> Tenant:
        """Answer with the tenant to try again with after a connection did not get inside it."""
        failure = failure_of(error)
        if failure is Failure.MOVED:
            return await self.reload(tenant)
        if failure is Failure.AWAY:
            return tenant  # an idle connection that the server had dropped: another one is fresh
        raise error

    async def _create(self, database: Database) -> None:
        """Create a database unless it is there; two processes may try at once."""
        async with self._databases.admin(Database(database.server, _MAINTENANCE)) as connection:
            known = await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", database.name
            )
            if known is None:
                quoted = '"' + database.name.replace('"', '""') + '"'
                try:
                    await connection.execute(
                        f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'"
                    )
                except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                    return

    async def _prepare(self, connection: Connection, *, is_shared: bool) -> None:
        if not await is_current(connection, MIGRATIONS):
            await migrate(connection, MIGRATIONS)
        if is_shared:
            await force_row_security(connection)
        await add_partitions(connection, self._clock())

    async def _record(self, connection: Connection, tenant: Tenant) -> None:
        """Write epoch and status while no writer is inside."""
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '10s'")
            await connection.execute(
                "SELECT set_config('renkei.tenant', $1::int::text, true)", tenant.number
            )
            await connection.execute(
                "SELECT pg_advisory_xact_lock($1::int, $2::int)", TENANT_LOCK, tenant.number
            )
            await connection.execute(
                _RECORD, tenant.number, tenant.epoch, tenant.status.value, self._history_days
            )
            await connection.execute(
                _RECORD_OF_SNAPSHOTS, tenant.number, tenant.epoch, tenant.status.value
            )


async def _require_alone(connection: Connection, tenant: Tenant) -> None:
    other = await connection.fetchval(_OTHERS, tenant.number)
    if other is not None:
        raise MisplacedTenant(
            f"Database {tenant.placement.database} holds data of tenant {other}; "
            f"the separated tenant {tenant.name} needs one of its own"
        )
