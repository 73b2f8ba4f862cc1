"""One attempt to move a tenant: two connections, and what was copied over them so far."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import asyncpg
import structlog

from broker.store import moving_sql as sql
from broker.store.move_log import begin_log
from broker.store.moving_copy import pipe
from broker.store.moving_tables import Table, state_columns, tables_of
from broker.store.partitions import add_same_partitions
from broker.store.tenants import TENANT_LOCK
from joint_use import Held, MoveFailed, Tenant
from kit.db import Connection

log = structlog.get_logger(__name__)

MOVER_LOCK: Final = 0x726E6B76
_AT_ONCE: Final = 20_000  # keys that one round follows
_LITTLE: Final = 500  # noted changes that may be left for when the writers are held
_SHORT_S: Final = 0.4  # … or as much as is followed within this time
_MOST_ROUNDS: Final = 30
_LONGEST_HOLD_S: Final = 3.0  # writers give up after five
_TRIES: Final = 20
_PAUSE_S: Final = 0.5

Told = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Session:
    """Copies from one database to another.

    Args:
        numbers: by number here, the number there: the tenant's, and those of its snapshots.
        is_bound: the target's owner is bound by row-level security itself, and may not COPY.
    """

    source: Connection
    target: Connection
    tenant: int
    tables: Sequence[Table]
    is_bound: bool
    numbers: dict[int, int] = field(default_factory=dict)
    rows: int = 0

    @classmethod
    async def open(cls, source: Connection, target: Connection, tenant: int) -> Self:
        """Begin a session; nothing is copied yet.

        Raises:
            MoveFailed: the two databases do not have the same tables.
        """
        tables, there = await tables_of(source), await tables_of(target)
        if tables != there:
            raise MoveFailed(
                "The two databases have different tables; right is one version of the platform",
                detail_ja="移動元と移動先の表の版が異なります。",
            )
        for connection in (source, target):
            await connection.execute(sql.SESSION)
        is_bound = await target.fetchval("SELECT row_security_active('entity'::regclass)")
        return cls(source, target, tenant, tables, bool(is_bound))

    async def copy(self, told: Told) -> None:
        """Copy everything while the tenant is written to, until little is left to follow."""
        await begin_log(self.source, self.tables, self.tenant)
        await add_same_partitions(self.source, self.target)
        async with self.source.transaction(isolation="repeatable_read", readonly=True):
            await self._learn_numbers()
            for number, new in self.numbers.items():
                for table in self.tables:
                    await self._copy_table(table, number, new)
                    await told(self.rows)
        await self._lift_sequences()
        await self._catch_up()
        await told(self.rows)

    async def _catch_up(self) -> None:
        """Follow what was noted, until little is left."""
        for _ in range(_MOST_ROUNDS):
            began_s = time.monotonic()
            async with self.source.transaction(isolation="repeatable_read"):
                followed = await self._follow()
            if followed <= _LITTLE or time.monotonic() - began_s < _SHORT_S:
                return
        log.info("move_follows_slowly", tenant=self.tenant)

    async def close(self, origin: Tenant, target: Tenant) -> Held:
        """Compare, hold the writers, follow the rest, and close the old place for good."""
        rows = await self._verify()
        for _ in range(_TRIES):
            await self._catch_up()
            began_s = time.monotonic()
            try:
                async with asyncio.timeout(_LONGEST_HOLD_S), self.source.transaction():
                    await self._hold(origin)
                    await self._finish(origin, target)
            except (asyncpg.LockNotAvailableError, TimeoutError) as error:
                log.info("move_writers_not_held", tenant=origin.name, reason=str(error))
                await self._recover_target()
                await asyncio.sleep(_PAUSE_S)
            else:
                return Held(held_ms=round((time.monotonic() - began_s) * 1000), rows=rows)
        raise MoveFailed(
            "The tenant's writers cannot be held for as short as they may be",
            detail_ja="書込みを短時間止めることができませんでした。",
        )

    async def _copy_table(self, table: Table, number: int, new: int) -> None:
        """Copy all rows of a number, and compare."""
        await self._enter(number, new)
        query = sql.every_row(table, number, new, self.numbers)
        async with self.target.transaction():
            await self._enter(number, new)
            self.rows += await self._load(table, query)
            await self._compare(
                table, sql.checksum_of_all(table, number), sql.checksum_of_all(table, new)
            )

    async def _load(self, table: Table, query: str) -> int:
        columns = ["tenant", *table.columns]
        if not self.is_bound:
            return await pipe(self.source, query, self.target, table.name, columns)
        name, staging = sql.quoted(table.name), f"staged_{table.name}"
        await self.target.execute(
            f"CREATE TEMP TABLE {sql.quoted(staging)} (LIKE {name}) ON COMMIT DROP"
        )
        count = await pipe(self.source, query, self.target, staging, columns)
        listed = sql.listed(columns)
        await self.target.execute(
            f"INSERT INTO {name} ({listed}) OVERRIDING SYSTEM VALUE "  # noqa: S608 — of the catalog
            f"SELECT {listed} FROM {sql.quoted(staging)}; DROP TABLE {sql.quoted(staging)}"
        )
        return count

    async def _compare(self, table: Table, here: str, there: str) -> None:
        ours, theirs = await asyncio.gather(self.source.fetchrow(here), self.target.fetchrow(there))
        if ours is None or theirs is None or tuple(ours) != tuple(theirs):
            raise MoveFailed(
                f"Table {table.name} differs after it was copied: {ours} here, {theirs} there",
                detail_ja=f"表 {table.name} のコピーが一致しません。",
            )

    async def _follow(self) -> int:
        await self._learn_numbers()
        return sum([await self._follow_number(number, new) for number, new in self._both()])

    async def _follow_number(self, number: int, new: int) -> int:
        await self._enter(number, new)
        await self.source.execute(sql.FORGET_KEYS)
        await self.source.execute(sql.TAKE_KEYS, number, _AT_ONCE)
        keyed = {row["source"]: row["count"] for row in await self.source.fetch(sql.KEYED)}
        if not keyed:
            return 0
        async with self.target.transaction():
            await self._enter(number, new)
            await self.target.execute(sql.FORGET_KEYS)
            await pipe(self.source, sql.KEYS, self.target, "moved_key", ["source", "key"])
            for connection in (self.source, self.target):
                await connection.execute("ANALYZE moved_key")
                await connection.execute(sql.KEY_PLAN)
            for table in self.tables:
                if table.name in keyed:
                    await self._follow_table(table, number, new)
        return sum(keyed.values())

    async def _follow_table(self, table: Table, number: int, new: int) -> None:
        """Replace the rows of the keys by those that there are now."""
        await self.target.execute(sql.delete_keyed(table, new))
        self.rows += await self._load(table, sql.keyed_rows(table, number, new, self.numbers))
        await self._compare(
            table, sql.checksum_of_keyed(table, number), sql.checksum_of_keyed(table, new)
        )

    async def _hold(self, origin: Tenant) -> None:
        """Have the tenant and its snapshots alone; who writes waits."""
        await self.source.execute("SET LOCAL lock_timeout = '1s'")
        await self.source.execute(sql.ENTER, origin.number)
        lock = "SELECT pg_advisory_xact_lock($1::int, $2::int)"
        await self.source.execute(lock, TENANT_LOCK, origin.number)
        for row in await self.source.fetch(sql.NUMBERS, origin.number):
            await self.source.execute(lock, TENANT_LOCK, row["tenant"])

    async def _finish(self, origin: Tenant, target: Tenant) -> None:
        """Follow the rest; then write the tenant's row there and close the one here."""
        while await self._follow():
            pass
        await self._lift_sequences()
        async with self.target.transaction():
            await self._put_states(origin, target)
        await self.source.execute(sql.ENTER, origin.number)
        await self.source.execute(sql.CLOSE, origin.number, target.epoch)

    async def _verify(self) -> int:
        """Compare how many rows there are, both places being at one instant while writers go on."""
        async with self.source.transaction(isolation="repeatable_read"):
            while await self._follow():
                pass
            return await self._count()

    async def _count(self) -> int:
        """Compare how many rows there are in every table."""
        total = 0
        for number, new in self._both():
            await self._enter(number, new)
            async with self.target.transaction():
                await self._enter(number, new)
                ours, theirs = await asyncio.gather(
                    self.source.fetch(sql.count_all(self.tables, number)),
                    self.target.fetch(sql.count_all(self.tables, new)),
                )
            counted = {row["name"]: row["count"] for row in ours}
            if counted != {row["name"]: row["count"] for row in theirs}:
                raise MoveFailed(
                    f"Rows were lost or doubled: {counted} here, {list(map(tuple, theirs))} there",
                    detail_ja="コピーの件数が一致しません。",
                )
            total += sum(counted.values())
        return total

    async def _put_states(self, origin: Tenant, target: Tenant) -> None:
        columns = await state_columns(self.source)
        await self.source.execute(sql.ENTER, origin.number)
        for row in await self.source.fetch(sql.read_states(columns), origin.number):
            new = self.numbers[row["tenant"]]
            await self.target.execute(sql.ENTER, new)
            await self.target.execute(
                sql.put_state(columns), new, target.epoch, row["status"], row["state"]
            )

    async def _learn_numbers(self) -> None:
        """Give every snapshot that has come up a number there."""
        await self.source.execute(sql.ENTER, self.tenant)
        self.numbers.setdefault(self.tenant, self.tenant)
        for row in await self.source.fetch(sql.NUMBERS, self.tenant):
            if row["tenant"] not in self.numbers:
                drawn = await self.target.fetchval("SELECT nextval('snapshot_number')::int")
                self.numbers[row["tenant"]] = drawn

    async def _lift_sequences(self) -> None:
        """Let nothing be numbered there as it was numbered here."""
        for row in await self.source.fetch(sql.SEQUENCES):
            name = sql.quoted(row["name"])
            async with self.target.transaction():
                await self.target.execute(f"ALTER SEQUENCE {name} INCREMENT BY 1")  # nobody draws
                await self.target.execute(
                    f"SELECT setval('{name}', $1) FROM {name} WHERE last_value < $1",  # noqa: S608 — of the catalog
                    row["last_value"],
                )

    async def _recover_target(self) -> None:
        """Let a statement that was cut off by the clock end."""
        if self.target.is_in_transaction():
            await self.target.execute("ROLLBACK")

    async def _enter(self, number: int, new: int) -> None:
        await self.source.execute(sql.ENTER, number)
        if self.target.is_in_transaction():
            await self.target.execute(sql.ENTER, new)

    def _both(self) -> Iterator[tuple[int, int]]:
        yield from list(self.numbers.items())
