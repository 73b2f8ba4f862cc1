"""What is due arrives: in order, once where nothing fails, and whatever fails at last."""

import asyncio

from broker.ngsi.commands import Command, Create, Delete
from broker.ngsi.entity import Fragment
from broker.ngsi.names import Iri
from joint_use import Tenant
from kit.guard import Guard
from kit.json import JsonObject
from tests.entities import CAPACITY, SHELTER, an_id, create, now, update
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process, a_subscription
from tests.receivers import Receiver, a_receiver


def near(number: int, other: int, link: Iri) -> Create:
    points: JsonObject = {"type": "Relationship", "object": an_id(other)}
    return Create(
        id=an_id(number), at=now(), fragment=Fragment(types=(SHELTER,), attributes={link: [points]})
    )


async def test_a_change_arrives_and_is_written_off(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    id_ = await process.subscribe(tenant, receiver.uri("/hook"))
    await process.write(tenant, create(1, 480))
    await receiver.until_arrived(1)
    (notification,) = receiver.arrived
    assert notification["subscriptionId"] == id_
    assert receiver.paths == ["/hook"]
    assert receiver.headers[0]["NGSILD-Tenant"] == tenant.name
    assert receiver.values() == [480]
    await process.until_drained(tenant)
    assert await process.rows(tenant, "SELECT number FROM matched_change") == []


async def test_changes_of_one_entity_arrive_in_the_order_of_commits(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 0), *(update(1, value) for value in range(1, 20)))
    for value in range(20, 40):
        await process.write(tenant, update(1, value))
    await receiver.until_arrived(40)
    assert receiver.values() == list(range(40))


