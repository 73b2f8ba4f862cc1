"""Groups of several tenants in one transaction: each tenant's outcome is its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from broker.ngsi.commands import Command, Delete
from broker.ngsi.errors import NonexistentTenant, QuotaExceeded, ResourceNotFound
from broker.ports import StorageLimit
from broker.store.tenants import TENANT_LOCK, database_of
from joint_use import Storage, Tenant
from kit.metrics import gathered
from tests.entities import CAPACITY, an_id, create, now, update, upsert
from tests.integration.broker.store.test_lane_connections import behind
from tests.stores import Platform, Proxy

TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM flush"


async def write(platform: Platform, tenants: Sequence[Tenant], command: Command) -> list[object]:
    """Write the same in each tenant at once."""
    writes = [platform.store.entities.write(tenant, command) for tenant in tenants]
    return list(await asyncio.gather(*writes, return_exceptions=True))


async def some_tenants(platform: Platform, count: int = 4) -> list[Tenant]:
    return [await platform.a_tenant() for _ in range(count)]


async def rows(platform: Platform, tenants: Sequence[Tenant], table: str) -> list[tuple[int, int]]:
    """How many rows of a table each tenant has."""
    counts = f"SELECT tenant, count(*) FROM {table} GROUP BY 1 ORDER BY 1"  # noqa: S608 — of ours
    return [(number, count) for number, count in await platform.as_owner(tenants[0], counts)]


class TestTogether:
    async def test_groups_of_several_tenants_share_a_transaction(self, platform: Platform) -> None:
        tenants, before = await some_tenants(platform), counted_tenants()
        assert not [one for one in await write(platform, tenants, create(1)) if is_error(one)]
        assert await platform.as_owner(tenants[0], TRANSACTIONS) == [(1,)]
        assert counted_tenants() == before + 4

    async def test_each_row_is_its_tenants(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)
        await write(platform, tenants, create(1))
        for value, tenant in enumerate(tenants):
            await platform.store.entities.write(tenant, update(1, value))
        await write(platform, tenants, upsert(2, 5))
        once = [(tenant.number, 1) for tenant in tenants]
        twice = [(tenant.number, 2) for tenant in tenants]
        assert await rows(platform, tenants, "entity") == twice
        assert await rows(platform, tenants, "entity_kind") == once
        assert await rows(platform, tenants, "attribute_instance") == [
            (tenant.number, 3) for tenant in tenants
        ]
        counted = await platform.as_owner(
            tenants[0],
            "SELECT tenant, sum(changes)::int, sum(entities)::int FROM written_amount "
            "GROUP BY 1 ORDER BY 1",
        )
        assert counted == [(tenant.number, 3, 2) for tenant in tenants]
        for value, tenant in enumerate(tenants):
            found = await platform.read(tenant, an_id(1))
            assert found[an_id(1)].attributes[CAPACITY][0]["value"] == value

    async def test_what_is_deleted_is_its_tenants(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)
        await write(platform, tenants, create(1))
        delete = Delete(id=an_id(1), at=now())
        outcomes = await write(platform, tenants[:3], delete)
        assert not [one for one in outcomes if is_error(one)]
        assert await rows(platform, tenants, "entity") == [(tenants[3].number, 1)]

    async def test_refusals_are_each_tenants_own(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)
        await platform.store.entities.write(tenants[0], create(1))
        outcomes = await write(platform, tenants, create(1))
        assert [type(one).__name__ for one in outcomes] == ["AlreadyExists", *["Applied"] * 3]
        missing = await write(platform, tenants, update(9, 1))
        assert {type(one) for one in missing} == {ResourceNotFound}

    async def test_storage_limits_are_each_tenants_own(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)

        def limit_of(tenant: Tenant) -> StorageLimit | None:
            return StorageLimit(entities=1) if tenant.number == tenants[1].number else None

        async with platform.another_process(limit_of=limit_of) as other:
            assert not [one for one in await write(other, tenants, create(1)) if is_error(one)]
            outcomes = await write(other, tenants, create(2))
            assert [isinstance(one, QuotaExceeded) for one in outcomes] == [
                False,
                True,
                False,
                False,
            ]

    async def test_commands_of_one_tenant_compose(self, platform: Platform) -> None:
        tenants = await some_tenants(platform, 3)
        writes = [
            platform.store.entities.write(tenant, command)
            for command in (create(1, 0), update(1, 1), update(1, 2), update(1, 3))
            for tenant in tenants
        ]
        assert not [one for one in await asyncio.gather(*writes) if is_error(one)]
        for tenant in tenants:
            found = await platform.read(tenant, an_id(1))
            assert found[an_id(1)].attributes[CAPACITY][0]["value"] == 3

    async def test_reads_of_several_tenants_are_each_its_own(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)
        for value, tenant in enumerate(tenants):
            await platform.store.entities.write(tenant, create(1, value))
        reads = [platform.read(tenant, an_id(1), an_id(2)) for tenant in tenants for _ in range(3)]
        values = [
            found[an_id(1)].attributes[CAPACITY][0]["value"]
            for found in await asyncio.gather(*reads)
        ]
        assert values == [value for value in range(len(tenants)) for _ in range(3)]


class TestLeftBehind:
    async def test_a_tenant_at_another_epoch_is_followed_and_others_go(
        self, platform: Platform
    ) -> None:
        tenants = await some_tenants(platform)
        newer = platform.registry.note(tenants[1], epoch=2)
        async with platform.another_process() as mover:
            await mover.tenants.provision(newer)
        assert not [one for one in await write(platform, tenants, create(1)) if is_error(one)]
        reads = await asyncio.gather(*(platform.read(tenant, an_id(1)) for tenant in tenants))
        assert [len(found) for found in reads] == [1, 1, 1, 1]

    async def test_one_that_is_gone_is_refused_and_others_go(self, platform: Platform) -> None:
        async def gone(tenant: Tenant) -> Tenant:
            raise NonexistentTenant(f"Tenant {tenant.name} is retired")

        tenants = await some_tenants(platform)
        async with platform.another_process() as other:
            await other.tenants.retire(replace(tenants[2], epoch=2))
            other.tenants._reload = gone
            outcomes = await write(other, tenants, create(1))
            reads = await asyncio.gather(
                *(other.read(tenant, an_id(1)) for tenant in tenants), return_exceptions=True
            )
        expected = [False, False, True, False]
        assert [isinstance(one, NonexistentTenant) for one in outcomes] == expected
        assert [isinstance(one, NonexistentTenant) for one in reads] == expected

    async def test_nobody_waits_for_who_moves_another_tenant(self, platform: Platform) -> None:
        tenants = await some_tenants(platform)
        async with platform.databases.admin(database_of(tenants[0])) as connection:
            held = connection.transaction()
            await held.start()
            await connection.execute(
                "SELECT pg_advisory_xact_lock($1::int, $2::int)", TENANT_LOCK, tenants[0].number
            )
            waiting = asyncio.create_task(platform.store.entities.write(tenants[0], create(1)))
            await asyncio.sleep(0)
            outcomes = await write(platform, tenants[1:], create(1))
            assert not [one for one in outcomes if is_error(one)]
            assert not waiting.done()
            await held.rollback()
        assert (await waiting).created

    async def test_who_is_being_copied_away_has_a_transaction_of_its_own(
        self, platform: Platform
    ) -> None:
        """Its triggers note what is written for the one tenant that is entered."""
        tenants = await some_tenants(platform)
        await platform.as_owner(
            tenants[0],
            "UPDATE tenant_state SET is_logged = true WHERE tenant = $1",
            tenants[0].number,
        )
        assert not [one for one in await write(platform, tenants, create(1)) if is_error(one)]
        shared = await platform.as_owner(
            tenants[0],
            "SELECT count(*) FROM flush f JOIN flush o ON f.xmin::text = o.xmin::text "
            "AND f.tenant <> o.tenant WHERE f.tenant = $1",
            tenants[0].number,
        )
        assert shared == [(0,)]
        assert await platform.as_owner(tenants[0], TRANSACTIONS) == [(2,)]

    async def test_a_large_group_has_a_transaction_of_its_own(self, platform: Platform) -> None:
        tenants = await some_tenants(platform, 2)
        many = [create(number) for number in range(20)]
        batch = platform.store.entities.write_all(tenants[0], many)
        one = platform.store.entities.write(tenants[1], create(1))
        outcomes, applied = await asyncio.gather(batch, one)
        assert applied.created
        assert not [outcome for outcome in outcomes if is_error(outcome)]
        assert await platform.as_owner(tenants[0], TRANSACTIONS) == [(2,)]

    async def test_separated_tenants_write_in_their_own_databases(self, platform: Platform) -> None:
        tenants = [await platform.a_tenant(Storage.SEPARATED) for _ in range(3)]
        assert not [one for one in await write(platform, tenants, create(1)) if is_error(one)]
        for tenant in tenants:
            assert await platform.as_owner(tenant, TRANSACTIONS) == [(1,)]


class TestFailures:
    async def test_an_insert_race_that_one_loses_is_run_again_for_all(
        self, platform: Platform
    ) -> None:
        tenants = await some_tenants(platform)
        async with platform.another_process() as other:
            for number in range(20):
                here, there = await asyncio.gather(
                    write(platform, tenants, create(number)), write(other, tenants, create(number))
                )
                for one, another in zip(here, there, strict=True):
                    assert sorted(type(each).__name__ for each in (one, another)) == [
                        "AlreadyExists",
                        "Applied",
                    ]

    async def test_a_commit_that_was_not_heard_of_is_not_done_twice(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenants = await some_tenants(platform)
        async with behind(proxy, platform) as other:
            await write(other, tenants, create(1))
            proxy.cut_after_commit = 1
            outcomes = await write(other, tenants, create(2))
            assert not [one for one in outcomes if is_error(one)]
            assert proxy.cut_after_commit == 0
        counted = await platform.as_owner(
            tenants[0],
            "SELECT tenant, sum(entities)::int FROM written_amount GROUP BY 1 ORDER BY 1",
        )
        assert counted == [(tenant.number, 2) for tenant in tenants]
        assert await rows(platform, tenants, "flush") == [(tenant.number, 2) for tenant in tenants]

    async def test_a_commit_that_never_arrived_is_done_again(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenants = await some_tenants(platform)
        async with behind(proxy, platform) as other:
            await write(other, tenants, create(1))
            proxy.cut_before_commit = 1
            outcomes = await write(other, tenants, create(2))
            assert not [one for one in outcomes if is_error(one)]
            assert proxy.cut_before_commit == 0
        assert await rows(platform, tenants, "entity") == [(tenant.number, 2) for tenant in tenants]

    async def test_a_tenant_whose_rows_are_locked_for_long_does_not_stop_the_others(
        self, platform: Platform
    ) -> None:
        tenants = await some_tenants(platform)
        await write(platform, tenants, create(1))
        async with platform.databases.admin(database_of(tenants[0])) as connection:
            held = connection.transaction()
            await held.start()
            await connection.fetch(
                "SELECT 1 FROM entity WHERE tenant = $1 FOR UPDATE", tenants[0].number
            )
            waiting = asyncio.create_task(platform.store.entities.write(tenants[0], update(1, 7)))
            await asyncio.sleep(0)
            outcomes = await write(platform, tenants[1:], update(1, 8))
            assert not [one for one in outcomes if is_error(one)]
            assert not waiting.done()
            await held.rollback()
        assert (await waiting).change is not None


def counted_tenants() -> float:
    """How many tenants' groups this process has committed together."""
    samples = [one for one in gathered() if one.description.name == "renkei_flush_tenants"]
    return sum(values[-1] for sample in samples for values in sample.values.values())


def is_error(outcome: object) -> bool:
    return isinstance(outcome, BaseException)
