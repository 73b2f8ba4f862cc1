"""A tenant's data are moved while they are written: everything, once, and nobody else's."""

import asyncio

import pytest

from broker.ngsi.errors import Unavailable
from broker.store.moving import PostgresMover
from broker.store.moving_tables import tables_of
from joint_use import MoveFailed, Storage, Tenant
from tests.entities import CAPACITY, an_id, create
from tests.moving import databases_on, finish, ignored, move, placed, rows_of
from tests.stores import Platform

OTHER = {Storage.SHARED: Storage.SEPARATED, Storage.SEPARATED: Storage.SHARED}


async def test_a_tenant_is_in_the_other_mode_after_its_move(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write_all(tenant, [create(n, n) for n in range(300)])
    before = await rows_of(platform, tenant, tenant.number)
    target = placed(platform, tenant, OTHER[tenant.storage], "main")
    held = await move(platform, tenant, target)
    assert await rows_of(platform, target, tenant.number) == before
    assert held.rows == sum(before.values()) - 1  # the tenant's own row is no data
    found = await platform.read(tenant, an_id(7), an_id(299))
    assert found[an_id(299)].attributes[CAPACITY][0]["value"] == 299
    assert (await platform.store.entities.write(tenant, create(1_000))).created
    assert an_id(1_000) in await platform.read(target, an_id(1_000))


async def test_every_acknowledged_write_is_in_the_new_place(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write_all(tenant, [create(n) for n in range(1_000)])
    acknowledged: list[int] = []
    is_over = asyncio.Event()
    async with platform.another_process() as other:

        async def write(process: Platform, start: int) -> None:
            number = start
            while not is_over.is_set():
                await process.store.entities.write(tenant, create(number, number))
                acknowledged.append(number)
                number += 2
                await asyncio.sleep(0.002)  # as fast as it goes is never followed on a busy machine

        writers = [
            asyncio.create_task(write(platform, 10_000)),
            asyncio.create_task(write(other, 10_001)),
        ]
        place = tenant
        for storage in (OTHER[tenant.storage], tenant.storage, OTHER[tenant.storage]):
            target = placed(platform, place, storage, "main")
            await move(platform, place, target)
            await PostgresMover(platform.databases, platform.tenants).release(place)
            place = target
        is_over.set()
        await asyncio.gather(*writers)
        assert {(await platform.tenants.reload(tenant)).epoch} == {4}
        ids = [an_id(number) for number in acknowledged]
        for process in (platform, other):
            found = await process.read(tenant, *ids)
            assert len(found) == len(ids) > 20
    rows = await rows_of(platform, place, tenant.number)
    assert rows["entity"] == 1_000 + len(acknowledged)
    assert rows["entity_index"] == rows["entity"]
    assert rows["attribute_instance"] % rows["entity"] == 0


async def test_deletions_and_updates_meanwhile_are_followed(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    await platform.store.entities.write_all(tenant, [create(n, n) for n in range(50)])
    target = placed(platform, tenant, Storage.SEPARATED, "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        await platform.as_owner(tenant, "DELETE FROM entity WHERE id = $1", an_id(3))
        await platform.as_owner(tenant, "DELETE FROM entity_index WHERE id = $1", an_id(3))
        await platform.as_owner(
            tenant, "UPDATE entity SET modified_at = now() WHERE id = $1", an_id(4)
        )
        await platform.as_owner(
            tenant,
            "UPDATE tenant_state SET subscription_version = 77 WHERE tenant = $1",
            tenant.number,
        )
        await finish(platform, copying, tenant, target)
    rows = await rows_of(platform, target, tenant.number)
    assert (rows["entity"], rows["entity_index"]) == (49, 49)
    states = await platform.as_owner(
        target, "SELECT epoch, status, subscription_version, is_logged FROM tenant_state"
    )
    assert states == [(2, "active", 77, False)]


async def test_the_old_place_turns_everybody_away(platform: Platform, tenant: Tenant) -> None:
    target = placed(platform, tenant, OTHER[tenant.storage], "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        await copying.close(tenant, target)
    assert await mover.is_closed(tenant, target)
    await platform.tenants.provision(tenant)  # a late change of status opens nothing
    assert await mover.is_closed(tenant, target)
    with pytest.raises(Unavailable, match="moved"):  # nobody names the new place yet
        await platform.store.entities.write(tenant, create(1))
    platform.registry.note(target)
    assert (await platform.store.entities.write(tenant, create(1))).created


async def test_who_comes_between_closing_and_naming_waits_and_is_served(
    platform: Platform, tenant: Tenant
) -> None:
    target = placed(platform, tenant, OTHER[tenant.storage], "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    await platform.store.entities.write(tenant, create(1))
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        await copying.close(tenant, target)
        waiting = asyncio.gather(
            platform.store.entities.write(tenant, create(2)),
            platform.read(tenant, an_id(1)),
            platform.store.entities.types(tenant),
        )
        await asyncio.sleep(0)
        platform.registry.note(target)
        written, read, types = await waiting
    assert written.created
    assert an_id(1) in read
    assert len(types) == 1


async def test_a_move_that_is_given_up_leaves_the_tenant_where_it_was(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    target = placed(platform, tenant, OTHER[tenant.storage], "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
    assert not await mover.is_closed(tenant, target)
    await mover.release(tenant)
    await mover.clear(target)
    assert (await platform.store.entities.write(tenant, create(2))).created
    if target.storage is Storage.SEPARATED:
        assert target.placement.database not in await databases_on(platform, "main")
    else:
        assert await rows_of(platform, target, tenant.number) == {}
    assert await platform.as_owner(tenant, "SELECT * FROM move_log") == []


async def test_neighbours_in_the_shared_database_are_left_alone(platform: Platform) -> None:
    tenant, neighbour = await platform.a_tenant(), await platform.a_tenant()
    for one in (tenant, neighbour):
        await platform.store.entities.write_all(one, [create(n) for n in range(10)])
    before = await rows_of(platform, neighbour, neighbour.number)
    target = placed(platform, tenant, Storage.SEPARATED, "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        await platform.store.entities.write(neighbour, create(99))
        logged = await platform.as_owner(tenant, "SELECT DISTINCT tenant FROM move_log")
        assert logged in ([], [(tenant.number,)])
        await finish(platform, copying, tenant, target)
    await mover.release(tenant)
    await mover.clear(tenant)
    after = await rows_of(platform, neighbour, neighbour.number)
    assert after["entity"] == before["entity"] + 1
    assert await rows_of(platform, tenant, tenant.number) == {}
    assert await rows_of(platform, target, neighbour.number) == {}


async def test_triggers_sleep_when_no_move_is_under_way(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    target = placed(platform, tenant, Storage.SEPARATED, "main")
    await move(platform, tenant, target)
    count = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_note_%' AND tgenabled <> 'D'"
    assert (await platform.as_owner(tenant, count))[0][0] > 0
    await PostgresMover(platform.databases, platform.tenants).release(tenant)
    assert await platform.as_owner(tenant, count) == [(0,)]


async def test_numbers_that_are_drawn_later_meet_no_moved_ones(platform: Platform) -> None:
    tenant = await platform.a_tenant(Storage.SEPARATED)
    for sequence in ("matched_change_number", "subscription_number_seq", "entity_kind_kind_seq"):
        await platform.as_owner(tenant, f"SELECT setval('{sequence}', 5000)")
    target = placed(platform, tenant, Storage.SHARED, "main")
    await move(platform, tenant, target)
    for sequence in ("matched_change_number", "subscription_number_seq", "entity_kind_kind_seq"):
        ((number,),) = await platform.as_owner(target, f"SELECT nextval('{sequence}')")
        assert number > 5000


async def test_a_copy_that_differs_is_refused(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    await platform.store.entities.write_all(tenant, [create(n) for n in range(20)])
    target = placed(platform, tenant, Storage.SEPARATED, "main")
    mover = PostgresMover(platform.databases, platform.tenants)
    async with mover.copying(tenant, target) as copying:
        await copying.copy(ignored)
        await platform.as_owner(target, "DELETE FROM entity WHERE id = $1", an_id(5))
        with pytest.raises(MoveFailed, match="lost or doubled"):
            await copying.close(tenant, target)
    assert not await mover.is_closed(tenant, target)
    assert (await platform.store.entities.write(tenant, create(50))).created


async def test_every_table_of_tenants_can_be_followed(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    rows = await platform.as_owner(
        tenant,
        """
        SELECT c.relname::text FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition""",
    )
    async with platform.databases.admin(platform.shared) as connection:
        tables = await tables_of(connection)
    assert {table.name for table in tables} == {row[0] for row in rows} - {
        "move_log",
        "tenant_state",
    }
    assert all(table.keys for table in tables)
