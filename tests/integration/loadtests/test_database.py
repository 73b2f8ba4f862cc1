"""What a peak asks of PostgreSQL, beside the broker."""

import secrets

import asyncpg

from loadtests.circumstances import durability
from loadtests.floor import measure


async def test_a_server_without_fsync_is_called_not_durable(postgres_admin_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_admin_dsn)
    fsync = await connection.fetchval("SHOW fsync")
    await connection.close()
    said = await durability(postgres_admin_dsn)
    assert said.settings["fsync"] == fsync
    assert said.is_durable == (fsync == "on")
    assert said.server.startswith("PostgreSQL ")


async def test_a_role_that_commits_before_the_disk_has_it_is_told(postgres_admin_dsn: str) -> None:
    role = f"hasty_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(postgres_admin_dsn)
    await connection.execute(f"CREATE ROLE {role}")
    try:
        await connection.execute(f"ALTER ROLE {role} SET synchronous_commit = off")
        said = await durability(postgres_admin_dsn)
    finally:
        await connection.execute(f"DROP ROLE {role}")
        await connection.close()
    assert "synchronous_commit=off" in said.exceptions
    assert not said.is_durable


async def test_the_floor_is_measured_and_leaves_nothing_behind(postgres_admin_dsn: str) -> None:
    floor = await measure(postgres_admin_dsn, requesters=4, seconds=0.1)
    assert set(floor) == {"create", "get"}
    assert all(pace.single > 0 and pace.gathered > 0 for pace in floor.values())
    connection = await asyncpg.connect(postgres_admin_dsn)
    left = await connection.fetchval("SELECT to_regnamespace('load_floor')")
    await connection.close()
    assert left is None
