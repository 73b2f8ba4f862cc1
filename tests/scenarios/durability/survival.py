"""Creations under way while something is killed, and the count of what is there afterwards."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from kit.json import JsonObject
from loadtests.generator import Load, Plan
from loadtests.shelters import TYPE, Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create

CONNECTIONS = 16
_BEFORE_S = (0.2, 0.8)  # the kill falls somewhere in here
_PATIENCE = 20
_ENOUGH_AFTER = 100  # acknowledged creations that show that the service is back
_RECOVERY_LIMIT_S = 90.0
_READERS = 16


@dataclass(slots=True)
class Sent:
    """What one load of creations sent, and what was acknowledged of it."""

    entities: Shelters
    acknowledged: set[int] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How a load went on after the kill."""

    figures: Figures
    seconds: float


async def create_while(target: Target, sent: Sent, kill: Callable[[], None]) -> Recovery:
    """Send creations, kill in the midst of them, and go on until creations are acknowledged."""
    creations = Create(target, sent.entities, acknowledged=sent.acknowledged.add)
    load = Load(creations, target, Plan(connections=CONNECTIONS, timeout_s=20.0))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(load.run("create"))
        try:
            await asyncio.sleep(random.uniform(*_BEFORE_S))  # noqa: S311 - a moment, no secret
            killed_at = time.monotonic()
            await asyncio.to_thread(kill)
            seconds = await _await_acknowledgements(load, sent, killed_at)
        finally:
            load.stop()
    sent.count = creations.next
    return Recovery(figures=running.result(), seconds=seconds)


async def _await_acknowledgements(load: Load, sent: Sent, killed_at: float) -> float:
    """Wait for enough of them; answers with the seconds from the kill to the first ones."""
    # What was on its way when the kill fell may still come in: as many as connections.
    before, first_at = len(sent.acknowledged) + CONNECTIONS, None
    began_at = time.monotonic()
    while (more := len(sent.acknowledged) - before) < _ENOUGH_AFTER:
        if first_at is None and more > 0:
            first_at = time.monotonic()
        assert time.monotonic() - began_at < _RECOVERY_LIMIT_S, (
            f"creations are not acknowledged again after the kill: {load.tally.refusals} refused, "
            f"{load.tally.lost} lost, {load.tally.unreachable} unreachable, {more} acknowledged"
        )
        await asyncio.sleep(0.005)
    return (first_at or time.monotonic()) - killed_at


async def _retrieved(session: aiohttp.ClientSession, url: str) -> JsonObject | None:
    """Retrieve one entity; a worker that has not met the database again yet is asked once more."""
    for _ in range(_PATIENCE):
        async with session.get(url) as answer:
            if answer.status == 200:
                shelter: JsonObject = await answer.json(content_type=None)
                return shelter
            if answer.status == 404:
                return None
            assert (answer.status, "Retry-After" in answer.headers) == (503, True), (
                await answer.text()
            )
        await asyncio.sleep(0.5)
    raise AssertionError(f"{url} is refused with 503 for {_PATIENCE * 0.5} s after the recovery")


async def there(url: str, sent: Sent) -> dict[int, JsonObject]:
    """Retrieve every shelter that was ever sent; answers with those that are there."""
    found: dict[int, JsonObject] = {}
    numbers = iter(range(sent.count))

    async def read(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            shelter = await _retrieved(
                session, f"{url}/ngsi-ld/v1/entities/{sent.entities.entity_id(number)}"
            )
            if shelter is not None:
                found[number] = shelter

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as readers:
        for _ in range(_READERS):
            readers.create_task(read(session))
    return found


async def listed(url: str) -> int:
    """Count the shelters that a query finds, of all loads together."""
    parameters = {"type": TYPE, "limit": "0", "count": "true"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/ngsi-ld/v1/entities", params=parameters) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return int(answer.headers["NGSILD-Results-Count"])
