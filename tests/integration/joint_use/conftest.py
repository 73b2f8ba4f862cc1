import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import asyncpg
import pytest

from joint_use import (
    MIGRATIONS,
    EndpointStore,
    JointUse,
    OrganisationStore,
    Placing,
    Storage,
    Tenant,
    TenantCache,
    TenantStore,
)
from kit.clock import utc_now
from kit.db import Database, Databases, Server
from kit.guard import Guard
from kit.sealing import Seal
from renkei.sources import GuardedEntrance
from tests.databases import a_database


@dataclass
class Rooms:
    """Makes a database for each separated tenant, and remembers what was asked for.

    It dies before or after its work as often as a test says.
    """

    databases: Databases
    provisioned: list[Tenant] = field(default_factory=list)
    retired: list[Tenant] = field(default_factory=list)
    deaths_before: int = 0
    deaths_after: int = 0

    async def provision(self, tenant: Tenant) -> None:
        self.provisioned.append(tenant)
        if self.deaths_before:
            self.deaths_before -= 1
            raise ConnectionAbortedError("died before provisioning")
        if tenant.storage is Storage.SEPARATED:
            await self._make(tenant.placement.database)
        if self.deaths_after:
            self.deaths_after -= 1
            raise ConnectionAbortedError("died after provisioning")

    async def retire(self, tenant: Tenant) -> None:
        self.retired.append(tenant)

    async def _make(self, database: str) -> None:
        async with self.databases.admin(Database("main", "postgres")) as owner:
            known = await owner.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
            if known is None:
                await owner.execute(f"CREATE DATABASE {database}")


@pytest.fixture
async def databases(server: Server) -> AsyncIterator[Databases]:
    async with Databases([server], budget=4) as opened:
        yield opened


@pytest.fixture
async def control(server: Server) -> AsyncIterator[Database]:
    async with a_database(server, MIGRATIONS) as lent:
        yield lent


@pytest.fixture
def rooms(databases: Databases) -> Rooms:
    return Rooms(databases)


@pytest.fixture
async def placing(server: Server) -> AsyncIterator[Placing]:
    placing = Placing(separated_prefix=f"test_tenant_{secrets.token_hex(4)}_")
    yield placing
    owner = await asyncpg.connect(server.admin_dsn)
    try:
        made = await owner.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
            placing.separated_prefix,
        )
        for row in made:
            await owner.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
    finally:
        await owner.close()
        await asyncio.sleep(0)


@pytest.fixture
def joint_use(databases: Databases, control: Database, rooms: Rooms, placing: Placing) -> JointUse:
    store = TenantStore(databases, control)
    return JointUse(
        tenants=store,
        organisations=OrganisationStore(databases, control),
        directory=TenantCache(store),
        endpoints=EndpointStore(databases, control, Seal(bytes(32))),
        entrance=GuardedEntrance(Guard([ip_network("127.0.0.0/8")])),
        provisioner=rooms,
        placing=placing,
        clock=utc_now,
    )
