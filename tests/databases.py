"""Databases and roles of a test's own on the server that tests are given."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from kit.db import Database, Server

SERVER = "main"
APPLICATION_GROUP = "renkei_app"
_ENSURE_GROUP = f"""
DO $$ BEGIN
    CREATE ROLE {APPLICATION_GROUP} NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$"""


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
    try:
        dsn = dsn_of_role(admin_dsn, role, password)
        yield Server(name=SERVER, admin_dsn=admin_dsn, application_dsn=dsn)
    finally:
        asyncio.run(_run(admin_dsn, f"DROP ROLE {role}"))


@asynccontextmanager
async def a_database(server: Server) -> AsyncIterator[Database]:
    """Lend an empty database and drop it afterwards, whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    await _run(server.admin_dsn, f"CREATE DATABASE {name}")
    try:
        yield Database(server.name, name)
    finally:
        await _run(server.admin_dsn, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
