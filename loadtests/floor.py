"""The floor: the same rows into and out of the same PostgreSQL with nothing in between.

Each figure is taken twice: one statement per row on as many connections as the load has, and
gathered, where the rows that wait while a statement runs go together in the next one.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from loadtests.shelters import Shelters

_MAX_GATHERED = 200
_JSONB = b"\x01"  # the version that PostgreSQL's binary form of jsonb begins with

_SET_UP = """
    DROP SCHEMA IF EXISTS load_floor CASCADE;
    CREATE SCHEMA load_floor;
    CREATE TABLE load_floor.entity (
        tenant int, id text COLLATE "C", document jsonb NOT NULL, PRIMARY KEY (tenant, id));
"""
_TEAR_DOWN = "DROP SCHEMA IF EXISTS load_floor CASCADE"
_INSERT = "INSERT INTO load_floor.entity VALUES (1, $1, $2)"
_INSERT_MANY = "INSERT INTO load_floor.entity SELECT 1, * FROM unnest($1::text[], $2::jsonb[])"
_SELECT = "SELECT document FROM load_floor.entity WHERE tenant = 1 AND id = $1"
_SELECT_MANY = "SELECT document FROM load_floor.entity WHERE tenant = 1 AND id = ANY($1)"

_Ask: TypeAlias = Callable[[int], Awaitable[object]]
_Send: TypeAlias = Callable[[Sequence[int]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Rows per second, one statement for each and gathered."""

    single: float
    gathered: float


async def measure(database_url: str, *, requesters: int, seconds: float) -> dict[str, Pace]:
    """Measure by scenario, in a schema made for it and dropped again; `seconds` for each figure."""
    entities = Shelters(run="floor")
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(_connection(database_url)) for _ in range(requesters)
        ]
        first = connections[0]
        await first.execute(_SET_UP)
        stack.push_async_callback(first.execute, _TEAR_DOWN)
        new = itertools.count()
        create = Pace(
            single=await _pace(
                [await _inserting(one, entities) for one in connections], new, seconds
            ),
            gathered=await _gathered(
                await _inserting_many(first, entities), requesters, new, seconds
            ),
        )
        there = itertools.cycle(range(next(new)))
        get = Pace(
            single=await _pace(
                [await _selecting(one, entities) for one in connections], there, seconds
            ),
            gathered=await _gathered(
                await _selecting_many(first, entities), requesters, there, seconds
            ),
        )
    return {"create": create, "get": get}


@asynccontextmanager
async def _connection(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(database_url)
    try:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            encoder=_JSONB.__add__,
            decoder=lambda stored: stored[1:],
            format="binary",
        )
        yield connection
    finally:
        await connection.close()


async def _inserting(connection: "asyncpg.Connection[asyncpg.Record]", entities: Shelters) -> _Ask:
    statement = await connection.prepare(_INSERT)
    return lambda number: statement.fetch(entities.entity_id(number), entities.body(number))


async def _inserting_many(
    connection: "asyncpg.Connection[asyncpg.Record]", entities: Shelters
) -> _Send:
    statement = await connection.prepare(_INSERT_MANY)
    return lambda numbers: statement.fetch(
        [entities.entity_id(number) for number in numbers],
        [entities.body(number) for number in numbers],
    )


async def _selecting(connection: "asyncpg.Connection[asyncpg.Record]", entities: Shelters) -> _Ask:
    statement = await connection.prepare(_SELECT)
    return lambda number: statement.fetch(entities.entity_id(number))


async def _selecting_many(
    connection: "asyncpg.Connection[asyncpg.Record]", entities: Shelters
) -> _Send:
    statement = await connection.prepare(_SELECT_MANY)
    return lambda numbers: statement.fetch([entities.entity_id(number) for number in numbers])


async def _pace(asks: Sequence[_Ask], numbers: Iterator[int], seconds: float) -> float:
    """Let every requester ask again and again; answer with the rows per second."""
    began_s = time.perf_counter()

    async def repeat(ask: _Ask) -> int:
        for count in itertools.count():
            if time.perf_counter() - began_s >= seconds:
                return count
            await ask(next(numbers))
        raise AssertionError("counting ends")

    rows = sum(await asyncio.gather(*(repeat(ask) for ask in asks)))
    return rows / (time.perf_counter() - began_s)


async def _gathered(send: _Send, requesters: int, numbers: Iterator[int], seconds: float) -> float:
    """Measure requesters whose rows go together."""
    group = _Group(send)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(group.keep_sending())
        rows_per_second = await _pace([group.ask] * requesters, numbers, seconds)
        sending.cancel()
    return rows_per_second


class _Group:
    """Sends what gathered while the statement before it ran."""

    def __init__(self, send: _Send) -> None:
        self._send = send
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._has_waiting = asyncio.Event()

    async def ask(self, number: int) -> None:
        """Join the next statement and wait for its end."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((number, done))
        self._has_waiting.set()
        await done

    async def keep_sending(self) -> None:
        """Send group after group."""
        while True:
            await self._has_waiting.wait()
            group, self._waiting = self._waiting[:_MAX_GATHERED], self._waiting[_MAX_GATHERED:]
            if not self._waiting:
                self._has_waiting.clear()
            await self._send([number for number, _ in group])
            for _, done in group:
                done.set_result(None)
