"""Undelivered rows in a database of an earlier schema: migrated, and delivered like any other."""

import pytest

from broker.store.tenants import MIGRATIONS
from joint_use import Placement, Tenant
from kit.db import Connection, Database, Server
from kit.migrate import migrations_of
from tests.databases import a_database
from tests.entities import create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process
from tests.receivers import Receiver

FIRST = 3  # the migration that subscriptions came with
TABLES = (
    "tenant_state",
    "entity_kind",
    "entity",
    "subscription",
    "subscription_outcome",
    "lease",
    "matched_change",
    "delivery",
    "dead_letter",
)
_CREATE_VERSIONS = """
CREATE TABLE schema_version (
    package text COLLATE "C" NOT NULL, number int NOT NULL, name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, number)
)"""


@pytest.mark.parametrize("before", [FIRST, len(migrations_of(MIGRATIONS)) - 1])
async def test_subscriptions_and_what_is_undelivered_survive_an_upgrade(
    before: int,
    server: Server,
    make_process: MakeProcess,
    process: Process,
    tenant: Tenant,
    receiver: Receiver,
) -> None:
    receiver.status = 500
    id_ = await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 1), update(1, 2), create(2, 10))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    await process.die()
    async with a_database(server) as earlier:
        source = Database(tenant.placement.server, tenant.placement.database)
        async with (
            process.databases.admin(source) as new,
            process.databases.admin(earlier) as old,
        ):
            await build(old, before)
            await copy(new, old, tenant.number)
        placement = Placement(server=earlier.server, database=earlier.name)
        upgraded = process.registry.note(tenant, placement=placement)
        receiver.status = 200
        async with make_process() as later:
            await receiver.until_arrived(3)
            await later.until_drained(upgraded)
            assert await later.subscriptions.get(upgraded, id_) is not None
            await later.write(upgraded, update(1, 3))
            await receiver.until_arrived(4)
            assert [one for one in receiver.values() if one != 10] == [1, 2, 3]
            applied = "SELECT count(*) FROM schema_version WHERE package = $1"
            ((count,),) = await later.rows(upgraded, applied, MIGRATIONS)
            assert count == len(migrations_of(MIGRATIONS))
            await later.databases.close()


async def build(connection: Connection, number: int) -> None:
    """Make a database as the program of an earlier schema left it."""
    await connection.execute(_CREATE_VERSIONS)
    for one in migrations_of(MIGRATIONS)[:number]:
        await connection.execute(one.sql)
        await connection.execute(
            "INSERT INTO schema_version (package, number, name, checksum) VALUES ($1, $2, $3, $4)",
            MIGRATIONS,
            one.number,
            one.name,
            one.checksum,
        )


async def copy(source: Connection, target: Connection, tenant: int) -> None:
    """Copy a tenant's rows, as far as the other schema has columns for them."""
    for table in TABLES:
        rows = await source.fetchval(
            f"SELECT coalesce(json_agg(t), '[]') FROM {table} t WHERE tenant = $1",  # noqa: S608 — ours
            tenant,
        )
        await target.execute(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE "  # noqa: S608 — ours
            f"SELECT * FROM json_populate_recordset(NULL::{table}, $1)",
            rows,
        )
    await target.execute(
        "SELECT setval('matched_change_number', (SELECT max(number) FROM matched_change)),"
        " setval(pg_get_serial_sequence('entity_kind', 'kind'),"
        " (SELECT max(kind) FROM entity_kind)),"
        " setval(pg_get_serial_sequence('subscription', 'number'),"
        " (SELECT max(number) FROM subscription))"
    )
