import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from urllib.parse import urlsplit

import asyncpg
import pytest

from kit.db import Connection, Database, Databases, DatabaseUnavailable, Opening, Server
from tests.databases import a_database

QUICK = Opening(timeout_s=2)


async def backend(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def kill(databases: Databases, database: Database, pid: int) -> None:
    async with databases.admin(Database(database.server, "postgres")) as owner:
        await owner.execute("SELECT pg_terminate_backend($1, 5000)", pid)


async def kill_by(server: Server, pid: int) -> None:
    async with Databases([server]) as others:
        await kill(others, Database(server.name, "postgres"), pid)


@asynccontextmanager
async def a_silent_server() -> AsyncIterator[Server]:
    """Take connections and never answer."""
    done = asyncio.Event()

    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    listening = await asyncio.start_server(be_silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    dsn = f"postgresql://nobody@127.0.0.1:{port}/x?sslmode=disable"
    try:
        yield Server(name="silent", admin_dsn=dsn, application_dsn=dsn)
    finally:
        done.set()
        listening.close()
        await listening.wait_closed()


async def test_a_connection_is_lent_again_after_use(
    databases: Databases, database: Database
) -> None:
    async with databases.connection(database) as connection:
        first = await backend(connection)
    async with databases.connection(database) as connection:
        assert await backend(connection) == first
    assert databases.size == 1


async def test_the_application_role_is_neither_owner_nor_superuser(
    databases: Databases, database: Database
) -> None:
    async with databases.connection(database) as connection:
        row = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
    assert row is not None
    assert tuple(row) == (False, False)


async def test_jsonb_goes_and_comes_as_bytes(databases: Databases, database: Database) -> None:
    async with databases.connection(database) as connection:
        answer = await connection.fetchrow(
            "SELECT $1::jsonb AS one, $2::jsonb[] AS many, NULL::jsonb AS none",
            '{"名": "札幌"}'.encode(),
            [b"1", b'"x"'],
        )
    assert answer is not None
    assert answer["one"] == '{"名": "札幌"}'.encode()
    assert answer["many"] == [b"1", b'"x"']
    assert answer["none"] is None


async def test_a_database_is_reached_over_tcp_and_over_a_socket(
    databases: Databases, database: Database, server: Server
) -> None:
    async with databases.admin(database) as owner:
        port = await owner.fetchval("SHOW port")
        directories = await owner.fetchval("SHOW unix_socket_directories")
        addresses = await owner.fetchval("SHOW listen_addresses")
    by_socket = urlsplit(server.application_dsn)
    user = by_socket.netloc.rpartition("@")[0]
    ways = []
    if addresses:
        ways.append(f"postgresql://{user}@127.0.0.1:{port}/postgres")
    if directories:
        ways.append(f"postgresql://{user}@/postgres?host={directories.split(',')[0]}&port={port}")
    assert ways
    for way in ways:
        ours = Server(name=database.server, admin_dsn=way, application_dsn=way)
        async with Databases([ours]) as opened, opened.connection(database) as connection:
            assert await connection.fetchval("SELECT current_database()") == database.name


async def test_an_error_of_the_caller_leaves_a_usable_connection(
    databases: Databases, database: Database
) -> None:
    used: list[int] = []

    async def fail() -> None:
        async with databases.connection(database) as connection, connection.transaction():
            used.append(await backend(connection))
            await connection.execute("SELECT * FROM absent")

    with pytest.raises(asyncpg.UndefinedTableError):
        await fail()
    async with databases.connection(database) as connection:
        assert await backend(connection) == used[0]
        assert not connection.is_in_transaction()


async def test_a_server_that_leaves_before_what_is_open_is_undone_hides_no_callers_error(
    databases: Databases, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its farewell may be read between two statements; asyncpg then speaks of its own state."""
    used: list[int] = []

    async def gone(*_: object, **__: object) -> str:
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2)")

    async def fail() -> None:
        async with databases.connection(database) as connection:
            used.append(await backend(connection))
            await connection.execute("BEGIN")
            monkeypatch.setattr(type(connection), "execute", gone)
            raise KeyError("the caller's own")

    with pytest.raises(KeyError, match="own"):
        await fail()
    monkeypatch.undo()
    async with databases.connection(database) as connection:
        assert await backend(connection) != used[0]


async def test_a_cancelled_statement_costs_its_connection_and_no_other(
    databases: Databases, database: Database
) -> None:
    lent = asyncio.Event()

    async def sleep() -> None:
        async with databases.connection(database) as connection:
            lent.set()
            await connection.execute("SELECT pg_sleep(30)")

    sleeper = asyncio.create_task(sleep())
    await lent.wait()
    await asyncio.sleep(0.1)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    assert databases.size == 0
    async with databases.connection(database) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_connection_that_breaks_while_idle_is_replaced_silently(
    databases: Databases, database: Database
) -> None:
    async with databases.connection(database) as connection:
        pid = await backend(connection)
    await kill(databases, database, pid)
    await asyncio.sleep(0.05)
    async with databases.connection(database) as connection:
        assert await backend(connection) != pid
    assert databases.size == 1


async def test_what_a_caller_raised_is_told_also_where_the_server_goes_before_it_rolls_back(
    databases: Databases, database: Database, server: Server
) -> None:
    class ElsewhereError(Exception):
        """What the caller found out."""

    async def give_up() -> None:
        async with databases.connection(database) as connection:
            await connection.execute("BEGIN")
            pid = await backend(connection)
            unnoticed = Thread(target=lambda: asyncio.run(kill_by(server, pid)))
            unnoticed.start()
            unnoticed.join()  # this loop stands still: the farewell is not read yet
            raise ElsewhereError

    with pytest.raises(ElsewhereError):
        await give_up()
    assert databases.size == 0
    async with databases.connection(database) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_connection_that_breaks_in_use_is_unavailable(
    databases: Databases, database: Database
) -> None:
    async def lose() -> None:
        async with databases.connection(database) as connection:
            await kill(databases, database, await backend(connection))
            await connection.fetchval("SELECT 1")

    with pytest.raises(DatabaseUnavailable, match=database.name) as caught:
        await lose()
    assert isinstance(caught.value.__cause__, Exception)
    assert databases.size == 0


@pytest.mark.parametrize(
    "dsn",
    ["postgresql://nobody@/x?host=/nonexistent", "postgresql://nobody@127.0.0.1:1/x"],
)
async def test_a_server_that_is_away_is_unavailable(dsn: str) -> None:
    away = Server(name="away", admin_dsn=dsn, application_dsn=dsn)
    async with Databases([away], opening=QUICK) as databases:
        with pytest.raises(DatabaseUnavailable, match="away/x cannot be reached"):
            async with databases.connection(Database("away", "x")):
                raise AssertionError("unreachable")
        with pytest.raises(DatabaseUnavailable, match="away/x cannot be reached"):
            async with databases.admin(Database("away", "x")):
                raise AssertionError("unreachable")
        assert databases.size == 0


async def test_a_silent_server_neither_hangs_a_caller_nor_holds_the_budget(
    server: Server, database: Database
) -> None:
    async with (
        a_silent_server() as silent,
        Databases([server, silent], budget=2, opening=Opening(timeout_s=0.3)) as databases,
    ):

        async def knock() -> None:
            async with databases.connection(Database("silent", "x")):
                raise AssertionError("unreachable")

        knocks = await asyncio.gather(*(knock() for _ in range(8)), return_exceptions=True)
        assert all(isinstance(knocked, DatabaseUnavailable) for knocked in knocks)
        async with databases.connection(database) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_an_unknown_server_is_named(databases: Databases) -> None:
    with pytest.raises(DatabaseUnavailable, match="Server elsewhere"):
        async with databases.connection(Database("elsewhere", "x")):
            raise AssertionError("unreachable")
    assert databases.size == 0


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

        async def ask() -> int:
            async with databases.connection(database) as connection:
                return int(await connection.fetchval("SELECT 1"))

        async with databases.connection(database):
            impatient, patient = asyncio.create_task(ask()), asyncio.create_task(ask())
            await asyncio.sleep(0)
            impatient.cancel()
        late = asyncio.create_task(ask())
        assert await patient == 1
        assert await late == 1
        assert impatient.cancelled()
        assert databases.size == 1


async def test_a_waiter_cancelled_at_its_turn_gives_the_connection_on(
    server: Server, database: Database
) -> None:
    async with Databases([server], budget=1) as databases:

        async def ask() -> int:
            async with databases.connection(database) as connection:
                return int(await connection.fetchval("SELECT 1"))

        async with databases.connection(database):
            waiter = asyncio.create_task(ask())
            await asyncio.sleep(0)
        waiter.cancel()  # its turn has come, it has not run yet
        assert await ask() == 1
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
