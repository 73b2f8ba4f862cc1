"""Tenants never see each other's data, in either storage mode; their databases are made once."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from broker.ngsi.errors import Unavailable
from broker.store.row_security import UnsafeRole, force_row_security
from broker.store.tenants import MisplacedTenant, TenantDatabases
from joint_use import Storage, Tenant, TenantStatus
from kit.db import Connection, Databases
from tests.entities import CAPACITY, SHELTER, an_id, create
from tests.stores import Platform

TABLES = (
    "tenant_state",
    "flush",
    "entity_kind",
    "entity",
    "entity_index",
    "attribute_instance",
)


KEPT_HERE = (Storage.SEPARATED, Storage.SHARED)


async def test_equal_ids_in_two_tenants_are_two_entities(platform: Platform) -> None:
    tenants = [await platform.a_tenant(storage) for storage in (*KEPT_HERE, *KEPT_HERE)]
    for number, tenant in enumerate(tenants):
        await platform.store.entities.write(tenant, create(1, number))
    for number, tenant in enumerate(tenants):
        found = await platform.read(tenant, an_id())
        assert found[an_id()].attributes[CAPACITY][0]["value"] == number
        (types,) = await platform.store.entities.types(tenant)
        assert (types.types, types.count) == ((SHELTER,), 1)


@pytest.mark.parametrize("table", TABLES)
async def test_a_shared_query_without_its_tenant_returns_nothing(
    platform: Platform, table: str
) -> None:
    tenant, other = await platform.a_tenant(), await platform.a_tenant()
    await platform.store.entities.write(tenant, create(1))
    await platform.store.entities.write(other, create(1))
    count = f"SELECT count(*), count(DISTINCT tenant) FROM {table}"  # noqa: S608 — a name of ours
    async with platform.databases.connection(platform.shared) as connection:
        assert [tuple(row) for row in await connection.fetch(count)] == [(0, 0)]
        async with platform.tenants.reading(tenant) as inside:
            row = (await inside.fetch(count))[0]
            assert row[0] > 0
            assert row[1] == 1
        assert [tuple(row) for row in await connection.fetch(count)] == [(0, 0)]


async def test_a_tenant_cannot_be_written_for_another(platform: Platform) -> None:
    tenant, other = await platform.a_tenant(), await platform.a_tenant()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with platform.tenants.writing(tenant) as connection:
            await connection.execute(
                "INSERT INTO flush VALUES ($1, gen_random_uuid())", other.number
            )


async def test_partitions_are_closed_to_the_application(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    ((name,), *_) = await platform.as_owner(
        tenant, "SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r'"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with platform.tenants.reading(tenant) as connection:
            await connection.fetch(f"SELECT * FROM {name}")  # noqa: S608 — read from the catalog


async def test_every_table_with_a_tenant_has_forced_row_security(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    rows = await platform.as_owner(
        tenant,
        """
        SELECT c.relname::text, c.relforcerowsecurity,
               EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition""",
    )
    assert {name for name, *_ in rows} >= set(TABLES)
    assert all(forced and has_policy for _, forced, has_policy in rows)


async def test_a_table_that_came_later_is_forced_too(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    async with platform.databases.admin(platform.shared) as connection:
        await connection.execute("CREATE TABLE later (tenant int PRIMARY KEY)")
        assert await force_row_security(connection) == ["later"]
        assert await force_row_security(connection) == []
        await connection.execute("DROP TABLE later")
    assert (await platform.store.entities.write(tenant, create(1))).created


async def test_a_role_that_reads_past_row_security_is_refused(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    unsafe = replace(platform.server, application_dsn=platform.server.admin_dsn)
    async with Databases([unsafe]) as databases:
        tenants = TenantDatabases(databases, platform.registry.reload)
        with pytest.raises(UnsafeRole, match="row-level security"):
            await tenants.make_ready(tenant)


class TestPlans:
    """The main statements, explained as the application's role among many rows."""

    async def plan(self, connection: Connection, statement: str, *args: object) -> str:
        rows = await connection.fetch(f"EXPLAIN {statement}", *args)
        return "\n".join(row[0] for row in rows)

    async def fill(self, platform: Platform, tenant: Tenant) -> None:
        await platform.store.entities.write_all(tenant, [create(n) for n in range(1_000)])
        await platform.as_owner(tenant, "ANALYZE")

    @pytest.mark.parametrize(
        ("statement", "index"),
        [
            ("SELECT * FROM entity WHERE tenant = $1 AND id = ANY ($2::text[])", "entity_pkey"),
            (
                "SELECT id FROM entity WHERE tenant = $1 AND kind = ANY ('{1}') "
                "AND id > ($2::text[])[1] ORDER BY id LIMIT 20",
                "entity_",
            ),
            (
                "SELECT id FROM entity_index WHERE tenant = $1 AND path = ($2::text[])[1] "
                "AND cell BETWEEN 1 AND 2",
                "entity_index_by_cell",
            ),
            (
                "SELECT * FROM attribute_instance WHERE tenant = $1 AND "
                "entity_id = ($2::text[])[1] AND attribute = 'x' AND recorded_at > now()",
                "attribute_instance_2",
            ),
        ],
    )
    async def test_indexes_are_used_in_both_modes(
        self, platform: Platform, tenant: Tenant, statement: str, index: str
    ) -> None:
        await self.fill(platform, tenant)
        async with platform.tenants.reading(tenant) as connection:
            plan = await self.plan(connection, statement, tenant.number, [an_id(7)])
        assert index in plan
        assert "Seq Scan on entity " not in plan
        assert "Index Cond: ((tenant" in plan
        assert ("current_setting" in plan) is (tenant.storage is Storage.SHARED)

    async def test_a_group_reaches_rows_by_key_though_tables_look_empty(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        async with platform.tenants.writing(tenant) as connection:
            await connection.execute("SET LOCAL enable_seqscan = off")
            locked = (
                "SELECT * FROM entity WHERE tenant = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"
            )
            assert "entity_pkey" in await self.plan(connection, locked, tenant.number, [an_id()])


class TestProvisioning:
    async def test_processes_that_race_make_one_database(self, platform: Platform) -> None:
        number = 9_001
        tenant = replace(await platform.a_tenant(Storage.SEPARATED), number=number, name="t9001")
        placement = replace(tenant.placement, database=f"{platform.shared.name}_race")
        tenant = platform.registry.note(replace(tenant, placement=placement))
        async with platform.another_process() as other:
            await asyncio.gather(
                *(one.tenants.provision(tenant) for one in (platform, other) for _ in range(3))
            )
        states = await platform.as_owner(tenant, "SELECT tenant, epoch, status FROM tenant_state")
        assert states == [(number, 1, "active")]

    async def test_epoch_and_status_are_recorded_and_never_turned_back(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        newer = replace(tenant, epoch=3, status=TenantStatus.SUSPENDED)
        await platform.tenants.provision(newer)
        await platform.tenants.provision(tenant)
        states = await platform.as_owner(
            tenant, "SELECT epoch, status FROM tenant_state WHERE tenant = $1", tenant.number
        )
        assert states == [(3, "suspended")]

    async def test_a_separated_tenant_is_not_put_beside_another(self, platform: Platform) -> None:
        one = await platform.a_tenant(Storage.SEPARATED)
        other = replace(one, number=one.number + 5_000)
        with pytest.raises(MisplacedTenant, match="needs one of its own"):
            await platform.tenants.provision(other)

    async def test_a_database_behind_is_migrated_at_its_first_use(self, platform: Platform) -> None:
        tenant = await platform.a_tenant(Storage.SEPARATED)
        await platform.as_owner(tenant, "DROP SCHEMA public CASCADE")
        await platform.as_owner(tenant, "CREATE SCHEMA public")
        await platform.as_owner(tenant, "GRANT USAGE ON SCHEMA public TO renkei_app")
        async with platform.another_process() as other:
            with pytest.raises(Unavailable, match="being moved"):  # its row is missing still
                await other.read(tenant, an_id())
            await other.tenants.provision(tenant)
            assert (await other.store.entities.write(tenant, create(1))).created

    async def test_one_in_use_that_lost_its_tables_is_made_anew(self, platform: Platform) -> None:
        tenant = await platform.a_tenant(Storage.SEPARATED)
        await platform.as_owner(tenant, "DROP SCHEMA public CASCADE")
        await platform.as_owner(tenant, "CREATE SCHEMA public")
        await platform.as_owner(tenant, "GRANT USAGE ON SCHEMA public TO renkei_app")
        await platform.tenants.provision(tenant)
        assert (await platform.store.entities.write(tenant, create(1))).created

    async def test_one_in_use_that_was_dropped_is_made_anew(self, platform: Platform) -> None:
        tenant = await platform.a_tenant(Storage.SEPARATED)
        await platform.as_owner(
            await platform.a_tenant(),
            f"DROP DATABASE {tenant.placement.database} WITH (FORCE)",
        )
        await platform.tenants.provision(tenant)
        assert (await platform.store.entities.write(tenant, create(1))).created

    async def test_one_that_never_got_a_database_can_be_retired(self, platform: Platform) -> None:
        tenant = await platform.a_tenant(Storage.SEPARATED)
        nowhere = replace(tenant.placement, database="test_never_made")
        ended = replace(tenant, placement=nowhere, status=TenantStatus.RETIRED, epoch=2)
        await platform.tenants.retire(ended)
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await platform.tenants.make_ready(ended)

    async def test_the_registry_is_followed_on_entering(self, platform: Platform) -> None:
        tenant = await platform.a_tenant()
        newer = platform.registry.note(tenant, epoch=2)
        await platform.tenants.provision(newer)
        async with platform.tenants.reading(tenant) as connection:
            assert await connection.fetchval("SELECT epoch FROM tenant_state") == 2