async def test_what_is_not_matched_makes_nothing_due(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.subscribe(
        tenant, receiver.uri(), q="capacity>100", context={"capacity": CAPACITY}
    )
    await process.write(tenant, create(1, 99), create(2, 101), update(2, 98))
    await receiver.until_arrived(1)
    await process.until_drained(tenant)
    assert receiver.values("capacity") == [101]


async def test_a_condition_on_a_linked_entity_is_asked_in_the_same_transaction(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    link = Iri("https://example.org/near")
    terms = {"near": link, "capacity": CAPACITY}
    await process.subscribe(
        tenant, receiver.uri(), q="near{capacity}>100", watchedAttributes=["near"], context=terms
    )
    await process.write(
        tenant, create(2, 480), create(3, 1), near(10, 3, link), near(9, 2, link), near(11, 4, link)
    )
    await receiver.until_arrived(1)
    await process.until_drained(tenant)
    assert [entity["id"] for entity in receiver.entities()] == [an_id(9)]


async def test_what_a_receiver_refuses_is_sent_again_and_overtaken_by_nothing(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    id_ = await process.subscribe(tenant, receiver.uri())
    receiver.status = 503
    await process.write(tenant, create(1, 1), create(2, 10))
    await process.write(tenant, update(1, 2), update(2, 20), update(1, 3))
    await receiver.until(lambda: len(receiver.refused) >= 4)
    receiver.status = 204
    await receiver.until_arrived(5)
    values = receiver.values()
    assert [one for one in values if one in (1, 2, 3)] == [1, 2, 3]
    assert [one for one in values if one in (10, 20)] == [10, 20]
    first = [one["id"] for one in receiver.refused if one["id"] == receiver.arrived[0]["id"]]
    assert first, "a notification keeps its id"
    await process.until_drained(tenant)
    await asyncio.sleep(0.4)  # counters are written every quarter of a second
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert kept.counters.times_sent == len(receiver.refused) + 5
    assert kept.counters.times_failed == len(receiver.refused)
    assert kept.counters.cause is None
    assert not kept.counters.has_failed


async def test_the_cause_of_a_failure_is_told(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    id_ = await process.subscribe(tenant, receiver.uri())
    receiver.status = 418
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    await asyncio.sleep(0.5)
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert kept.counters.cause == "Receiver answers 418"
    assert kept.counters.has_failed
    state = (await process.states.states(tenant, [id_]))[id_]
    assert (state.waiting, state.owner) == (1, process.deliveries.process)
    assert state.failing_since is not None


async def test_a_receiver_that_is_away_and_comes_back_gets_everything(
    process: Process, tenant: Tenant, free_port: int
) -> None:
    await process.subscribe(tenant, f"http://127.0.0.1:{free_port}/")
    await process.write(tenant, *(create(number, number) for number in range(400)))
    await asyncio.sleep(0.3)
    async with a_receiver(free_port) as receiver:
        await receiver.until_arrived(400)
        assert sorted(receiver.values(), key=str) == sorted(range(400), key=str)
        await process.until_drained(tenant)


async def test_one_silent_receiver_delays_nobody_else(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    async with a_receiver() as silent:
        silent.hangs = True
        await process.subscribe(tenant, silent.uri())
        await process.subscribe(tenant, receiver.uri())
        await process.write(tenant, *(create(number, number) for number in range(100)))
        await receiver.until_arrived(100, within_s=0.9)  # the silent one is waited for for 1 s


async def test_a_redirect_is_not_followed(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    async with a_receiver() as elsewhere:
        receiver.redirects_to = elsewhere.uri("/stolen")
        id_ = await process.subscribe(tenant, receiver.uri())
        await process.write(tenant, create(1, 1))
        await asyncio.sleep(0.5)
        kept = await process.subscriptions.get(tenant, id_)
        assert kept is not None
        assert kept.counters.cause == "Receiver answers 302"
        assert elsewhere.arrived == []


async def test_an_address_that_may_not_be_reached_is_not_reached(
    make_process: MakeProcess, process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    await process.die()
    async with make_process(guard=Guard()) as guarded:
        for host in ("127.0.0.1", "localhost"):
            await guarded.subscribe(tenant, f"http://{host}:{receiver.port}/")
        await guarded.write(tenant, create(1, 1))
        await asyncio.sleep(1.0)
        causes = await guarded.rows(tenant, "SELECT cause FROM subscription_outcome")
        assert len(causes) == 2
        assert all("may not be reached" in cause for (cause,) in causes)
        assert receiver.arrived == []


async def test_a_paused_subscription_waits_and_goes_on(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    stored = a_subscription(receiver.uri())
    await process.subscriptions.put(tenant, stored)
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    paused = a_subscription(receiver.uri(), id=stored.id, isActive=False)
    assert await process.subscriptions.replace(tenant, paused, over=stored.modified_at)
    await asyncio.sleep(0.5)
    receiver.status = 200
    await process.write(tenant, update(1, 2))
    await asyncio.sleep(0.6)
    assert receiver.arrived == []
    resumed = a_subscription(receiver.uri(), id=stored.id)
    assert await process.subscriptions.replace(tenant, resumed, over=paused.modified_at)
    await receiver.until_arrived(1)
    assert receiver.values() == [1], "what happened during the pause was never due"


async def test_a_removed_subscription_is_told_nothing_more(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    id_ = await process.subscribe(tenant, receiver.uri())
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    assert await process.subscriptions.remove(tenant, id_)
    assert not await process.subscriptions.remove(tenant, id_)
    await asyncio.sleep(0.5)
    receiver.status = 200
    await process.write(tenant, update(1, 2))
    await asyncio.sleep(0.5)
    assert receiver.arrived == []
    assert await process.waiting(tenant) == 0


async def test_a_changed_endpoint_gets_what_is_still_waiting(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    async with a_receiver() as former:
        former.status = 500
        stored = a_subscription(former.uri())
        await process.subscriptions.put(tenant, stored)
        await process.write(tenant, create(1, 1), update(1, 2))
        await former.until(lambda: len(former.refused) >= 1)
        changed = a_subscription(receiver.uri(), id=stored.id)
        assert await process.subscriptions.replace(tenant, changed, over=stored.modified_at)
        assert not await process.subscriptions.replace(tenant, stored, over=stored.modified_at)
        await receiver.until_arrived(2)
        assert receiver.values() == [1, 2]


async def test_a_deletion_is_told(process: Process, tenant: Tenant, receiver: Receiver) -> None:
    await process.subscribe(tenant, receiver.uri(), notificationTrigger=["entityDeleted"])
    await process.write(tenant, create(1, 1), Delete(id=an_id(1), at=now()))
    await receiver.until_arrived(1)
    (entity,) = receiver.entities()
    assert entity["id"] == an_id(1)
    assert "deletedAt" in entity


async def test_tenants_that_write_at_once_are_told_of_their_own(
    process: Process, tenant: Tenant, another_tenant: Tenant, receiver: Receiver
) -> None:
    """Their groups share transactions, and what is due of them a statement."""
    tenants = (tenant, another_tenant)
    for one in tenants:
        await process.subscribe(one, receiver.uri(f"/{one.name}"))
    for value in range(20):
        await asyncio.gather(*(process.write(one, one_more(value)) for one in tenants))
    await receiver.until_arrived(40)
    for one in tenants:
        told = [
            value
            for value, path in zip(receiver.values(), receiver.paths, strict=True)
            if path == f"/{one.name}"
        ]
        assert told == list(range(20))
        await process.until_drained(one)
    shared = "SELECT count(*) - count(DISTINCT xmin::text) FROM flush"
    ((count,),) = await process.rows(tenant, shared)
    assert count > 0, "no two groups shared a transaction"


def one_more(value: int) -> Command:
    return create(1, 0) if value == 0 else update(1, value)
