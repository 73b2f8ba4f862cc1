"""Databases and roles of a test's own on the server that tests are given."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from kit.db import Database, Databases, Server
from kit.migrate import migrate

SERVER = "main"
APPLICATION_GROUP = "renkei_app"
_ENSURE_GROUP = f"""
DO $$ BEGIN
    CREATE ROLE {APPLICATION_GROUP} NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$"""

_TEMPLATES: dict[tuple[str, tuple[str, ...]], str] = {}
"""Databases that others are copied from, by the server's application and its migrations."""


def dsn_of_role(admin_dsn: str, role: str, password: str) -> str:
    """Answer with the DSN of another role on the same server."""
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{quote(password)}@{host}"
    return urlunsplit(parts._replace(netloc=netloc))


@contextmanager
def a_server(admin_dsn: str) -> Iterator[Server]:
    """Lend a server with an application role of the test's own, a member of renkei_app."""
    role, password = f"test_app_{secrets.token_hex(4)}", secrets.token_hex(8)
    asyncio.run(
        _run(
            admin_dsn,
            _ENSURE_GROUP,
            f"CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE {APPLICATION_GROUP}",
        )
    )
    dsn = dsn_of_role(admin_dsn, role, password)
    try:
        yield Server(name=SERVER, admin_dsn=admin_dsn, application_dsn=dsn)
    finally:
        templates = [key for key in _TEMPLATES if key[0] == dsn]
        drop = [f"DROP DATABASE {_TEMPLATES.pop(key)}" for key in templates]
        asyncio.run(_run(admin_dsn, *drop, f"DROP ROLE {role}"))


@asynccontextmanager
async def a_database(server: Server, *migrations: str) -> AsyncIterator[Database]:
    """Lend a database and drop it afterwards, whoever is still connected.

    Args:
        server: where.
        migrations: packages whose tables it has; else it is empty.
    """
    name = f"test_{secrets.token_hex(6)}"
    template = await _template(server, migrations) if migrations else "template1"
    await _run(server.admin_dsn, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield Database(server.name, name)
    finally:
        await _run(server.admin_dsn, f"DROP DATABASE {name} WITH (FORCE)")


async def _template(server: Server, migrations: tuple[str, ...]) -> str:
    """Make a database with some tables, once: a copy of it takes a quarter of the time."""
    key = (server.application_dsn, migrations)
    if key not in _TEMPLATES:
        name = f"test_like_{secrets.token_hex(6)}"
        await _run(server.admin_dsn, f"CREATE DATABASE {name}")
        _TEMPLATES[key] = name
        async with (
            Databases([server]) as databases,
            databases.admin(Database(server.name, name)) as connection,
        ):
            for package in migrations:
                await migrate(connection, package)
    return _TEMPLATES[key]


async def _run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
