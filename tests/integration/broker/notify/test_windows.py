"""Throttling keeps the last state of each Entity; intervals are over once each."""

import asyncio
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import cast

from broker.notify.feed import Window
from joint_use import Tenant
from tests.entities import an_id, create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process, a_subscription
from tests.receivers import Receiver


def instants(receiver: Receiver) -> list[datetime]:
    return [
        datetime.fromisoformat(cast(str, one["notifiedAt"])).astimezone(UTC)
        for one in receiver.arrived
    ]


async def test_a_window_ends_with_the_last_state_of_each_entity(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    began_s = time.monotonic()
    await process.subscribe(tenant, receiver.uri(), throttling=1)
    await process.write(tenant, create(1, 1))
    await receiver.until_arrived(1)
    for value in range(2, 50):
        await process.write(tenant, update(1, value))
    await process.write(tenant, create(2, 1000))
    await process.until_drained(tenant)
    last = zip(receiver.entities(), receiver.values(), strict=True)
    assert {one["id"]: value for one, value in last} == {an_id(1): 49, an_id(2): 1000}
    windows = time.monotonic() - began_s + 1
    assert len(receiver.arrived) <= windows, "one a window, however long the writing took"
    assert min((b - a).total_seconds() for a, b in pairwise(instants(receiver))) >= 1
    await asyncio.sleep(1.3)
    await process.write(tenant, update(1, 50))
    await receiver.until(lambda: receiver.values()[-1] == 50)


async def test_a_window_that_holds_more_than_there_is_room_for_is_told_of_at_its_end(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri(), throttling=10)
    await process.write(tenant, create(0, 0))
    await receiver.until_arrived(1)
    count = Window.most + 500
    for start in range(1, count, 100):
        await process.write(tenant, *(create(start + n, start + n) for n in range(100)))
    await process.until_drained(tenant)
    told = [str(value) for value in receiver.values()]
    assert len(set(told)) == count // 100 * 100 + 101, "each Entity, though they are many"
    assert len(receiver.arrived) <= 4, "in few notifications, and without a window between them"
    moments = instants(receiver)
    assert (moments[-1] - moments[1]).total_seconds() < 10


async def test_a_window_outlives_its_process(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri(), throttling=4)
    await process.write(tenant, create(1, 1))
    await receiver.until_arrived(1)
    await process.write(tenant, update(1, 2))
    await asyncio.sleep(0.3)  # the window is written with the next settlement
    await process.die()
    async with make_process():
        await receiver.until_arrived(2)
    assert receiver.values() == [1, 2]
    first, second = instants(receiver)
    assert (second - first).total_seconds() >= 3.9


async def test_a_failed_notification_of_a_window_is_sent_again_with_what_came_since(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri(), throttling=0.2)
    receiver.status = 500
    await process.write(tenant, create(1, 1), create(2, 10))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    await process.write(tenant, update(1, 2), update(1, 3))
    receiver.status = 200
    await process.until_drained(tenant)
    arrived = [str(value) for value in receiver.values()]
    assert {"3", "10"} <= set(arrived)
    assert "2" not in arrived


async def test_an_interval_tells_of_all_matching_entities_again_and_again(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.write(tenant, create(1, 1), create(2, 2))
    await process.subscribe(tenant, receiver.uri(), timeInterval=0.5)
    await receiver.until_arrived(3)
    assert receiver.values()[:6] == [1, 2, 1, 2, 1, 2]
    gaps = [(b - a).total_seconds() for a, b in pairwise(instants(receiver))]
    assert min(gaps) >= 0.3


async def test_an_interval_without_a_match_says_nothing(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    id_ = await process.subscribe(tenant, receiver.uri(), timeInterval=0.2)
    await asyncio.sleep(1.0)
    assert receiver.arrived == []
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert kept.counters.times_sent == 0
    await process.write(tenant, create(1, 1))
    await receiver.until_arrived(1)


async def test_an_interval_that_became_shorter_is_not_waited_for(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.write(tenant, create(1, 1))
    id_ = await process.subscribe(tenant, receiver.uri(), timeInterval=3600)
    await asyncio.sleep(1.2)  # the lease says when it is due
    await process.die()
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    shorter = a_subscription(receiver.uri(), id=id_, timeInterval=0.5)
    assert await process.subscriptions.replace(tenant, shorter, over=kept.stored.modified_at)
    async with make_process():
        await receiver.until_arrived(2)


async def test_intervals_go_on_with_another_process(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.write(tenant, create(1, 1))
    await process.subscribe(tenant, receiver.uri(), timeInterval=0.5)
    await receiver.until_arrived(1)
    await process.die()
    count = len(receiver.arrived)
    async with make_process():
        await receiver.until_arrived(count + 2)


async def test_an_interval_that_is_overdue_is_found_in_the_schedule(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.write(tenant, create(1, 1))
    await process.subscribe(tenant, receiver.uri(), timeInterval=0.5)
    await receiver.until_arrived(1)
    await asyncio.sleep(1.2)  # a beat has noted the schedule
    await process.die()
    async with process.databases.admin(process.register._control) as connection:
        await connection.execute("DELETE FROM delivery_pending")
    count = len(receiver.arrived)
    async with make_process():
        await receiver.until_arrived(count + 1)
