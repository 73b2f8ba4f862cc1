"""Stores over real PostgreSQL: each test has databases and tenants of its own."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from broker.store.store import Store
from broker.store.tenants import TenantDatabases
from joint_use import Placement, Storage, Tenant
from kit.db import Connection, Database, Databases, Server
from tests.databases import SERVER, a_database, a_server

_numbers = itertools.count(1)


@dataclass
class Registry:
    """What a tenant's registry says; stands in for the control database."""

    tenants: dict[int, Tenant] = field(default_factory=dict)

    async def reload(self, tenant: Tenant) -> Tenant:
        return self.tenants[tenant.number]

    def note(self, tenant: Tenant, **changed: object) -> Tenant:
        self.tenants[tenant.number] = replace(tenant, **changed)  # type: ignore[arg-type]  # fields by name
        return self.tenants[tenant.number]


@dataclass(frozen=True)
class Platform:
    """One process's store, and what a test may look at beside it."""

    databases: Databases
    tenants: TenantDatabases
    store: Store
    registry: Registry
    shared: Database

    async def a_tenant(self, storage: Storage, *, history_days: int | None = None) -> Tenant:
        number = next(_numbers)
        name = f"t{number}"
        database = self.shared.name
        if storage is Storage.SEPARATED:
            database = f"{self.shared.name}_{name}"
        tenant = Tenant(
            number=number,
            name=name,
            storage=storage,
            placement=Placement(server=self.shared.server, database=database),
        )
        self.registry.note(tenant)
        await self.tenants.provision(tenant)
        if history_days is not None:
            await self.as_owner(
                tenant,
                "UPDATE tenant_state SET history_days = $2 WHERE tenant = $1",
                tenant.number,
                history_days,
            )
        return tenant

    async def as_owner(self, tenant: Tenant, sql: str, *args: object) -> list[object]:
        """Run a statement past row-level security."""
        database = Database(tenant.placement.server, tenant.placement.database)
        async with self.databases.admin(database) as connection:
            return [tuple(row) for row in await connection.fetch(sql, *args)]

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator["Platform"]:
        """Open a second store over the same databases, with nothing shared in memory."""
        servers = self.databases._servers.values()
        async with a_platform(list(servers), self.shared, self.registry) as platform:
            yield platform


@asynccontextmanager
async def a_platform(
    servers: list[Server], shared: Database, registry: Registry, *, budget: int = 8
) -> AsyncIterator[Platform]:
    async with Databases(servers, budget=budget) as databases:
        tenants = TenantDatabases(databases, registry.reload)
        async with Store.open(databases, tenants) as store:
            yield Platform(databases, tenants, store, registry, shared)


@pytest.fixture(scope="session")
def server(postgres_admin_dsn: str) -> Iterator[Server]:
    with a_server(postgres_admin_dsn) as lent:
        yield lent


@pytest.fixture
async def platform(server: Server) -> AsyncIterator[Platform]:
    registry = Registry()
    async with a_database(server) as shared:
        try:
            async with a_platform([server], shared, registry) as opened:
                yield opened
        finally:
            await drop_separated(server, registry, shared)


async def drop_separated(server: Server, registry: Registry, shared: Database) -> None:
    names = {tenant.placement.database for tenant in registry.tenants.values()} - {shared.name}
    async with Databases([server]) as databases:
        async with databases.admin(Database(SERVER, "postgres")) as connection:
            for name in names:
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(params=list(Storage), ids=lambda storage: storage.value)
async def tenant(request: pytest.FixtureRequest, platform: Platform) -> Tenant:
    storage: Storage = request.param
    return await platform.a_tenant(storage)
