"""What must be there before requests are served: roles, databases, the default tenant, the demo."""

from collections.abc import Sequence
from contextlib import suppress

import asyncpg

import broker
import joint_use
from broker import AlreadyExists, Call, Document, create_entity
from joint_use import DEFAULT_TENANT, OPERATOR, NewTenant, TenantExists, create_tenant, use_tenant
from kit.db import Connection, Database
from kit.json import JsonObject
from kit.migrate import migrate
from renkei import demo
from renkei.cluster import APPLICATION
from renkei.demo import DemoTenant
from renkei.instance import Instance, application_role
from renkei.platform import SERVER, Platform

_MAINTENANCE = Database(SERVER, "postgres")


async def make_ready(platform: Platform) -> None:
    """Bring everything that is missing; once more it changes nothing.

    Raises:
        DatabaseUnavailable, MigrationError: the databases cannot be readied.
    """
    login = application_role(platform.control.name)
    password = Instance(platform.settings.data).application_password()
    async with platform.databases.admin(_MAINTENANCE) as connection:
        await _ensure_role(connection, APPLICATION)
        await _ensure_role(connection, login)
        await _let_in(connection, login, password)
        await _ensure_database(connection, platform.control.name)
    async with platform.databases.admin(platform.control) as connection:
        await migrate(connection, joint_use.MIGRATIONS)
        await migrate(connection, broker.CONTROL_MIGRATIONS)
    await _ensure_tenant(
        platform, NewTenant(name=DEFAULT_TENANT, name_ja="既定", name_en="Default")
    )
    if platform.settings.demo:
        await _demonstrate(platform)


async def _ensure_role(connection: Connection, role: str) -> None:
    """Make a role that is neither owner of anything nor superuser, where it is missing."""
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    if known is None:
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # a race, lost
            await connection.execute(
                f"CREATE ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
            )


async def _let_in(connection: Connection, login: str, password: str) -> None:
    """Let this platform's role log in, with what the application's role may do and no more."""
    quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f"ALTER ROLE {login} LOGIN PASSWORD {quoted}")
    await connection.execute(f"GRANT {APPLICATION} TO {login}")


async def _ensure_database(connection: Connection, name: str) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
    if known is None:
        quoted = '"' + name.replace('"', '""') + '"'
        with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):  # likewise
            await connection.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")


async def _ensure_tenant(platform: Platform, wanted: NewTenant) -> None:
    try:
        await create_tenant(platform.joint_use, OPERATOR, wanted)
    except TenantExists:
        return


async def _demonstrate(platform: Platform) -> None:
    """Bring the example municipalities; what their users changed stays."""

    async def bring_tenant(tenant: DemoTenant) -> None:
        await _ensure_tenant(
            platform,
            NewTenant(
                name=tenant.name,
                storage=tenant.storage,
                municipality_code=tenant.municipality_code,
                name_ja=tenant.name_ja,
                name_en=tenant.name_en,
            ),
        )

    async def bring_entities(tenant: str, entities: Sequence[JsonObject]) -> None:
        call = Call(tenant=await use_tenant(platform.joint_use, tenant), principal=OPERATOR)
        for entity in entities:
            try:
                await create_entity(platform.broker, call, Document(entity))
            except AlreadyExists:
                continue

    await demo.install(bring_tenant, bring_entities)
