"""Several processes: each subscription has one owner, and what a dead one left is taken over."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from broker.ngsi.delivery import Lease
from joint_use import Tenant
from tests.entities import create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process
from tests.receivers import Receiver


async def owners(process: Process) -> list[tuple[object, ...]]:
    return list(await process.rows(process_tenant(process), "SELECT owner, fencing FROM lease"))


def process_tenant(process: Process) -> Tenant:
    return next(iter(process.registry.tenants.values()))


async def test_what_another_process_writes_the_owner_sends(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    async with make_process() as other:
        for value in range(1, 30):
            writer = other if value % 2 else process
            await writer.write(tenant, update(1, value))
        await receiver.until_arrived(30)
        assert receiver.values() == list(range(30))
        assert await owners(process) == [(process.deliveries.process, 1)]


async def test_what_a_dead_process_left_is_taken_over(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    receiver.status = 500
    await process.write(tenant, create(1, 1), update(1, 2), create(2, 10))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    await process.die()
    receiver.status = 200
    async with make_process() as other:
        await receiver.until_arrived(3)
        values = receiver.values()
        assert values.index(1) < values.index(2)
        assert 10 in values
        assert await owners(other) == [(other.deliveries.process, 2)]
        await other.until_drained(tenant)


async def test_who_signs_off_is_taken_over_at_once(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    receiver.status = 500
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    async with make_process(dead_after_s=60):
        await process.tasks.close()
        await process.deliveries.close()
        receiver.status = 200
        await receiver.until_arrived(1)


async def test_what_was_committed_and_claimed_by_nobody_is_found(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await asyncio.sleep(0.2)
    await process.die()
    async with make_process(is_sending=False) as writer:
        writer.deliveries._is_closing = True  # it dies between the commit and what follows it
        await writer.write(tenant, create(1, 1))
    assert receiver.arrived == []
    async with make_process():
        await receiver.until_arrived(1)


async def test_who_was_taken_for_dead_and_lives_sends_again_only_what_it_owns(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    async with make_process() as other:
        await asyncio.sleep(1.2)
        async with process.databases.admin(process.register._control) as connection:
            await connection.execute(
                "DELETE FROM delivery_process WHERE id = $1", process.deliveries.process
            )
        await other.write(tenant, update(1, 1))
        await asyncio.sleep(1.5)
        await process.write(tenant, update(1, 2))
        await receiver.until(lambda: receiver.values()[-1] == 2)
        arrived = list(dict.fromkeys(str(value) for value in receiver.values()))
        assert arrived == ["0", "1", "2"]
        await process.until_drained(tenant)


async def test_who_is_taken_for_dead_while_it_takes_over_goes_on_sending(
    process: Process, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    drain = process.deliveries._open[tenant.name].drain
    leases, was_forgotten = process.deliveries._outside.leases, asyncio.Event()
    take_over = leases.take_over

    async def be_forgotten(*args: Any) -> Sequence[Lease]:
        found = await take_over(*args)
        monkeypatch.setattr(leases, "take_over", take_over)
        drain.reset()  # as a beat has it that comes in between
        was_forgotten.set()
        return found

    monkeypatch.setattr(leases, "take_over", be_forgotten)
    drain.take_over()
    await was_forgotten.wait()
    await process.until_drained(tenant)
    for value in range(1, 4):
        await process.write(tenant, update(1, value))
        await receiver.until(lambda: receiver.values()[-1] == value)  # noqa: B023 - waited for here
    await process.until_drained(tenant)


async def test_a_drained_tenant_is_let_go_and_found_again(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 1))
    await receiver.until_arrived(1)
    await process.until_drained(tenant)
    await asyncio.sleep(0.5)
    opened = process.deliveries._open[tenant.name]
    opened.used_at_s -= 3600
    await asyncio.sleep(1.5)
    assert process.deliveries._open == {}
    async with process.databases.admin(process.register._control) as connection:
        assert await connection.fetch("SELECT 1 FROM delivery_pending") == []
    await process.write(tenant, update(1, 2))
    await receiver.until_arrived(2)


async def test_what_a_removed_subscription_was_to_be_told_does_not_stay_for_ever(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    id_ = await process.subscribe(tenant, receiver.uri())
    stays = await process.subscribe(tenant, receiver.uri("/stays"))
    await process.write(tenant, create(1, 0))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    # as when a write that matched it commits after its removal
    await process.rows(tenant, "DELETE FROM subscription WHERE id = $1", id_)
    assert await process.waiting(tenant) == 2
    await process.deliveries._outside.store.tidy(tenant, 3600.0)
    assert await process.waiting(tenant) == 1
    assert await process.subscriptions.get(tenant, stays) is not None


async def test_a_tenants_database_that_is_away_does_not_stop_the_heart(
    process: Process, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    hangs = asyncio.Event()

    async def hang(*_: object) -> None:
        hangs.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(process.deliveries._outside.store, "tidy", hang)
    process.deliveries._open[tenant.name].tidied_at_s -= 3600
    await asyncio.wait_for(hangs.wait(), 10)
    async with process.databases.admin(process.register._control) as connection:
        await connection.execute("UPDATE delivery_process SET seen_at = now() - interval '1s'")
        seen = "SELECT max(seen_at) > now() - interval '1s' FROM delivery_process"
        ends_at_s = asyncio.get_running_loop().time() + 60
        while not await connection.fetchval(seen):
            assert asyncio.get_running_loop().time() < ends_at_s
            await asyncio.sleep(0.05)


async def test_a_commit_that_nobody_was_told_of_is_looked_for(
    process: Process, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    with monkeypatch.context() as lost:  # as when the answer to COMMIT is lost
        lost.setattr(process.deliveries, "committed", lambda *_: None)
        await process.write(tenant, update(1, 1))
    await receiver.until_arrived(2, within_s=10)


async def test_numbers_of_transactions_that_a_crash_takes_back_hide_nothing(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until_arrived(1)
    for _ in range(20):  # transactions whose numbers a crash would give again
        await process.rows(tenant, "SELECT pg_current_xact_id()")
    await process.write(tenant, create(2, 1))
    await receiver.until_arrived(2)
    await process.rows(tenant, "SELECT pg_current_xact_id()")
    drain = process.deliveries._open[tenant.name].drain
    last = await process.rows(tenant, "SELECT pg_current_xact_id()::text::bigint")
    await asyncio.sleep(0.2)
    assert drain._horizon is not None
    assert drain._horizon < last[0][0] - 1, "it stays behind the last change that was seen"
