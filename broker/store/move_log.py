"""What is written of a tenant while it is copied: noted by triggers, awake while any tenant moves.

A trigger sees every statement, whoever runs it, so nobody who writes needs to know of moves.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog

from broker.store import moving_sql as sql
from broker.store.moving_tables import Table
from broker.store.tenants import TENANT_LOCK
from joint_use import MoveFailed
from kit.db import Connection

log = structlog.get_logger(__name__)

_CLASS = 0x726E6B6C
_TRIES = 120
_PAUSE_S = 0.5
# Writers of all tenants in the database wait while a trigger waits for those before them.
_SHORTLY = "SET LOCAL lock_timeout = '1s'"
_SLEEPING = """
SELECT count(*) FILTER (WHERE tgenabled <> 'D') < 3 FROM pg_trigger
WHERE tgrelid = $1::text::regclass AND tgname LIKE 'zz_note_move_%'"""
_AWAKE = f"{_SLEEPING.replace('< 3', '> 0')}"
_MARK = "UPDATE tenant_state SET is_logged = $2 WHERE tenant = $1 OR owner = $1"


async def begin_log(connection: Connection, tables: Sequence[Table], tenant: int) -> None:
    """Note from now on what is written of a tenant and its snapshots.

    Raises:
        MoveFailed: somebody holds a table for too long.
    """
    async with _alone(connection):
        await connection.execute(
            "INSERT INTO move_source VALUES ($1) ON CONFLICT DO NOTHING", tenant
        )
        for table in tables:
            if await connection.fetchval(_SLEEPING, sql.quoted(table.name)):
                await patiently(
                    connection,
                    f"{sql.note_function(table)};{sql.note_triggers(table)}"
                    + f";{sql.awaken(table)}",
                )
    # Who began to write before the triggers were awake has ended once this has the tenant alone.
    await patiently(connection, None, tenant)


async def end_log(connection: Connection, tables: Sequence[Table], tenant: int) -> None:
    """Note nothing of a tenant any more and forget what was noted; idempotent."""
    async with connection.transaction():
        await connection.execute(sql.ENTER, tenant)
        numbers = [tenant, *(row[0] for row in await connection.fetch(sql.NUMBERS, tenant))]
        await connection.execute(_MARK, tenant, False)
        for number in numbers:
            await connection.execute(sql.ENTER, number)
            await connection.execute("DELETE FROM move_log WHERE tenant = $1", number)
    async with _alone(connection):
        await connection.execute("DELETE FROM move_source WHERE number = $1", tenant)
        if await connection.fetchval("SELECT EXISTS (SELECT FROM move_source)"):
            return
        for table in tables:
            if await connection.fetchval(_AWAKE, sql.quoted(table.name)):
                try:
                    await patiently(connection, sql.silence(table), tries=3)
                except MoveFailed as error:  # it costs a little until the next move ends
                    log.info("trigger_left_awake", table=table.name, reason=error.detail)


async def patiently(
    connection: Connection,
    statement: str | None,
    tenant: int = 0,
    *,
    tries: int = _TRIES,
) -> None:
    """Run what needs a strong lock for a moment, or mark a tenant as noted, as often as need be."""
    for _ in range(tries):
        try:
            async with connection.transaction():
                await connection.execute(_SHORTLY)
                if statement is not None:
                    await connection.execute(statement)
                else:
                    await connection.execute(sql.ENTER, tenant)
                    await connection.execute(
                        "SELECT pg_advisory_xact_lock($1::int, $2::int)", TENANT_LOCK, tenant
                    )
                    await connection.execute(_MARK, tenant, True)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_PAUSE_S)
        else:
            return
    raise MoveFailed(
        "A table is held by others for too long",
        detail_ja="表が長時間使用中のため移動を開始できません。",
    )


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Be the only one who wakes triggers of the database or lets them sleep."""
    await connection.execute("SELECT pg_advisory_lock($1::int, 0)", _CLASS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1::int, 0)", _CLASS)
