"""Meter: how late notifications are, from the answer to a write until what it made due arrived."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles

import orjson
from aiohttp import web

from tests.scenarios.notifications.stage import Api, entity_id

HANGING = "hang"
"""The path at which no answer comes."""


@dataclass(slots=True)
class Meter:
    """A receiver that times what arrives.

    Args:
        answered_at_s: when the write of each value of each entity was answered.
        arrived_at_s: when its notification arrived first: at times before the answer.
        count: all that arrived.
        told: their ids, each once; where they are counted.
    """

    port: int = 0
    is_told: bool = False
    told: set[str] = field(default_factory=set)
    answered_at_s: dict[tuple[str, int], float] = field(default_factory=dict)
    arrived_at_s: dict[tuple[str, int], float] = field(default_factory=dict)
    count: int = 0

    def uri(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def take(self, request: web.Request) -> web.Response:
        if request.path == f"/{HANGING}":
            await asyncio.Event().wait()
        notification = orjson.loads(await request.read())
        now_s = time.perf_counter()
        self.count += 1
        if self.is_told:
            self.told.add(notification["id"])
        for entity in notification["data"]:
            if "reading" in entity:
                self.arrived_at_s.setdefault((entity["id"], entity["reading"]["value"]), now_s)
        return web.Response()

    def read(self, beside: Collection[int] = ()) -> list[float]:
        """Take out how late they were so far, in order of size; some entities do not count."""
        ignored = {entity_id("Sensor", number) for number in beside}
        arrived_at_s, self.arrived_at_s = self.arrived_at_s, {}
        answered_at_s, self.answered_at_s = self.answered_at_s, {}
        return sorted(
            max(arrived_at_s[key] - at_s, 0.0)
            for key, at_s in answered_at_s.items()
            if key in arrived_at_s and key[0] not in ignored
        )


def percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]


@asynccontextmanager
async def a_meter(*, is_told: bool = False) -> AsyncIterator[Meter]:
    meter = Meter(is_told=is_told)
    app = web.Application()
    app.router.add_post("/{path:.*}", meter.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    meter.port = runner.addresses[0][1]
    try:
        yield meter
    finally:
        await runner.cleanup()


class Writer:
    """Updates entities at a rate, each with one write under way at a time."""

    def __init__(self, api: Api, meter: Meter, entities: int) -> None:
        self.acknowledged = 0
        self._api = api
        self._meter = meter
        self._entities = entities
        self._value = 0
        self._busy: set[int] = set()

    async def run(self, seconds: float, rate: float) -> None:
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + seconds
        next_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            while (now_s := loop.time()) < ends_at_s:
                if next_s > now_s:
                    await asyncio.sleep(next_s - now_s)
                next_s += 1 / rate
                number = random.randrange(self._entities)  # noqa: S311 - load
                if number not in self._busy:
                    self._busy.add(number)
                    tasks.create_task(self._write(number))

    async def _write(self, number: int) -> None:
        self._value += 1
        key = (entity_id("Sensor", number), self._value)
        body = {"reading": {"type": "Property", "value": self._value}}
        if await self._api.send("PATCH", f"/entities/{key[0]}/attrs", body) == 204:
            self.acknowledged += 1
            self._meter.answered_at_s[key] = time.perf_counter()
        self._busy.discard(number)
