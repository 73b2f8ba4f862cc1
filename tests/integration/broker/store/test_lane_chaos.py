"""Lanes when things go wrong: no acknowledged write is lost, none is done twice."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from broker.ngsi.errors import AlreadyExists, NonexistentTenant, Unavailable
from broker.store import committer
from broker.store.hooks import Written
from broker.store.inside import Inside
from broker.store.queue import Limits
from broker.store.together import Together
from joint_use import Placement, Storage, Tenant
from kit.db import Database
from tests.entities import an_id, create, update, upsert
from tests.stores import Platform


class HoldingHook:
    """Keeps a group's transaction open until it is let go."""

    def __init__(self) -> None:
        self.is_inside = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def write(self, connection: Inside, written: Written, together: Together) -> None:
        await together.send()
        self.is_inside.set()
        await self.may_go_on.wait()


class FaultyHook:
    """Fails like a bug while it is told to, for one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.is_faulty = True

    async def write(self, connection: Inside, written: Written, together: Together) -> None:
        if self.is_faulty and written.tenant.number == self.tenant.number:
            raise KeyError("a bug")


class TestCancelledRequests:
    async def test_a_taken_command_is_not_withdrawn(self, platform: Platform) -> None:
        tenant, hook = await platform.a_tenant(), HoldingHook()
        async with platform.another_process(hooks=[hook]) as other:
            request = asyncio.create_task(other.store.entities.write(tenant, create(1)))
            await hook.is_inside.wait()
            waiting = asyncio.create_task(other.store.entities.write(tenant, create(2)))
            await asyncio.sleep(0)
            request.cancel()
            waiting.cancel()
            hook.may_go_on.set()
            await other.store.entities.write(tenant, create(3))
            assert request.cancelled()
        assert len(await platform.read(tenant, an_id(1), an_id(2), an_id(3))) == 3


class TestRaces:
    async def test_of_two_processes_that_create_one_id_one_wins(self, platform: Platform) -> None:
        tenant = await platform.a_tenant()
        async with platform.another_process() as other:
            for number in range(30):
                first, second = await asyncio.gather(
                    platform.store.entities.write(tenant, create(number, 1)),
                    other.store.entities.write(tenant, create(number, 2)),
                    return_exceptions=True,
                )
                assert sorted(type(one).__name__ for one in (first, second)) == [
                    "AlreadyExists",
                    "Applied",
                ]

    async def test_an_insert_that_loses_its_race_is_seen_by_the_command(
        self, platform: Platform
    ) -> None:
        tenant, hook = await platform.a_tenant(), HoldingHook()
        async with platform.another_process(hooks=[hook]) as other:
            first = asyncio.create_task(other.store.entities.write(tenant, create(1, 1)))
            await hook.is_inside.wait()
            second = asyncio.create_task(platform.store.entities.write(tenant, create(1, 2)))
            third = asyncio.create_task(platform.store.entities.write(tenant, upsert(2, 3)))
            await asyncio.sleep(0.1)
            hook.may_go_on.set()
            assert (await first).created
            assert (await third).created
            with pytest.raises(AlreadyExists):
                await second

    async def test_writers_in_opposite_orders_never_hang(self, platform: Platform) -> None:
        tenant = await platform.a_tenant()
        await platform.store.entities.write_all(tenant, [create(n) for n in range(20)])
        async with platform.another_process() as other, asyncio.timeout(90):
            for _ in range(10):
                forth = [update(n, 1) for n in range(20)]
                back = [update(n, 2) for n in reversed(range(20))]
                both = await asyncio.gather(
                    platform.store.entities.write_all(tenant, forth),
                    other.store.entities.write_all(tenant, back),
                )
                assert not [one for many in both for one in many if isinstance(one, Exception)]

    async def test_a_deadlock_with_somebody_else_is_run_again(self, platform: Platform) -> None:
        tenant = await platform.a_tenant()
        await platform.store.entities.write_all(tenant, [create(1), create(2)])
        lock = "SELECT 1 FROM entity WHERE id = $1 FOR UPDATE"
        database = Database(tenant.placement.server, tenant.placement.database)
        async with platform.databases.admin(database) as connection:
            await connection.execute("SET deadlock_timeout = '60s'")  # the lane is the victim
            transaction = connection.transaction()
            await transaction.start()
            await connection.fetch(lock, an_id(2))
            write = asyncio.create_task(
                platform.store.entities.write_all(tenant, [update(1, 5), update(2, 6)])
            )
            await asyncio.sleep(0.3)  # it holds 1 and waits for 2
            other = asyncio.create_task(connection.fetch(lock, an_id(1)))
            await other
            await transaction.commit()
            outcomes = await write
        assert [one.change is not None for one in outcomes if not isinstance(one, Exception)] == [
            True,
            True,
        ]

    async def test_endless_contention_is_given_up(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Racing:
            """Has always been overtaken by another insert."""

            async def write(self, connection: Inside, written: Written, together: Together) -> None:
                await connection.execute(
                    "INSERT INTO entity_kind (tenant, types) VALUES ($1, $2)",
                    written.tenant.number,
                    ["https://example.org/Shelter"],
                )

        tenant = await platform.a_tenant()
        monkeypatch.setattr(committer, "MAX_RERUNS", 2)
        async with platform.another_process(hooks=[Racing()]) as other:
            with pytest.raises(Unavailable, match="too many others"):
                await other.store.entities.write(tenant, create(1))
        assert await platform.read(tenant, an_id()) == {}


class TestCrashes:
    async def test_a_lane_that_crashes_fails_its_own_and_lives_again(
        self, platform: Platform
    ) -> None:
        broken, sound = await platform.a_tenant(), await platform.a_tenant()
        hook = FaultyHook(broken)
        async with platform.another_process(hooks=[hook]) as other:
            entities = other.store.entities
            results = await asyncio.gather(
                *(entities.write(broken, create(number)) for number in range(5)),
                *(entities.write(sound, create(number)) for number in range(5)),
                return_exceptions=True,
            )
            assert {type(one) for one in results[:5]} == {Unavailable}
            assert not [one for one in results[5:] if isinstance(one, BaseException)]
            hook.is_faulty = False
            assert (await entities.write(broken, create(1))).created
        assert len(await platform.read(broken, *map(an_id, range(5)))) == 1


class TestFullQueues:
    async def test_a_queue_full_in_bytes_refuses_and_empties(self, platform: Platform) -> None:
        tenant, hook = await platform.a_tenant(), HoldingHook()
        limits = Limits(lane_bytes=20_000)
        async with platform.another_process(hooks=[hook], limits=limits) as other:
            entities = other.store.entities
            large = [create(number, "x" * 4_000) for number in range(20)]
            writes = [asyncio.create_task(entities.write(tenant, one)) for one in large[:1]]
            await hook.is_inside.wait()
            writes += [asyncio.create_task(entities.write(tenant, one)) for one in large[1:]]
            await asyncio.sleep(0)
            hook.may_go_on.set()
            results = await asyncio.gather(*writes, return_exceptions=True)
            refused = [one for one in results if isinstance(one, Unavailable)]
            assert 10 <= len(refused) < 20
            assert all(one.retry_after_s == 1 for one in refused)
            assert len(await other.read(tenant, *map(an_id, range(20)))) == 20 - len(refused)
            assert other.store.lanes._room.used == 0

    async def test_the_queues_of_all_lanes_share_one_bound(self, platform: Platform) -> None:
        tenants = [await platform.a_tenant() for _ in range(2)]
        hook = HoldingHook()
        limits = Limits(process_bytes=20_000)
        async with platform.another_process(hooks=[hook], limits=limits) as other:
            entities = other.store.entities
            writes = []
            for tenant in tenants:
                writes.append(asyncio.create_task(entities.write(tenant, create(0))))
                await hook.is_inside.wait()
                hook.is_inside.clear()
                writes += [
                    asyncio.create_task(entities.write(tenant, create(number, "x" * 4_000)))
                    for number in range(1, 5)
                ]
                await asyncio.sleep(0)
            hook.may_go_on.set()
            results = await asyncio.gather(*writes, return_exceptions=True)
            assert any(isinstance(one, Unavailable) for one in results[5:])
            assert other.store.lanes._room.used == 0

    async def test_one_request_larger_than_the_bound_is_let_into_an_empty_queue(
        self, platform: Platform
    ) -> None:
        tenant = await platform.a_tenant()
        async with platform.another_process(limits=Limits(lane_bytes=1_000)) as other:
            batch = [create(number, "x" * 500) for number in range(10)]
            assert len(await other.store.entities.write_all(tenant, batch)) == 10


class TestMoves:
    async def test_writes_and_reads_follow_a_tenant_to_its_new_epoch(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        await platform.store.entities.write(tenant, create(1))
        newer = platform.registry.note(tenant, epoch=2)
        async with platform.another_process() as mover:
            await mover.tenants.provision(newer)
        assert (await platform.store.entities.write(tenant, create(2))).created
        assert len(await platform.read(tenant, an_id(1), an_id(2))) == 2

    async def test_writes_under_way_follow_a_tenant_to_another_database(
        self, platform: Platform
    ) -> None:
        tenant = await platform.a_tenant(Storage.SEPARATED)
        await platform.store.entities.write(tenant, create(1))
        placement = Placement(
            server=tenant.placement.server, database=f"{tenant.placement.database}_b"
        )
        old = Database(tenant.placement.server, tenant.placement.database)
        moved = replace(tenant, placement=placement, epoch=2)
        async with platform.another_process() as mover:
            await mover.tenants.provision(moved)
            async with mover.databases.admin(old) as connection:
                await connection.execute("DELETE FROM tenant_state")
        platform.registry.note(moved)
        writes = [platform.store.entities.write(tenant, create(n)) for n in range(2, 30)]
        assert all(applied.created for applied in await asyncio.gather(*writes))
        assert len(await platform.read(moved, *map(an_id, range(30)))) == 28
        assert len(platform.store.lanes._lanes) == 1
        async with platform.databases.admin(Database(old.server, "postgres")) as connection:
            await connection.execute(f'DROP DATABASE "{old.name}" WITH (FORCE)')

    async def test_a_tenant_that_is_gone_is_refused_as_the_registry_says(
        self, platform: Platform
    ) -> None:
        async def gone(tenant: Tenant) -> Tenant:
            raise NonexistentTenant(f"Tenant {tenant.name} is retired")

        tenant = await platform.a_tenant()
        async with platform.another_process() as other:
            await other.tenants.retire(replace(tenant, epoch=2))
            other.tenants._reload = gone
            with pytest.raises(NonexistentTenant):
                await other.store.entities.write(tenant, create(1))
            with pytest.raises(NonexistentTenant):
                await other.read(tenant, an_id())

    async def test_a_mover_waits_for_writers_and_they_for_it(self, platform: Platform) -> None:
        tenant, hook = await platform.a_tenant(), HoldingHook()
        async with platform.another_process(hooks=[hook]) as other:
            write = asyncio.create_task(other.store.entities.write(tenant, create(1)))
            await hook.is_inside.wait()
            newer = platform.registry.note(tenant, epoch=2)
            move = asyncio.create_task(platform.tenants.provision(newer))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(move), 0.3)
            assert not move.done()
            hook.may_go_on.set()
            assert (await write).created
            await move

    async def test_a_registry_behind_its_database_answers_unavailable(
        self, platform: Platform
    ) -> None:
        tenant = await platform.a_tenant()
        async with platform.another_process() as mover:
            await mover.tenants.provision(replace(tenant, epoch=2))
        with pytest.raises(Unavailable, match="being moved"):
            await platform.store.entities.write(tenant, create(1))
        with pytest.raises(Unavailable, match="being moved"):
            await platform.read(tenant, an_id())


async def test_a_missing_partition_is_made_and_the_group_run_again(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    (name, *_), *_ = await platform.as_owner(
        tenant,
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        "WHERE inhparent = 'attribute_instance'::regclass ORDER BY 1",
    )
    await platform.as_owner(tenant, f"DROP TABLE {name}")
    assert (await platform.store.entities.write(tenant, create(1))).created


async def test_closing_commits_what_waits(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    async with platform.another_process() as other:
        writes = [
            asyncio.create_task(other.store.entities.write(tenant, create(number)))
            for number in range(250)
        ]
        await asyncio.sleep(0)
    assert all(applied.created for applied in await asyncio.gather(*writes))
    assert len(await platform.read(tenant, *map(an_id, range(250)))) == 250
