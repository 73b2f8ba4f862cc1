"""What is asked of the town, and a note of each answer that was not the wanted one."""

import asyncio
import itertools
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import aiohttp

from tests.scenarios.notifications.chaos import Written
from tests.scenarios.notifications.stage import BASE, Api, an_entity

_EVENTS = 20
_NOT_REPEATABLE = frozenset({"POST", "PATCH"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One request without the wanted answer.

    Args:
        status: 0: no answer came.
        says_when: whether the answer says when to come back.
    """

    began_s: float
    ended_s: float
    instance: str
    status: int
    says_when: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic(Api):
    """Both instances as one: each request goes to one of them by chance.

    A server may close a connection that is idle at any time, and who is about to use it just then
    has no answer. The client asks again where that is safe (RFC 9110 §9.2.2): aiohttp does so for
    idempotent methods. What is not idempotent cannot be repeated, so it never goes over a kept
    connection, and has no excuse to be without an answer.

    Args:
        places: the address of each, by name.
        fresh: makes a connection for each request.
    """

    fresh: aiohttp.ClientSession
    places: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    async def send(self, method: str, path: str, body: object = None) -> int:
        """Send a request to one of them; answers with the status, 0 where no answer came."""
        status, _ = await self.ask(method, path, body)
        return status

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Send a request; answers with status and body, and notes how it failed."""
        name, url = random.choice(list(self.places.items()))  # noqa: S311 - load
        began_s, says_when, words, document = time.monotonic(), False, "", None
        try:
            async with await self._begun(method, f"{url}{BASE}{path}", body) as answer:
                status = answer.status
                says_when = "Retry-After" in answer.headers
                if status >= 500:
                    words = (await answer.text())[:300]
                elif method == "GET":
                    document = await answer.json(content_type=None)
                else:
                    await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            status, words = 0, repr(error)[:200]
        self.answers[str(status)] += 1
        if status == 0 or status >= 500:
            now_s = time.monotonic()
            self.failures.append(Failure(began_s, now_s, name, status, says_when, words))
        return status, document

    async def _begun(self, method: str, url: str, body: object) -> aiohttp.ClientResponse:
        if method in _NOT_REPEATABLE:
            return await self.fresh.request(method, url, json=body)
        try:
            return await self.session.request(method, url, json=body)
        except aiohttp.ClientConnectionResetError:  # closed before a byte left: aiohttp gives up
            return await self.session.request(method, url, json=body)


@dataclass(slots=True)
class Creations:
    """Entities that are created one after the other, and those that were acknowledged."""

    traffic: Traffic
    per_second: float
    acknowledged: list[int] = field(default_factory=list)

    async def run(self, is_over: asyncio.Event) -> None:
        """Create until it is over."""
        async with asyncio.TaskGroup() as tasks:
            for number in itertools.count():
                if is_over.is_set():
                    return
                tasks.create_task(self._create(number))
                await asyncio.sleep(1 / self.per_second)

    async def _create(self, number: int) -> None:
        if await self.traffic.send("POST", "/entities", an_entity("Kept", number, number)) == 201:
            self.acknowledged.append(number)


@dataclass(slots=True)
class Reads:
    """Entities that are read while others are written: never older than what was acknowledged."""

    traffic: Traffic
    written: Written
    per_second: float
    stale: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    async def run(self, is_over: asyncio.Event) -> None:
        """Read until it is over."""
        async with asyncio.TaskGroup() as tasks:
            while not is_over.is_set():
                await asyncio.sleep(1 / self.per_second)
                known = list(self.written.acknowledged.items())[-200:]
                if known:
                    id_, values = random.choice(known)  # noqa: S311 - load
                    tasks.create_task(self._read(id_, max(values)))

    async def _read(self, id_: str, least: int) -> None:
        status, found = await self.traffic.ask("GET", f"/entities/{id_}?options=keyValues")
        if status == 200 and isinstance(found, dict):
            self.count += 1
            if found["reading"] < least:
                self.stale[id_].append(found["reading"])
