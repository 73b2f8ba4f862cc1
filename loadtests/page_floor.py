"""The floor of queries: the very same page SELECT on the same data over bare asyncpg.

Rows are fetched and nothing is made of them: no HTTP, no JSON, no tenant to enter.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from broker.api.query_params import query_request
from broker.ngsi.contexts import core
from broker.ngsi.indexes import read_path
from broker.ngsi.names import Iri
from broker.ngsi.q.paths import path_key
from broker.ngsi.resolve import resolve_filter
from broker.store.page_sql import QueryStatement, Scene, Slice, query_statement
from kit.db import Database, Opening
from kit.postgres import Connection, close_connection, open_connection
from loadtests.catalogue import INDEXED, PAGE

_KINDS = "SELECT kind, types FROM entity_kind WHERE tenant = $1"


async def measure_pages(
    database_url: str,
    database: str,
    tenant: int,
    asked: Sequence[dict[str, str]],
    *,
    connections: int,
    seconds: float,
) -> float:
    """Measure pages per second.

    Args:
        database_url: of the server, as its owner.
        database: where the tenant's entities are.
        tenant: its number.
        asked: parameters of the queries.
        connections: each asks again as soon as it is answered.
        seconds: for how long.
    """
    place = Database("main", database)
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(connections):
            connection = await open_connection(database_url, place, Opening())
            stack.push_async_callback(close_connection, connection)
            await connection.execute("SET plan_cache_mode = force_generic_plan")
            opened.append(connection)
        statements = await _statements(opened[0], tenant, asked)
        began_s = time.perf_counter()
        until_s = began_s + seconds
        counts = await asyncio.gather(*(_repeat(one, statements, until_s) for one in opened))
        return sum(counts) / (time.perf_counter() - began_s)


async def _statements(
    connection: Connection, tenant: int, asked: Sequence[dict[str, str]]
) -> list[QueryStatement]:
    """Write the statements that the broker would send."""
    rows = await connection.fetch(_KINDS, tenant)
    scene = Scene(
        tenant=tenant,
        now=datetime.now(UTC),
        declared={path_key(read_path(path, core())) for path in INDEXED},
        kinds={row["kind"]: tuple(map(Iri, row["types"])) for row in rows},
    )
    part = Slice(limit=PAGE + 1)
    return [
        query_statement(resolve_filter(query_request(one), core()), part, scene) for one in asked
    ]


async def _repeat(
    connection: Connection, statements: Sequence[QueryStatement], until_s: float
) -> int:
    count = 0
    while time.perf_counter() < until_s:
        statement = random.choice(statements)
        await connection.fetch(statement.sql, *statement.args)
        count += 1
    return count
