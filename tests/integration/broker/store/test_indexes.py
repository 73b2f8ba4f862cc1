"""Declared paths: their rows are what entities say, whoever writes, stops or dies meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from broker.ngsi.commands import Command, Delete
from broker.ngsi.errors import Conflict, NonexistentTenant, TooManyResults
from broker.ngsi.indexes import DeclaredIndex, IndexStage
from broker.ngsi.names import Iri
from broker.ngsi.q.paths import path_key
from broker.ngsi.q.syntax import Compare, Number, Operator, Path
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.selection import OneType
from broker.store import index_work, indexes, walks
from broker.store.hooks import Written
from broker.store.index_work import IndexWork
from broker.store.inside import Inside
from broker.store.sweeper import Sweeper
from broker.store.together import Together
from joint_use import Storage, Tenant, TenantStatus
from tests.entities import CAPACITY, SHELTER, an_id, create, now, update, upsert
from tests.stores import Platform

PATH = Path((CAPACITY,))
SEED = 20260901


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_work, "BATCH", 7)
    monkeypatch.setattr(index_work, "_DROPPED", 7)


class HoldingHook:
    """Keeps a group's transaction open until it is let go."""

    def __init__(self) -> None:
        self.is_inside = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def write(self, connection: Inside, written: Written, together: Together) -> None:
        await together.send()
        self.is_inside.set()
        await self.may_go_on.wait()


@asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Let a process work off what it takes up, as it does while it serves."""
    task = asyncio.create_task(platform.store.index_work.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def fill(platform: Platform, tenant: Tenant, count: int) -> None:
    commands = [create(number, number) for number in range(count)]
    await platform.store.entities.write_all(tenant, commands)


async def rows_of(platform: Platform, tenant: Tenant) -> list[tuple[str, float]]:
    rows = await platform.as_owner(
        tenant,
        "SELECT id, number FROM entity_index WHERE tenant = $1 AND path = $2 ORDER BY id, number",
        tenant.number,
        path_key(PATH),
    )
    return [(row[0], row[1]) for row in rows]


async def values_of(platform: Platform, tenant: Tenant) -> list[tuple[str, float]]:
    rows = await platform.as_owner(
        tenant,
        "SELECT id, (document -> $2 -> 0 ->> 'value')::float8 FROM entity WHERE tenant = $1"
        " ORDER BY id",
        tenant.number,
        CAPACITY,
    )
    return [(row[0], row[1]) for row in rows]


async def stage_of(platform: Platform, tenant: Tenant) -> IndexStage | None:
    found = await platform.store.indexes.every(tenant)
    return found[0].stage if found else None


async def complete(platform: Platform, tenant: Tenant) -> None:
    while await stage_of(platform, tenant) is not IndexStage.COMPLETE:  # noqa: ASYNC110 — no event tells
        await asyncio.sleep(0.01)


async def declared(platform: Platform, tenant: Tenant) -> DeclaredIndex:
    return await platform.store.indexes.declare(tenant, PATH)


async def finished(platform: Platform, tenant: Tenant) -> None:
    await platform.store.index_work.finish(tenant)


def of_capacity(at_least: int) -> EntityFilter:
    return EntityFilter(
        selectors=(EntitySelector(types=OneType(SHELTER)),),
        q=Compare(PATH, Operator.GREATER_EQUAL, Number(at_least)),
    )


async def test_what_is_there_and_what_comes_later_is_indexed(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 30)
    assert (await declared(platform, tenant)).stage is IndexStage.FILLING
    await platform.store.entities.write(tenant, create(30, 30))
    await platform.store.entities.write(tenant, update(3, 300))
    async with working(platform):
        await complete(platform, tenant)
    await platform.store.entities.write(tenant, update(4, 400))
    await platform.store.entities.write(tenant, Delete(id=an_id(5), at=now()))
    rows = await rows_of(platform, tenant)
    assert rows == await values_of(platform, tenant)
    assert (an_id(3), 300.0) in rows
    assert (an_id(4), 400.0) in rows


async def test_a_query_uses_what_is_complete_in_both_storages(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 30)
    window = Window(limit=10)
    before = await platform.store.entities.explain(tenant, of_capacity(20), window)
    assert "entity_index" not in before
    await declared(platform, tenant)
    await finished(platform, tenant)
    async with platform.another_process() as other:  # one that has read nothing yet
        plan = await other.store.entities.explain(tenant, of_capacity(20), window)
        page = await other.store.entities.query(tenant, of_capacity(20), window)
    assert "entity_index_by_number" in plan
    assert ("current_setting" in plan) is (tenant.storage is Storage.SHARED)
    assert len(page.entities) == 10


@pytest.mark.parametrize("window", [Window(limit=10), Window(limit=10, count=True)])
async def test_an_operator_is_told_of_the_index_that_a_query_lacks_until_it_is_there(
    platform: Platform, tenant: Tenant, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "_LONG_S", 0.0)  # however quick this machine is
    await fill(platform, tenant, 3)

    async def told() -> list[list[str]]:
        async with platform.another_process() as other:  # it has told of nothing yet
            with capture_logs() as logged:
                for _ in range(3):  # the first is read in a transaction
                    await other.store.entities.query(tenant, of_capacity(1), window)
        return [line["paths"] for line in logged if line["event"] == "query_without_index"]

    assert await told() == [[CAPACITY]]
    await declared(platform, tenant)
    await finished(platform, tenant)
    assert await told() == []


async def test_a_writer_that_does_not_know_the_path_yet_is_waited_for(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 1)
    holding = HoldingHook()
    async with platform.another_process(hooks=[holding]) as other:
        writing = asyncio.create_task(other.store.entities.write(tenant, create(1, 111)))
        await holding.is_inside.wait()
        await declared(platform, tenant)
        filling = asyncio.create_task(finished(platform, tenant))
        await platform.store.entities.write(tenant, create(2, 222))  # nobody holds writers up
        done, _ = await asyncio.wait([filling], timeout=0.3)
        assert not done
        holding.may_go_on.set()
        await asyncio.gather(writing, filling)
    assert await stage_of(platform, tenant) is IndexStage.COMPLETE
    rows = await rows_of(platform, tenant)
    assert rows == [(an_id(0), 0.0), (an_id(1), 111.0), (an_id(2), 222.0)]


@pytest.mark.usefixtures("small_steps")
async def test_rows_are_right_though_two_processes_write_and_two_fill(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 150)
    stopped = asyncio.Event()

    async def keep_writing(process: Platform, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 — no secret
        while not stopped.is_set():
            number, value = chance.randrange(200), chance.randrange(1000)
            removal = Delete(id=an_id(number), at=now())
            command: Command = removal if chance.random() < 0.3 else upsert(number, value)
            await process.store.entities.write_all(tenant, [command])

    async with platform.another_process() as other, asyncio.TaskGroup() as group:
        for seed in range(3):
            group.create_task(keep_writing(platform, SEED + seed))
            group.create_task(keep_writing(other, SEED - seed))
        await declared(platform, tenant)
        await asyncio.gather(finished(platform, tenant), finished(other, tenant))
        assert await stage_of(platform, tenant) is IndexStage.COMPLETE
        stopped.set()
    rows = await rows_of(platform, tenant)
    assert rows == await values_of(platform, tenant)
    assert len(rows) > 50


@pytest.mark.usefixtures("small_steps")
async def test_what_a_killed_process_left_is_taken_up_by_the_next_sweep(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 200)
    await declared(platform, tenant)
    async with platform.another_process() as killed:
        filling = asyncio.create_task(finished(killed, tenant))
        while not (await platform.store.indexes.every(tenant))[0].filled_to:  # noqa: ASYNC110 — likewise
            await asyncio.sleep(0)
        await platform.as_owner(
            tenant,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()",
        )
        filling.cancel()
        await asyncio.wait([filling])
    assert await stage_of(platform, tenant) is IndexStage.FILLING
    work = platform.store.index_work
    sweeper = Sweeper(
        platform.databases, platform.tenants, platform.registry.every, take_up=work.take_up
    )
    async with working(platform):
        await sweeper.sweep()
        await complete(platform, tenant)
    assert await rows_of(platform, tenant) == await values_of(platform, tenant)


async def test_a_finished_tenant_is_not_taken_up(platform: Platform, tenant: Tenant) -> None:
    await declared(platform, tenant)
    await finished(platform, tenant)
    taken: list[Tenant] = []
    sweeper = Sweeper(
        platform.databases, platform.tenants, platform.registry.every, take_up=taken.append
    )
    await sweeper.sweep()
    assert taken == []


@pytest.mark.usefixtures("small_steps")
async def test_what_is_withdrawn_goes_and_geometries_stay(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 40)
    await declared(platform, tenant)
    await finished(platform, tenant)
    withdrawn = await platform.store.indexes.withdraw(tenant, PATH)
    assert withdrawn is not None
    assert withdrawn.stage is IndexStage.WITHDRAWN
    await platform.store.entities.write(tenant, create(40, 40))
    assert len(await rows_of(platform, tenant)) == 41  # a query may not know yet that they go
    with pytest.raises(Conflict):
        await declared(platform, tenant)
    await IndexWork(platform.tenants, forgotten_s=0).finish(tenant)
    await platform.store.entities.write(tenant, update(1, 500))
    assert await rows_of(platform, tenant) == []
    assert await platform.store.indexes.every(tenant) == []
    cells = await platform.as_owner(
        tenant, "SELECT count(*) FROM entity_index WHERE tenant = $1 AND cell IS NOT NULL",
        tenant.number,
    )  # fmt: skip
    assert cells == [(41,)]
    await declared(platform, tenant)
    await finished(platform, tenant)
    assert await rows_of(platform, tenant) == await values_of(platform, tenant)


async def test_an_answer_under_way_is_whole_though_its_index_is_taken_away(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 1_100)
    await declared(platform, tenant)
    await finished(platform, tenant)
    matches = platform.store.entities.every(tenant, of_capacity(0))
    read = [await anext(matches)]
    await platform.store.indexes.withdraw(tenant, PATH)
    await IndexWork(platform.tenants, forgotten_s=0).finish(tenant)
    assert await rows_of(platform, tenant) == []
    read += [entity async for entity in matches]
    assert len(read) == 1_100


async def test_rows_stay_for_as_long_as_a_query_may_look_for_them(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant, 3)
    await declared(platform, tenant)
    await finished(platform, tenant)
    await platform.store.indexes.withdraw(tenant, PATH)
    going = asyncio.create_task(IndexWork(platform.tenants, forgotten_s=30).finish(tenant))
    await asyncio.wait([going], timeout=0.3)
    assert len(await rows_of(platform, tenant)) == 3
    going.cancel()
    await asyncio.wait([going])
    assert await stage_of(platform, tenant) is IndexStage.WITHDRAWN


async def test_what_was_never_declared_cannot_be_withdrawn(
    platform: Platform, tenant: Tenant
) -> None:
    assert await platform.store.indexes.withdraw(tenant, PATH) is None


async def test_a_path_declared_twice_is_one(platform: Platform, tenant: Tenant) -> None:
    both = await asyncio.gather(*(declared(platform, tenant) for _ in range(2)))
    assert both[0] == both[1]
    await finished(platform, tenant)
    assert (await declared(platform, tenant)).stage is IndexStage.COMPLETE
    assert len(await platform.store.indexes.every(tenant)) == 1


async def test_a_tenant_has_a_bounded_number_of_indexes(
    platform: Platform, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "MAX_DECLARED", 2)
    for name in ("a", "b"):
        await platform.store.indexes.declare(tenant, Path((Iri(f"x:{name}"),)))
    with pytest.raises(TooManyResults, match="has 2 indexes"):
        await declared(platform, tenant)
    await platform.store.indexes.declare(tenant, Path((Iri("x:a"),)))


async def test_indexes_of_one_tenant_are_none_of_another(platform: Platform) -> None:
    one, other = await platform.a_tenant(), await platform.a_tenant()
    for tenant in (one, other):
        await fill(platform, tenant, 3)
    await declared(platform, one)
    await finished(platform, one)
    assert len(await rows_of(platform, one)) == 3
    assert await rows_of(platform, other) == []
    assert await platform.store.indexes.every(other) == []


async def test_a_suspended_tenant_is_left_and_others_go_on(platform: Platform) -> None:
    gone, other = await platform.a_tenant(), await platform.a_tenant()
    for tenant in (gone, other):
        await declared(platform, tenant)
    suspended = platform.registry.note(gone, epoch=2, status=TenantStatus.SUSPENDED)
    await platform.tenants.provision(suspended)

    async def refuse(tenant: Tenant) -> Tenant:
        raise NonexistentTenant("The tenant is not active any more")

    platform.registry.reload = refuse  # type: ignore[method-assign]  # as the roof does it
    async with working(platform):
        await complete(platform, other)
