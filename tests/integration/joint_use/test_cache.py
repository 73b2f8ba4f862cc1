import asyncio
from collections.abc import AsyncIterator

import pytest

from joint_use import (
    OPERATOR,
    JointUse,
    NewTenant,
    Quota,
    QuotaCache,
    QuotaStore,
    Tenant,
    TenantCache,
    TenantStatus,
    TenantStore,
    create_tenant,
    suspend_tenant,
)
from kit.db import Database, Databases, Server
from kit.listen import Listener
from kit.tasks import Tasks


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def connected(listener: Listener, tasks: Tasks) -> asyncio.Event:
    """Start a listener and wait until it listens; the event answered is set at the next time."""
    event = asyncio.Event()
    listener.hear("test", lambda _: None, event.set)
    tasks.start("listener", listener.run)
    await asyncio.wait_for(event.wait(), 10)
    event.clear()
    return event


async def until_forgotten(cache: TenantCache, name: str) -> None:
    async with asyncio.timeout(60):
        while cache.get(name) is not None:  # noqa: ASYNC110 - the cache has no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    async with Tasks() as running:
        yield running


async def test_a_known_tenant_is_answered_at_once(joint_use: JointUse) -> None:
    created = await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))
    cache = TenantCache(joint_use.tenants)
    assert cache.get("ebetsu") is None
    assert await cache.find("ebetsu") == created
    assert cache.get("ebetsu") == created


async def test_an_absent_tenant_is_remembered_for_a_short_time(
    databases: Databases, control: Database, joint_use: JointUse
) -> None:
    clock = Clock()
    cache = TenantCache(TenantStore(databases, control), absent_s=2, clock=clock)
    assert await cache.find("ebetsu") is None
    created = await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))
    clock.now += 1.9
    assert await cache.find("ebetsu") is None
    clock.now += 0.2
    assert await cache.find("ebetsu") == created


async def test_a_change_in_another_process_is_heard(
    databases: Databases, control: Database, joint_use: JointUse, tasks: Tasks
) -> None:
    cache = TenantCache(TenantStore(databases, control), absent_s=3600)
    listener = Listener(databases, control)
    cache.follow(listener)
    await connected(listener, tasks)
    assert await cache.find("ebetsu") is None
    created = await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))
    async with asyncio.timeout(60):
        while await cache.find("ebetsu") != created:  # noqa: ASYNC110 - NOTIFY sets no event here
            await asyncio.sleep(0.01)
    await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    await until_forgotten(cache, "ebetsu")
    found = await cache.find("ebetsu")
    assert found is not None
    assert found.status is TenantStatus.SUSPENDED


async def test_a_listener_that_lost_its_connection_comes_back_and_forgets(
    databases: Databases, control: Database, joint_use: JointUse, tasks: Tasks
) -> None:
    created = await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))
    cache = TenantCache(TenantStore(databases, control))
    listener = Listener(databases, control, retry_s=0.05)
    cache.follow(listener)
    again = await connected(listener, tasks)
    await cache.find("ebetsu")
    async with databases.admin(control) as owner:
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    await asyncio.wait_for(again.wait(), 10)
    assert cache.get("ebetsu") is None
    assert await cache.find("ebetsu") == created
    await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    await until_forgotten(cache, "ebetsu")


async def test_a_quiet_connection_that_lives_is_kept(
    databases: Databases, control: Database, tasks: Tasks
) -> None:
    listener = Listener(databases, control, check_s=0.05, retry_s=0)
    again = await connected(listener, tasks)
    await asyncio.sleep(0.5)
    assert not again.is_set()


async def test_an_answer_older_than_a_change_is_not_kept(joint_use: JointUse) -> None:
    created = await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))
    reading, changed = asyncio.Event(), asyncio.Event()

    class SlowStore(TenantStore):
        async def find(self, name: str) -> Tenant | None:
            found = await super().find(name)
            reading.set()
            await changed.wait()
            return found

    assert isinstance(joint_use.tenants, TenantStore)
    slow = SlowStore(joint_use.tenants._databases, joint_use.tenants._control)
    cache = TenantCache(slow)
    finding = asyncio.create_task(cache.find("ebetsu"))
    await reading.wait()
    cache.forget("ebetsu")
    changed.set()
    assert await finding == created
    assert cache.get("ebetsu") is None


async def test_names_asked_in_vain_do_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, joint_use: JointUse
) -> None:
    monkeypatch.setattr("joint_use.store.cache._MAX_ABSENT", 3)
    cache = TenantCache(joint_use.tenants, absent_s=3600)
    for number in range(10):
        assert await cache.find(f"absent{number}") is None
    assert list(cache._absent) == ["absent7", "absent8", "absent9"]


async def test_many_tenants_that_come_at_once_are_looked_up_over_one_connection(
    server: Server, control: Database, joint_use: JointUse
) -> None:
    names = [f"town{number}" for number in range(40)]
    for name in names:
        await create_tenant(joint_use, OPERATOR, NewTenant(name=name))
    async with Databases([server], budget=4) as own:
        cache = TenantCache(TenantStore(own, control))
        quotas = QuotaCache(QuotaStore(own, control), Quota(entities=7))
        tenants = await asyncio.gather(*(cache.find(name) for name in names))
        found = await asyncio.gather(*(quotas.find(one) for one in tenants if one is not None))
        assert [one.name for one in tenants if one is not None] == names
        assert found == [Quota(entities=7)] * 40
        assert own.size == 1
