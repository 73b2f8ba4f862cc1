"""The PostgreSQL servers of a platform: the main one, and those that the settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

from kit.db import Connection, Database, Databases, DatabaseUnavailable, Opening, Server
from renkei.cluster import APPLICATION
from renkei.instance import Instance, application_dsn, application_role
from renkei.settings import Settings, SettingsRefused

MAIN = "main"
"""What placements call the server of `database_url`, or the PostgreSQL of the platform's own."""

_MAINTENANCE = "postgres"
_ROLES_LOCK = 0x726E6B7200
_ANSWER_S = 2.0


def servers_of(settings: Settings) -> list[Server]:
    """Answer with the main server and the others, each with a role and password of its own.

    Raises:
        SettingsRefused: no database is named.
    """
    if settings.database_url is None:
        raise SettingsRefused("No database is named; right would be RENKEI_DATABASE_URL")
    instance = Instance(settings.data, settings.secrets)
    role = application_role(settings.joint_use.control_database)
    urls = {MAIN: settings.database_url, **settings.database.servers}
    return [
        Server(
            name=name,
            admin_dsn=url.get_secret_value(),
            application_dsn=application_dsn(
                url.get_secret_value(),
                role,
                instance.application_password(None if name == MAIN else name),
            ),
        )
        for name, url in urls.items()
    ]


def open_databases(settings: Settings) -> Databases:
    """Make the connections of one process, all servers' within one budget; none is opened yet."""
    held = settings.database
    return Databases(
        servers_of(settings),
        budget=held.budget,
        idle_s=held.idle_s,
        opening=Opening(
            timeout_s=held.connect_timeout_s,
            command_timeout_s=held.command_timeout_s,
            statement_cache=held.statement_cache,
        ),
    )


async def ready_server(settings: Settings, databases: Databases, name: str) -> None:
    """Bring the application's role to a server, with this platform's password; idempotent.

    Raises:
        DatabaseUnavailable: the server is away.
    """
    login = application_role(settings.joint_use.control_database)
    password = Instance(settings.data, settings.secrets).application_password(
        None if name == MAIN else name
    )
    async with (
        databases.admin(Database(name, _MAINTENANCE)) as connection,
        connection.transaction(),
    ):
        # One at a time: of two that alter a role at once, PostgreSQL fails one.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ROLES_LOCK)
        await _ensure_role(connection, APPLICATION)
        await _ensure_role(connection, login)
        quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
        await connection.execute(f"ALTER ROLE {login} LOGIN PASSWORD {quoted}")
        await connection.execute(f"GRANT {APPLICATION} TO {login}")


def server_checks(
    settings: Settings, databases: Databases
) -> dict[str, Callable[[], Awaitable[None]]]:
    """Answer with what tells, of each further server, whether it is there."""

    def check_of(name: str) -> Callable[[], Awaitable[None]]:
        async def check() -> None:
            try:
                async with (
                    asyncio.timeout(_ANSWER_S),
                    databases.dedicated(Database(name, _MAINTENANCE)) as connection,
                ):
                    await connection.execute("SELECT 1")
            except TimeoutError as error:
                raise DatabaseUnavailable(f"Server {name} does not answer") from error

        return check

    return {f"server {name}": check_of(name) for name in settings.database.servers}


async def _ensure_role(connection: Connection, role: str) -> None:
    """Make a role that is neither owner of anything nor superuser, where it is missing."""
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    if known is None:
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # a race, lost
            async with connection.transaction():
                await connection.execute(
                    f"CREATE ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
                )
