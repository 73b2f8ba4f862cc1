"""Nothing is served from a database in which the application could see past its tenant."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from broker.store.row_security import UnsafeRole, require_safe_role
from broker.store.tenants import TenantDatabases
from joint_use import Storage, Tenant
from kit.db import Connection, Databases
from tests.databases import dsn_of_role
from tests.stores import Platform


@pytest.fixture
async def owner(platform: Platform) -> AsyncIterator[Connection]:
    await platform.a_tenant()
    async with platform.databases.admin(platform.shared) as connection:
        yield connection


async def require(platform: Platform) -> None:
    async with platform.databases.connection(platform.shared) as connection:
        await require_safe_role(connection)


async def provision_as(platform: Platform, role: str, tenant: Tenant) -> None:
    """Provision as if the application logged in with this role."""
    dsn = dsn_of_role(platform.server.admin_dsn, role, "secret")
    async with Databases([replace(platform.server, application_dsn=dsn)]) as databases:
        tenants = TenantDatabases(databases, platform.registry.reload)
        await tenants.provision(tenant)


@pytest.mark.parametrize("attribute", ["SUPERUSER", "BYPASSRLS"])
@pytest.mark.parametrize("storage", [Storage.SHARED, Storage.SEPARATED])
async def test_provisioning_with_a_role_that_bypasses_policies_is_refused(
    platform: Platform, owner: Connection, attribute: str, storage: Storage
) -> None:
    tenant = await platform.a_tenant(storage)
    role = f"test_unsafe_{platform.shared.name}"
    await owner.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret' {attribute} IN ROLE renkei_app"
    )
    try:
        with pytest.raises(UnsafeRole, match="past row-level security"):
            await provision_as(platform, role, tenant)
    finally:
        await owner.execute(f"DROP ROLE {role}")


async def test_a_role_that_could_become_a_bypassing_one_is_refused(
    platform: Platform, owner: Connection
) -> None:
    tenant = await platform.a_tenant()
    role, above = f"test_low_{platform.shared.name}", f"test_high_{platform.shared.name}"
    await owner.execute(f"CREATE ROLE {above} BYPASSRLS")
    await owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret' IN ROLE renkei_app, {above}")
    try:
        with pytest.raises(UnsafeRole, match="past row-level security"):
            await provision_as(platform, role, tenant)
    finally:
        await owner.execute(f"DROP ROLE {role}, {above}")


async def test_an_owner_of_one_table_is_refused(platform: Platform, owner: Connection) -> None:
    await owner.execute("ALTER TABLE entity_map OWNER TO renkei_app")
    with pytest.raises(UnsafeRole, match="past row-level security"):
        await require(platform)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE entity NO FORCE ROW LEVEL SECURITY", "entity is without forced"),
        ("ALTER TABLE delivery DISABLE ROW LEVEL SECURITY", "delivery is without forced"),
        ("CREATE TABLE later (tenant int)", "later is without forced"),
        ("CREATE POLICY open ON entity USING (true)", "entity.open is a permissive policy"),
    ],
)
async def test_a_wall_with_a_hole_is_refused(
    platform: Platform, owner: Connection, change: str, told: str
) -> None:
    await require(platform)
    await owner.execute(change)
    with pytest.raises(UnsafeRole, match=told):
        await require(platform)


async def test_a_partition_that_the_application_reaches_is_refused(
    platform: Platform, owner: Connection
) -> None:
    name = await owner.fetchval("SELECT relname FROM pg_class WHERE relispartition LIMIT 1")
    await owner.execute(f"GRANT SELECT ON {name} TO renkei_app")
    with pytest.raises(UnsafeRole, match="is a partition"):
        await require(platform)


async def test_processes_that_come_first_force_and_check_at_once(platform: Platform) -> None:
    async with platform.another_process() as other:
        await asyncio.gather(*(other.a_tenant() for _ in range(3)))
    await require(platform)
