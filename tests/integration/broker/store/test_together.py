"""Statements that go together: numbered anew, sent once, reading from each other by name."""

import asyncpg
import pytest

from broker.store.together import Together
from tests.stores import Platform


async def test_a_later_statement_reads_what_an_earlier_one_returns(platform: Platform) -> None:
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TEMP TABLE one (a int); CREATE TEMP TABLE two (a int)")
        together = Together()
        together.add("put", "INSERT INTO one SELECT $1::int + $2::int RETURNING a", 1, 2)
        together.add("doubled", "INSERT INTO two SELECT a * $1::int FROM put", 10)
        assert await connection.fetchval("SELECT count(*) FROM one") == 0
        await together.send(connection)
        assert await connection.fetchval("SELECT a FROM one") == 3
        assert await connection.fetchval("SELECT a FROM two") == 30
        await together.send(connection)  # nothing is left to be sent
        assert await connection.fetchval("SELECT count(*) FROM one") == 1


async def test_where_one_fails_none_is_done(platform: Platform) -> None:
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TEMP TABLE single (a int PRIMARY KEY)")
        together = Together()
        together.add("put", "INSERT INTO single VALUES ($1)", 1)
        together.add("failing", "INSERT INTO single SELECT 1 / $1::int", 0)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await together.send(connection)
        assert await connection.fetchval("SELECT count(*) FROM single") == 0
