"""Lanes that nobody uses end, and nobody notices."""

import asyncio

from broker.ngsi.commands import Applied
from broker.store.tenants import database_of
from joint_use import Storage, Tenant
from tests.entities import an_id, create, update
from tests.stores import Platform


def running() -> set[str]:
    """The tasks of lanes and stations."""
    names = {task.get_name() for task in asyncio.all_tasks()}
    return {name for name in names if name.startswith(("lane ", "reads ", "commits "))}


def end_idle(platform: Platform) -> None:
    platform.store.lanes.end_idle()
    platform.store.shared.end_idle()
    platform.store.reads.end_idle()


async def test_lanes_end_when_they_are_not_used_and_begin_again(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    await platform.read(tenant, an_id())
    database = database_of(tenant)
    expected = {f"lane {tenant.name}", f"reads {database}"}
    if tenant.storage is Storage.SHARED:
        expected.add(f"commits {database}")
    assert running() == expected
    end_idle(platform)
    assert running() == expected, "they were used since"
    await asyncio.sleep(0.01)  # who was answered has also arrived
    end_idle(platform)
    await asyncio.sleep(0.01)
    assert running() == set()
    await platform.store.entities.write(tenant, update(1, 7))
    assert set(await platform.read(tenant, an_id())) == {an_id()}
    assert running() == expected


async def test_no_request_is_lost_however_often_lanes_are_looked_at(
    platform: Platform, tenant: Tenant
) -> None:
    async def look() -> None:
        while True:
            end_idle(platform)
            await asyncio.sleep(0)

    async def use(number: int) -> None:
        for round_ in range(10):
            outcome = await platform.store.entities.write(tenant, create(number * 100 + round_))
            assert isinstance(outcome, Applied)
            one = an_id(number * 100 + round_)
            assert set(await platform.read(tenant, one)) == {one}

    looking = asyncio.create_task(look())
    await asyncio.wait_for(asyncio.gather(*(use(number) for number in range(8))), 60)
    looking.cancel()
