"""A mover over a test's own databases, and what a tenant has in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from broker.store.moving import PostgresMover
from broker.store.moving_session import Session
from broker.store.tenants import database_of
from joint_use import Held, Placement, Storage, Tenant
from kit.db import Database
from tests.stores import Platform

_TABLES = """
SELECT c.relname::text FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition ORDER BY 1"""


def placed(platform: Platform, tenant: Tenant, storage: Storage, server: str) -> Tenant:
    """The tenant as it shall be after its move."""
    own = f"{platform.shared.name}_{tenant.number}"
    name = own if storage is Storage.SEPARATED else platform.shared.name
    placement = Placement(server=server, database=name)
    return replace(tenant, storage=storage, placement=placement, epoch=tenant.epoch + 1)


async def ignored(_: int) -> None:
    """Hear of rows and do nothing."""


async def move(platform: Platform, tenant: Tenant, target: Tenant) -> Held:
    """Move a tenant from beginning to end, as the keeper of moves does."""
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        return await finish(platform, copying, tenant, target)


async def finish(platform: Platform, copying: Session, tenant: Tenant, target: Tenant) -> Held:
    """Close the old place and let the registry name the new one."""
    held = await copying.close(tenant, target)
    platform.registry.note(target)
    return held


async def rows_of(platform: Platform, tenant: Tenant, number: int) -> Mapping[str, int]:
    """Count what a place holds of a number, by table; empty tables are left out."""
    async with platform.databases.admin(database_of(tenant)) as connection:
        counts = {}
        for (name,) in await connection.fetch(_TABLES):
            count = f"SELECT count(*) FROM {name} WHERE tenant = $1"  # noqa: S608 — of the catalog
            counts[name] = await connection.fetchval(count, number)
    return {name: count for name, count in counts.items() if count}


async def databases_on(platform: Platform, server: str) -> set[str]:
    """List the databases of a server."""
    async with platform.databases.admin(Database(server, "postgres")) as connection:
        return {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}


async def dump(platform: Platform, tenant: Tenant, table: str, columns: str) -> list[Any]:
    """Read some columns of a table, sorted."""
    sql = f"SELECT {columns} FROM {table} WHERE tenant = $1 ORDER BY {columns}"  # noqa: S608 — a test's own
    return await platform.as_owner(tenant, sql, tenant.number)
