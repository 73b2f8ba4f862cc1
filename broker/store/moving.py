"""Moves tenants between databases while they are written to (joint_use's port `TenantMover`).

note what is written → copy one instant → follow what was noted, again and again → hold the writers,
follow the rest, count, write the tenant's row there, close the one here.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg
import structlog

from broker.store import moving_sql as sql
from broker.store.failures import Failure, failure_of
from broker.store.move_log import end_log
from broker.store.moving_session import MOVER_LOCK, Session
from broker.store.moving_tables import tables_of
from broker.store.tenants import TENANT_LOCK, TenantDatabases, database_of
from joint_use import MoveFailed, Storage, Tenant
from kit.db import FAULTS, Connection, Database, Databases, DatabaseUnavailable

log = structlog.get_logger(__name__)

_MAINTENANCE: Final = "postgres"
_MISSING = (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError)


class PostgresMover:
    """Copies tenants from database to database as their owner.

    Args:
        databases: the process's connections.
        tenants: makes databases.
    """

    def __init__(self, databases: Databases, tenants: TenantDatabases) -> None:
        self._databases = databases
        self._tenants = tenants

    @asynccontextmanager
    async def copying(self, origin: Tenant, target: Tenant) -> AsyncIterator[Session]:
        """Be the only one who copies a tenant; what an earlier attempt left is cleared first."""
        async with translated(), AsyncExitStack() as stack:
            await self._tenants.make_ready(origin)
            source = await stack.enter_async_context(self._databases.admin(database_of(origin)))
            await _be_alone(source, origin.number)
            if target.storage is Storage.SEPARATED:
                await self.clear(target)
            await self._tenants.make_room(target)
            if target.storage is Storage.SHARED:
                await self.clear(target)
            there = await stack.enter_async_context(self._databases.admin(database_of(target)))
            await _be_alone(there, origin.number)
            yield await Session.open(source, there, origin.number)

    async def is_closed(self, origin: Tenant, target: Tenant) -> bool:
        """Tell whether the old place was closed in favour of the target; waits for who does it."""
        async with (
            translated(),
            self._databases.admin(database_of(origin)) as connection,
            connection.transaction(),
        ):
            await connection.execute("SET LOCAL lock_timeout = '30s'")
            await connection.execute(sql.ENTER, origin.number)
            await connection.execute(
                "SELECT pg_advisory_xact_lock($1::int, $2::int)", TENANT_LOCK, origin.number
            )
            is_closed = await connection.fetchval(sql.IS_CLOSED, origin.number, target.epoch)
        return bool(is_closed)

    async def release(self, origin: Tenant) -> None:
        """Stop noting what is written in a place; idempotent."""
        try:
            async with translated(), self._databases.admin(database_of(origin)) as connection:
                await end_log(connection, await tables_of(connection), origin.number)
        except MoveFailed as error:
            if not isinstance(error.__cause__, _MISSING):
                raise

    async def clear(self, tenant: Tenant) -> None:
        """Delete what a place holds of a tenant that does not live there; idempotent."""
        database = database_of(tenant)
        if tenant.storage is Storage.SEPARATED:
            async with (
                translated(),
                self._databases.admin(Database(database.server, _MAINTENANCE)) as connection,
            ):
                name = sql.quoted(database.name)
                await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self._tenants.forget(tenant)
            return
        async with translated(), self._databases.admin(database) as connection:
            for number in await _numbers(connection, tenant.number):
                await _clear(connection, tenant.number, number)


async def _numbers(connection: Connection, tenant: int) -> Sequence[int]:
    """Answer with the numbers of a tenant's snapshots, and its own last."""
    async with connection.transaction():
        await connection.execute(sql.ENTER, tenant)
        return [*(row[0] for row in await connection.fetch(sql.NUMBERS, tenant)), tenant]


async def _clear(connection: Connection, tenant: int, number: int) -> None:
    for table in await tables_of(connection):
        async with connection.transaction():
            await connection.execute(sql.ENTER, number)
            await connection.execute(
                f"DELETE FROM {sql.quoted(table.name)} WHERE tenant = $1",  # noqa: S608 — of the catalog
                number,
            )
    async with connection.transaction():
        await connection.execute(sql.ENTER, tenant)
        await connection.execute("DELETE FROM tenant_state WHERE tenant = $1", number)


async def _be_alone(connection: Connection, tenant: int) -> None:
    """Let nobody else move the tenant from or to here, as long as the connection lives."""
    await connection.execute("SET lock_timeout = '20s'")
    await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", MOVER_LOCK, tenant)
    await connection.execute("SET lock_timeout = 0")


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Say of PostgreSQL's errors whether they may pass."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if failure_of(error) in {Failure.AWAY, Failure.CONTENDED}:
            raise DatabaseUnavailable(f"A database refuses for now: {error}") from error
        raise MoveFailed(
            f"A database refuses what a move needs: {error}",
            detail_ja="データベースの操作に失敗しました。",
        ) from error
    except FAULTS as error:
        raise DatabaseUnavailable(f"A database is away: {error}") from error
