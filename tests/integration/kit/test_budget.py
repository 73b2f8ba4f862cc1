"""The budget of connections: who is served when there are fewer than are wanted."""

import asyncio

import pytest

from kit.db import Database, Databases, DatabaseUnavailable, Server
from tests.databases import a_database


async def ask(databases: Databases, database: Database) -> int:
    async with databases.connection(database) as connection:
        return int(await connection.fetchval("SELECT 1"))


async def test_the_budget_is_never_exceeded_and_everyone_is_served(
    databases: Databases, database: Database, other_database: Database
) -> None:
    sizes = []

    async def work(target: Database) -> int:
        async with databases.connection(target) as connection:
            sizes.append(databases.size)
            return int(await connection.fetchval("SELECT 1 FROM pg_sleep(0.002)"))

    jobs = [work((database, other_database)[turn % 2]) for turn in range(100)]
    assert await asyncio.gather(*jobs) == [1] * 100
    assert max(sizes) == 4


async def test_an_idle_connection_makes_room_for_another_database(
    server: Server, database: Database, other_database: Database
) -> None:
    async with Databases([server], budget=1) as databases:
        for turn in range(4):
            target = (database, other_database)[turn % 2]
            async with databases.connection(target) as connection:
                assert await connection.fetchval("SELECT current_database()") == target.name
            assert databases.size == 1


async def test_one_busy_database_does_not_starve_another(
    server: Server, database: Database, other_database: Database
) -> None:
    served: list[str] = []

    async def work(databases: Databases, target: Database) -> None:
        async with databases.connection(target) as connection:
            await connection.execute("SELECT pg_sleep(0.005)")
            served.append(target.name)

    async with Databases([server], budget=2) as databases, asyncio.TaskGroup() as tasks:
        for _ in range(100):
            tasks.create_task(work(databases, database))
        await asyncio.sleep(0)
        tasks.create_task(work(databases, other_database))
    assert served.index(other_database.name) < 50


async def test_more_busy_databases_than_connections_are_served_in_turn(server: Server) -> None:
    served: list[Database] = []

    async def work(databases: Databases, target: Database) -> None:
        async with databases.connection(target) as connection:
            await connection.execute("SELECT 1")
            served.append(target)

    async with (
        a_database(server) as one,
        a_database(server) as two,
        a_database(server) as three,
        Databases([server], budget=1) as databases,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(10):
            for target in (one, two, three):
                tasks.create_task(work(databases, target))
    assert len(served) == 30
    for start in range(0, 30, 3):
        assert set(served[start : start + 3]) == {one, two, three}


async def test_a_waiter_that_is_cancelled_leaves_its_turn_to_others(
    server: Server, database: Database
) -> None:
    async with Databases([server], budget=1) as databases:
        async with databases.connection(database):
            impatient, patient = (
                asyncio.create_task(ask(databases, database)),
                asyncio.create_task(ask(databases, database)),
            )
            await asyncio.sleep(0)
            impatient.cancel()
        late = asyncio.create_task(ask(databases, database))
        assert await patient == 1
        assert await late == 1
        assert impatient.cancelled()
        assert databases.size == 1


async def test_a_waiter_cancelled_at_its_turn_gives_the_connection_on(
    server: Server, database: Database
) -> None:
    async with Databases([server], budget=1) as databases:
        async with databases.connection(database):
            waiter = asyncio.create_task(ask(databases, database))
            await asyncio.sleep(0)
        waiter.cancel()  # its turn has come, it has not run yet
        assert await ask(databases, database) == 1
        assert databases.size == 1


async def test_an_idle_connection_is_closed_after_a_while(
    server: Server, database: Database
) -> None:
    async with Databases([server], idle_s=0.1) as databases:
        async with databases.connection(database):
            assert databases.size == 1
        await asyncio.sleep(1)
        assert databases.size == 0
        async with databases.connection(database) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_closing_turns_away_waiters_and_newcomers(server: Server, database: Database) -> None:
    databases = Databases([server], budget=1)

    async def ask() -> None:
        async with databases.connection(database):
            raise AssertionError("unreachable")

    async with databases.connection(database) as connection:
        waiter = asyncio.create_task(ask())
        await asyncio.sleep(0)
        await databases.close()
        with pytest.raises(DatabaseUnavailable, match="shut down"):
            await waiter
        assert await connection.fetchval("SELECT 1") == 1
    assert connection.is_closed()
    with pytest.raises(DatabaseUnavailable, match="shut down"):
        await ask()
    assert databases.size == 0


async def test_parties_that_share_a_database_take_turns(server: Server, database: Database) -> None:
    served: list[int] = []

    async def use(party: int) -> None:
        async with opened.connection(database, party):
            served.append(party)

    async with (
        Databases([server], budget=1) as opened,
        asyncio.TaskGroup() as users,
        opened.connection(database),
    ):
        for party in (1, 1, 1, 1, 2, 3):
            users.create_task(use(party))
            await asyncio.sleep(0)
        assert len(opened.pool(database).waiters) == 6
    assert served == [1, 2, 3, 1, 1, 1]
