"""What fails for too long becomes a dead letter: visible, replayable, gone in time."""

import asyncio

from joint_use import Tenant
from tests.entities import create, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process
from tests.receivers import Receiver


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
    async with make_process(give_up_s=1.0) as impatient:
        id_ = await impatient.subscribe(tenant, f"http://127.0.0.1:{free_port}/")
        for start in range(0, 600, 100):
            await impatient.write(tenant, *(create(start + n, n) for n in range(100)))
        await impatient.until_drained(tenant)
        state = (await impatient.states.states(tenant, [id_]))[id_]
        assert state.dead_letters == 600
