"""What fails for too long becomes a dead letter: visible, replayable, gone in time."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from broker.ngsi.delivery import Lease, Settlement
from broker.notify.feed import Chains
from joint_use import Tenant
from kit.metrics import gathered
from tests.entities import an_id, create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process
from tests.receivers import Receiver


def counted_dead() -> float:
    """How many dead letters the metrics tell of."""
    [sums] = [
        sample.values
        for sample in gathered()
        if sample.description.name == "renkei_deliveries_total"
    ]
    return sums.get(("dead",), [0.0])[0]


async def test_dead_letters_are_told_of_and_can_be_sent_again(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.die()
    async with make_process(give_up_s=1.0) as impatient:
        receiver.status = 410
        id_ = await impatient.subscribe(tenant, receiver.uri())
        await impatient.write(tenant, create(1, 1), update(1, 2), create(2, 10))
        await impatient.until_drained(tenant)
        letters = await impatient.states.dead_letters(tenant, id_, 10)
        assert len(letters) == 3
        assert {one.cause for one in letters} == {"Receiver answers 410"}
        state = (await impatient.states.states(tenant, [id_]))[id_]
        assert (state.waiting, state.dead_letters) == (0, 3)
        receiver.status = 200
        assert await impatient.states.replay(tenant, id_) == 3
        await receiver.until_arrived(3)
        values = receiver.values()
        assert values.index(1) < values.index(2)
        assert str(letters[-1].notification) in str(receiver.arrived)
        assert await impatient.states.dead_letters(tenant, id_, 10) == []


async def test_an_entity_that_a_receiver_refuses_holds_up_no_other(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.dislikes = an_id(1)
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    many = 2 * Chains.most
    for start in range(0, many, 64):
        await process.write(tenant, *(update(1, start + n + 1) for n in range(64)))
    await process.write(tenant, *(create(n, n) for n in range(2, 50)))
    await receiver.until_arrived(48)
    receiver.dislikes = None
    await receiver.until_arrived(48 + 1 + many)
    assert receiver.values()[48:] == list(range(many + 1)), "in line, none missing"


async def test_changes_behind_a_refused_one_die_of_age_one_by_one(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.die()
    async with make_process(give_up_s=1.5) as impatient:
        receiver.dislikes = an_id(1)
        id_ = await impatient.subscribe(tenant, receiver.uri())
        await impatient.write(tenant, create(1, 0), *(update(1, n) for n in range(1, 21)))
        for number in range(2, 30):  # others succeed all the time
            await impatient.write(tenant, create(number, number))
            await asyncio.sleep(0.1)
        await impatient.until_drained(tenant)
        assert len(receiver.arrived) == 28
        state = (await impatient.states.states(tenant, [id_]))[id_]
        assert state.dead_letters == 21, "not one each time that it takes to give up"


async def test_who_lost_the_lease_gives_nothing_up(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    id_ = await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    (number, change), *_ = await process.rows(tenant, "SELECT subscription, change FROM delivery")
    store, stranger = process.deliveries._outside.store, uuid4()
    await store.settle(tenant, stranger, Settlement(dead=[(number, change, "why")]))
    stale = Lease(subscription=number, owner=process.deliveries.process, fencing=0)
    assert await store.bury(tenant, stale, datetime.now(UTC) + timedelta(days=1), "why") == 0
    assert await process.waiting(tenant) == 1
    assert await process.states.dead_letters(tenant, id_, 10) == []


async def test_a_tenant_with_dead_letters_is_looked_after_until_they_expire(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.die()
    async with make_process(give_up_s=0.3, dead_letters_kept_s=3600) as impatient:
        receiver.status = 410
        await impatient.subscribe(tenant, receiver.uri())
        await impatient.write(tenant, create(1, 1))
        await impatient.until_drained(tenant)
        await asyncio.sleep(0.5)  # counters are written
        opened = impatient.deliveries._open[tenant.name]
        opened.used_at_s -= 3600
        await asyncio.sleep(1.5)
        assert impatient.deliveries._open[tenant.name] is opened
        await impatient.rows(tenant, "UPDATE dead_letter SET died_at = died_at - interval '2h'")
        opened.used_at_s -= 3600
        opened.tidied_at_s -= 3600
        await receiver.until(lambda: not impatient.deliveries._open)
        assert await impatient.rows(tenant, "SELECT 1 FROM dead_letter") == []


async def test_dead_letters_expire(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.die()
    async with make_process(give_up_s=0.3, dead_letters_kept_s=0.1) as impatient:
        receiver.status = 410
        id_ = await impatient.subscribe(tenant, receiver.uri())
        await impatient.write(tenant, create(1, 1))
        await impatient.until_drained(tenant)
        assert len(await impatient.states.dead_letters(tenant, id_, 10)) == 1
        impatient.deliveries._open[tenant.name].tidied_at_s -= 3600
        await asyncio.sleep(1.5)
        assert await impatient.states.dead_letters(tenant, id_, 10) == []


async def test_a_backlog_behind_a_dead_endpoint_dies_of_age(
    make_process: MakeProcess, process: Process, tenant: Tenant, free_port: int
) -> None:
    await process.die()
    before = counted_dead()
    async with make_process(give_up_s=1.0) as impatient:
        id_ = await impatient.subscribe(tenant, f"http://127.0.0.1:{free_port}/")
        for start in range(0, 600, 100):
            await impatient.write(tenant, *(create(start + n, n) for n in range(100)))
        await impatient.until_drained(tenant)
        state = (await impatient.states.states(tenant, [id_]))[id_]
        assert state.dead_letters == 600
        assert counted_dead() - before == 600, "each is counted once, buried alone or with others"
