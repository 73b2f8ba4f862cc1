"""How long a receiver is waited for, and how long it is left alone after a failure."""

import asyncio

from joint_use import Tenant
from tests.entities import create, update
from tests.notifying import Process
from tests.receivers import Receiver, a_receiver


async def test_a_timeout_of_the_subscription_counts(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.delay_s = 0.4
    hasty = await process.subscribe(tenant, receiver.uri("/hasty"), endpoint={"timeout": 100})
    patient = await process.subscribe(tenant, receiver.uri("/patient"), endpoint={"timeout": 900})
    await process.write(tenant, create(1, 1))
    await receiver.until(lambda: "/patient" in receiver.paths)
    await asyncio.sleep(0.5)
    kept = {id_: await process.subscriptions.get(tenant, id_) for id_ in (hasty, patient)}
    causes = {id_: one.counters.cause for id_, one in kept.items() if one is not None}
    assert causes == {hasty: "Receiver does not answer within 0.1 s", patient: None}


async def test_a_cooldown_leaves_the_receiver_alone(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.status = 500
    await process.subscribe(tenant, receiver.uri(), endpoint={"cooldown": 1500})
    await process.write(tenant, create(1, 1), create(2, 2), create(3, 3))
    await receiver.until(lambda: len(receiver.refused) >= 1)
    await asyncio.sleep(0.2)
    refused = len(receiver.refused)
    assert refused <= 3, "only what was under way already"
    receiver.status = 200
    await asyncio.sleep(0.8)
    assert len(receiver.refused) + len(receiver.arrived) == refused
    await receiver.until_arrived(3)


async def test_a_receiver_that_closes_its_connections_is_no_failure(
    process: Process, tenant: Tenant, free_port: int
) -> None:
    id_ = await process.subscribe(tenant, f"http://127.0.0.1:{free_port}/")
    for value in range(3):
        async with a_receiver(free_port) as receiver:
            await process.write(tenant, update(1, value) if value else create(1, value))
            await receiver.until_arrived(1)
    await asyncio.sleep(0.5)
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert (kept.counters.times_sent, kept.counters.times_failed) == (3, 0)


async def test_a_large_answer_is_not_read(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await process.subscribe(tenant, f"http://127.0.0.1:{port}/")
        await process.write(tenant, create(1, 1))
        await process.until_drained(tenant)
