"""Statements that go together: numbered anew, sent once, reading from each other by name."""

import asyncpg
import pytest

from broker.store.together import Together
from tests.stores import Platform

_PUT = """
INSERT INTO one SELECT a + b FROM unnest($1::int[], $2::int[]) AS row (a, b) RETURNING a"""
_MULTIPLY = "INSERT INTO two SELECT a * factor FROM put, unnest($1::int[]) AS row (factor)"


async def test_a_later_statement_reads_what_an_earlier_one_returns(platform: Platform) -> None:
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TEMP TABLE one (a int); CREATE TEMP TABLE two (a int)")
        together = Together(connection)
        together.add("put", _PUT, [1], [2])
        together.add("doubled", _MULTIPLY, [10])
        assert await connection.fetchval("SELECT count(*) FROM one") == 0
        await together.send()
        assert await connection.fetchval("SELECT a FROM one") == 3
        assert await connection.fetchval("SELECT a FROM two") == 30
        await together.send()  # nothing is left to be sent
        assert await connection.fetchval("SELECT count(*) FROM one") == 1


async def test_where_one_fails_none_is_done(platform: Platform) -> None:
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TEMP TABLE single (a int PRIMARY KEY)")
        together = Together(connection)
        together.add("put", "INSERT INTO single SELECT unnest($1::int[])", [1])
        together.add("failing", "INSERT INTO single SELECT 1 / unnest($1::int[])", [0])
        with pytest.raises(asyncpg.DivisionByZeroError):
            await together.send()
        assert await connection.fetchval("SELECT count(*) FROM single") == 0


async def test_rows_under_one_name_go_with_one_statement(platform: Platform) -> None:
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TEMP TABLE one (a int, b text)")
        put = "INSERT INTO one SELECT * FROM unnest($1::int[], $2::text[])"
        together = Together(connection)
        together.add("put", put, [1, 2], ["x", "y"])
        together.add("put", put, range(3, 5), ["z", None])
        await together.send()
        rows = await connection.fetch("SELECT a, b FROM one ORDER BY a")
        assert list(map(tuple, rows)) == [(1, "x"), (2, "y"), (3, "z"), (4, None)]
