"""With the application's role, no statement on any shared table meets another tenant's rows."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from joint_use import Tenant
from kit.db import Connection
from tests.isolation.neighbours import checksums_of
from tests.stores import Platform

_COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attidentity <> 'a' AND a.attname <> 'tenant'
  AND (a.attname <> 'owner' OR a.attnotnull) ORDER BY a.attnum"""
_TABLES = """
SELECT c.relname::text FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition ORDER BY 1"""
_SOME = {
    "text": "'some'",
    "text[]": "'{some}'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "bytea": "'some'",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "now()",
    "date": "now()::date",
    "boolean": "false",
    "integer": "1",
    "smallint": "1",
    "bigint": "1",
    "double precision": "1",
}
_CHECKED = {("stored_context", "kind"): "'Hosted'"}
"""Columns that take certain values alone."""

Columns = Sequence[tuple[str, str]]


async def columns_of(connection: Connection, table: str) -> Columns:
    """Each column a row needs, and a value for it."""
    rows = await connection.fetch(_COLUMNS, table)
    return [(name, _CHECKED.get((table, name), _SOME[kind])) for name, kind in rows]


def inserting(table: str, columns: Columns, tenant: int) -> str:
    """An INSERT of some row of a tenant."""
    names = ", ".join(name for name, _ in columns)
    values = ", ".join(value for _, value in columns)
    return f"INSERT INTO {table} (tenant, {names}) VALUES ({tenant}, {values})"  # noqa: S608 — a test's own text


async def a_row_in_each(platform: Platform, tenant: Tenant) -> dict[str, Columns]:
    """Put a row of the tenant into every table that has tenants; answers with their columns."""
    found: dict[str, Columns] = {}
    async with platform.databases.admin(platform.shared) as connection:
        for (table,) in await connection.fetch(_TABLES):
            found[table] = await columns_of(connection, table)
            if table != "tenant_state":  # provisioning has made that one
                await connection.execute(inserting(table, found[table], tenant.number))
    return found


def statements(table: str, columns: Columns, number: int) -> Sequence[str]:
    """Statements of each kind on a tenant's rows; each gives as many rows as it met."""
    column = columns[0][0]
    return (
        f"SELECT 1 FROM {table}",  # noqa: S608 — a test's own text, here and below
        f"SELECT 1 FROM {table} WHERE tenant = {number}",  # noqa: S608
        f"SELECT 1 FROM {table} WHERE tenant = {number} OR true",  # noqa: S608
        f"SELECT 1 FROM {table} WHERE tenant = {number} FOR UPDATE",  # noqa: S608
        f"SELECT 1 FROM {table} a JOIN {table} b USING (tenant)",  # noqa: S608
        f"TABLE {table}",
        f"UPDATE {table} SET {column} = {column} WHERE tenant = {number} RETURNING 1",  # noqa: S608
        f"DELETE FROM {table} RETURNING 1",  # noqa: S608
        f"DELETE FROM {table} WHERE tenant = {number} RETURNING 1",  # noqa: S608
        f"WITH gone AS (DELETE FROM {table} RETURNING 1) TABLE gone",  # noqa: S608
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"DROP POLICY own_tenant ON {table}",
        f"CREATE POLICY open ON {table} USING (true)",
    )


async def met(connection: Connection, statement: str) -> list[Any]:
    """Run a statement, and undo it; what is forbidden meets nothing."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        return list(await connection.fetch(statement))
    except asyncpg.InsufficientPrivilegeError:
        return []
    finally:
        await transaction.rollback()


async def enter(connection: Connection, setting: str | None) -> None:
    """Say whose the session is; None: nobody's, as a fresh connection is."""
    if setting is None:
        await connection.execute("RESET renkei.tenant")
    else:
        await connection.execute("SELECT set_config('renkei.tenant', $1, false)", setting)


async def test_no_statement_meets_another_tenants_rows(platform: Platform) -> None:
    own, other = await platform.a_tenant(), await platform.a_tenant()
    tables = await a_row_in_each(platform, other)
    assert len(tables) > 15
    before = await checksums_of(platform.server.admin_dsn, platform.shared.name, other.number)
    async with platform.databases.dedicated(platform.shared) as connection:
        for setting in (None, "", "0", "-1", str(own.number)):
            await enter(connection, setting)
            for table, columns in tables.items():
                for statement in statements(table, columns, other.number):
                    rows = await met(connection, statement)
                    is_own = table == "tenant_state" and setting == str(own.number)
                    mine = [row for row in rows if "tenant" not in row or row[0] == own.number]
                    assert len(rows) == len(mine) <= int(is_own), (setting, statement)
    after = await checksums_of(platform.server.admin_dsn, platform.shared.name, other.number)
    assert after == before


async def test_no_row_is_written_for_another_tenant(platform: Platform) -> None:
    own, other = await platform.a_tenant(), await platform.a_tenant()
    tables = await a_row_in_each(platform, own)
    async with platform.databases.dedicated(platform.shared) as connection:
        for setting in (None, "", str(own.number)):
            await enter(connection, setting)
            for table, columns in tables.items():
                insert = inserting(table, columns, other.number)
                await refused(connection, insert)
                await refused(connection, f"{insert} ON CONFLICT DO NOTHING")
                await refused(connection, f"COPY {table} (tenant) FROM STDIN")
                if setting == str(own.number):
                    given_away = f"UPDATE {table} SET tenant = {other.number}"  # noqa: S608 — a test's own text
                    await refused(connection, given_away)


async def refused(connection: Connection, statement: str) -> None:
    """The statement is refused, whatever the words."""
    async with connection.transaction():
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError)):
            async with connection.transaction():
                await connection.execute(statement)


@pytest.mark.parametrize("setting", ["1 OR true", "*", "%", "١", "1e9", "99999999999"])
async def test_a_setting_that_is_no_number_shows_nothing(platform: Platform, setting: str) -> None:
    other = await platform.a_tenant()
    await a_row_in_each(platform, other)
    async with platform.databases.dedicated(platform.shared) as connection:
        await enter(connection, setting)
        with pytest.raises(asyncpg.DataError):
            await connection.fetch("SELECT 1 FROM entity")


@pytest.mark.parametrize(
    "attempt",
    [
        "SET row_security = off",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "CREATE FUNCTION open() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    ],
)
async def test_nothing_lets_the_role_past(platform: Platform, attempt: str) -> None:
    other = await platform.a_tenant()
    await a_row_in_each(platform, other)
    async with platform.databases.dedicated(platform.shared) as connection:
        try:
            await connection.execute(attempt)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            assert isinstance(error, asyncpg.InsufficientPrivilegeError | asyncpg.DataError)  # noqa: PT017 — refused at once is well, too
        assert await met(connection, "SELECT 1 FROM entity") == []


async def test_statistics_show_no_values_of_protected_tables(platform: Platform) -> None:
    other = await platform.a_tenant()
    await a_row_in_each(platform, other)
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("ANALYZE")
    async with platform.databases.dedicated(platform.shared) as connection:
        rows = await connection.fetch("SELECT tablename FROM pg_stats WHERE schemaname = 'public'")
        assert {row[0] for row in rows} <= {"move_source", "schema_version"}
