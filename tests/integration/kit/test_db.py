import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from urllib.parse import urlsplit

import asyncpg
import pytest

from kit.db import Connection, Database, Databases, DatabaseUnavailable, Opening, Server

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
