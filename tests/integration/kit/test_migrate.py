import asyncio
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import asyncpg
import pytest

from kit.db import Database, Databases
from kit.migrate import SchemaChanged, SchemaNewer, is_current, migrate

MakePackage = Callable[[dict[str, str]], str]
FIRST = {"0001_towns.sql": "CREATE TABLE town (name text); INSERT INTO town VALUES ('江別');"}
BOTH = {**FIRST, "0002_code.sql": "ALTER TABLE town ADD COLUMN code text;"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakePackage:
    name = f"migrations_of_{tmp_path.name}"
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(sql: dict[str, str]) -> str:
        for old in folder.iterdir():
            old.unlink()
        for file, text in sql.items():
            (folder / file).write_text(text)
        sys.modules.pop(name, None)
        return name

    return write


async def test_each_migration_is_applied_once(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    async with databases.admin(database) as owner:
        assert not await is_current(owner, package(FIRST))
        assert [one.number for one in await migrate(owner, package(FIRST))] == [1]
        assert await migrate(owner, package(FIRST)) == []
        assert await is_current(owner, package(FIRST))
        assert not await is_current(owner, package(BOTH))
        assert [one.number for one in await migrate(owner, package(BOTH))] == [2]
        assert await owner.fetchval("SELECT count(*) FROM town") == 1


async def test_racing_processes_apply_each_migration_once(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    name = package({**BOTH, "0003_slow.sql": "SELECT pg_sleep(0.1);"})

    async def race() -> list[int]:
        async with databases.admin(database) as owner:
            return [one.number for one in await migrate(owner, name)]

    applied = await asyncio.gather(*(race() for _ in range(5)))
    assert sorted(chain.from_iterable(applied)) == [1, 2, 3]


async def test_a_failing_migration_leaves_nothing_behind(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    broken = package({**FIRST, "0002_broken.sql": "CREATE TABLE half (x int); SELECT 1/0;"})
    async with databases.admin(database) as owner:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(owner, broken)
        assert await owner.fetchval("SELECT to_regclass('half')") is None
        assert await owner.fetchval("SELECT max(number) FROM schema_version") == 1
        assert [one.number for one in await migrate(owner, package(BOTH))] == [2]


async def test_a_changed_file_of_an_applied_migration_is_refused(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    async with databases.admin(database) as owner:
        await migrate(owner, package(FIRST))
        changed = package({"0001_towns.sql": "CREATE TABLE town (name text, code text);"})
        with pytest.raises(SchemaChanged, match=r"Migration 1 of .* checksum"):
            await migrate(owner, changed)
        with pytest.raises(SchemaChanged):
            await is_current(owner, changed)


async def test_the_version_before_lives_with_a_database_that_has_more(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    async with databases.admin(database) as owner:
        await migrate(owner, package(BOTH))
        assert await is_current(owner, package(FIRST))
        assert await migrate(owner, package(FIRST)) == []


async def test_a_database_that_lacks_what_the_program_uses_is_refused(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    breaking = "-- breaks: names, unused since 0.2\nALTER TABLE town DROP COLUMN name;"
    async with databases.admin(database) as owner:
        await migrate(owner, package({**FIRST, "0002_no_names.sql": breaking}))
        with pytest.raises(SchemaNewer, match=r"migration 2 of .* knows 1"):
            await migrate(owner, package(FIRST))
        with pytest.raises(SchemaNewer):
            await is_current(owner, package(FIRST))


async def test_a_database_from_before_that_was_noted_goes_on(
    databases: Databases, database: Database, package: MakePackage
) -> None:
    async with databases.admin(database) as owner:
        await migrate(owner, package(FIRST))
        await owner.execute("ALTER TABLE schema_version DROP COLUMN breaks")
        assert await is_current(owner, package(FIRST))
        assert [one.number for one in await migrate(owner, package(BOTH))] == [2]


async def test_packages_that_share_a_database_count_apart(
    databases: Databases, database: Database, package: MakePackage, tmp_path: Path
) -> None:
    async with databases.admin(database) as owner:
        await migrate(owner, package(BOTH))
        neighbour = tmp_path / "neighbour_migrations"
        neighbour.mkdir()
        (neighbour / "0001_villages.sql").write_text("CREATE TABLE village (name text);")
        assert [one.number for one in await migrate(owner, "neighbour_migrations")] == [1]


async def test_a_migration_does_not_wait_for_ever_for_a_busy_table(
    databases: Databases, database: Database, package: MakePackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.migrate.LOCK_TIMEOUT", "100ms")
    async with databases.admin(database) as owner, databases.admin(database) as reader:
        await migrate(owner, package(FIRST))
        async with reader.transaction():
            await reader.fetchval("SELECT count(*) FROM town")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await migrate(owner, package(BOTH))
        assert [one.number for one in await migrate(owner, package(BOTH))] == [2]
