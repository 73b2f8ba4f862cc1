"""Deliveries in their tables: found by indexes in both storages, and moved with a tenant."""

import asyncio
import itertools

import pytest

from broker.store import deliveries as statements
from joint_use import Placement, Storage, Tenant
from kit.db import Database, Databases, Server
from tests.databases import a_database
from tests.entities import an_id, create, update
from tests.notifying import Process
from tests.receivers import Receiver

_numbers = itertools.count(7001)
TABLES = (
    "tenant_state",
    "entity_kind",
    "entity",
    "entity_index",
    "subscription",
    "subscription_outcome",
    "lease",
    "matched_change",
    "delivery",
)


@pytest.fixture(params=[Storage.SEPARATED, Storage.SHARED], ids=lambda storage: storage.value)
async def placed(request: pytest.FixtureRequest, process: Process, shared: Database) -> Tenant:
    number = next(_numbers)
    made = Tenant(
        number=number,
        name=f"t{number}",
        storage=request.param,
        placement=Placement(server=shared.server, database=shared.name),
    )
    process.registry.note(made)
    await process.tenants.provision(made)
    return made


@pytest.mark.parametrize(
    ("sql", "indexes"),
    [
        (
            "SELECT 1 FROM matched_change WHERE tenant = 1 AND xact >= 5",
            ["matched_change_by_xact"],
        ),
        (
            "SELECT change FROM delivery WHERE tenant = 1 AND subscription = 2 ORDER BY change",
            ["delivery_by_subscription"],
        ),
        (
            "DELETE FROM delivery WHERE tenant = 1 AND change = 3 AND subscription = 2",
            ["delivery_pkey", "delivery_by_subscription"],
        ),
    ],
)
async def test_what_is_undelivered_is_found_by_an_index(
    process: Process, placed: Tenant, sql: str, indexes: list[str]
) -> None:
    async with process.tenants.writing(placed) as connection:
        await connection.execute(statements._PLAN)
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}"))
    assert any(f"using {index}" in plan or f"on {index}" in plan for index in indexes), plan
    assert "Seq Scan" not in plan


async def test_a_change_is_numbered_once_nobody_else_writes_its_entity(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    """Who creates what another transaction has created too waits for it, and is numbered behind."""
    receiver.status = 500
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(2))  # everything is known and prepared from here on
    database = Database(tenant.placement.server, tenant.placement.database)
    async with process.databases.admin(database) as other:
        beside = other.transaction()
        await beside.start()
        await other.execute(
            "INSERT INTO entity (tenant, id, kind, created_at, modified_at, document) "
            "SELECT tenant, $2, kind, created_at, modified_at, document FROM entity "
            "WHERE tenant = $1",
            tenant.number,
            an_id(1),
        )
        writing = asyncio.create_task(process.write(tenant, create(1)))
        await until_somebody_waits(process, tenant)
        number = await other.fetchval("SELECT nextval('matched_change_number')")
        await beside.rollback()
    await writing
    sql = "SELECT max(number) FROM matched_change WHERE tenant = $1"
    assert (await process.rows(tenant, sql, tenant.number))[0][0] > number


async def until_somebody_waits(process: Process, tenant: Tenant) -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
    while (await process.rows(tenant, sql, tenant.placement.database))[0][0] == 0:  # noqa: ASYNC110 - PostgreSQL tells of no event
        await asyncio.sleep(0.01)


async def test_what_is_undelivered_moves_with_its_tenant(
    server: Server, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 1), update(1, 2))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    async with a_database(server) as target:
        await move(process, tenant, target)
        receiver.status = 200
        moved = process.registry.tenants[tenant.number]
        await process.write(moved, update(1, 3))
        await receiver.until_arrived(3)
        assert list(dict.fromkeys(receiver.values())) == [1, 2, 3]
        await process.until_drained(moved)
        await process.databases.close()


async def move(process: Process, tenant: Tenant, target: Database) -> None:
    """Do what whoever moves a tenant has to do: rows, sequences, epoch."""
    placement = Placement(server=target.server, database=target.name)
    moved = process.registry.note(tenant, placement=placement, epoch=tenant.epoch + 1)
    await process.tenants.make_ready(moved)
    source = Database(tenant.placement.server, tenant.placement.database)
    databases: Databases = process.databases
    async with databases.admin(source) as old, databases.admin(target) as new:
        await old.execute(
            "UPDATE tenant_state SET epoch = epoch + 1 WHERE tenant = $1", tenant.number
        )
        for table in TABLES:
            rows = await old.fetchval(
                f"SELECT coalesce(json_agg(t), '[]') FROM {table} t WHERE tenant = $1",  # noqa: S608 — ours
                tenant.number,
            )
            await new.execute(
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE "  # noqa: S608 — ours
                f"SELECT * FROM json_populate_recordset(NULL::{table}, $1)",
                rows,
            )
        await new.execute(
            "SELECT setval('matched_change_number', (SELECT max(number) FROM matched_change)),"
            " setval(pg_get_serial_sequence('subscription', 'number'),"
            " (SELECT max(number) FROM subscription))"
        )
