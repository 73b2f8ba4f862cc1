"""Everything is killed, again and again, while changes are written; then due is compared.

`python -m tests.scenarios.notifications.chaos --seconds 180` is the long form. Two workers, 200
writes a second, each matching one of 1,000 subscriptions, once a second one that matches 100;
workers, receivers and at times PostgreSQL or the whole platform are killed with -9 at random.
"""

import argparse
import asyncio
import random
import socket
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import aiohttp

from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.recorder import Arrival, Recorder
from tests.scenarios.notifications.stage import (
    Api,
    a_platform,
    a_subscription,
    an_entity,
    entity_id,
)

RECEIVERS = 2
_DRAIN_S = 120.0
_WRITERS = 32


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is.

    Args:
        sensors: each with a subscription of its own; half of the writes go to a twentieth of them.
        alarms: subscriptions to one entity that changes once a second.
        per_second: writes.
    """

    sensors: int = 1000
    alarms: int = 100
    per_second: int = 200


@dataclass(slots=True)
class Written:
    """What was written: by entity, the values acknowledged, and those nobody knows of."""

    acknowledged: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    unknown: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """Two first arrivals of one entity, one after the other, of which the later value came first.

    Args:
        subscription: whose notifications.
        came_first: the later value.
        came_next: the earlier one.
    """

    subscription: str
    entity: str
    came_first: int
    came_next: int

    def __str__(self) -> str:
        return f"{self.entity} for {self.subscription}: {self.came_first} before {self.came_next}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came out.

    Order is promised among acknowledged values: each was answered before the next one was sent.
    A write that was never answered may take effect at any time: its request may wait for a worker
    that starts anew for so long that the client gives up and writes the next value elsewhere,
    which is then the earlier one of the two.

    Args:
        due: notifications that acknowledged writes made due.
        delivered: those of them that arrived at least once.
        arrivals: all that arrived, repeated ones too.
        disorders: first arrivals of acknowledged values in another order than they were written.
        unpromised: likewise, where one of the two was never acknowledged.
        strangers: arrivals of values that were never written.
    """

    due: int
    delivered: int
    arrivals: int
    disorders: Sequence[Disorder]
    unpromised: Sequence[Disorder]
    strangers: int
    kills: int
    writes: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.due == self.delivered and not self.disorders and not self.strangers

    def __str__(self) -> str:
        return (
            f"delivered/due {self.delivered}/{self.due} · repeated {self.arrivals - self.delivered}"
            f" · out of order {[str(one) for one in self.disorders]}"
            f" (never acknowledged {[str(one) for one in self.unpromised]})"
            f" · strangers {self.strangers} · {self.writes} writes"
            f" answered in {self.seconds:.0f} s · kills {self.kills}"
        )


class Writers:
    """Writes at a rate; one write of an entity at a time, so that their order is known."""

    def __init__(self, api: Api, size: Size) -> None:
        self.written = Written()
        self._api = api
        self._size = size
        self._values: dict[str, int] = defaultdict(int)
        self._busy: set[str] = set()
        self._slots = asyncio.Semaphore(_WRITERS)

    async def run(self, is_over: asyncio.Event) -> None:
        loop, size = asyncio.get_running_loop(), self._size
        next_s = next_alarm_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            while not is_over.is_set():
                await asyncio.sleep(max(next_s - loop.time(), 0))
                next_s += 1 / size.per_second
                if loop.time() >= next_alarm_s:
                    next_alarm_s += 1.0
                    tasks.create_task(self._write("Alarm", 0))
                is_hot = random.random() < 0.5  # noqa: S311 - load
                number = random.randrange(size.sensors // (20 if is_hot else 1))  # noqa: S311 - load
                tasks.create_task(self._write("Sensor", number))

    async def _write(self, kind: str, number: int) -> None:
        id_ = entity_id(kind, number)
        if id_ in self._busy or self._slots.locked():
            return
        self._busy.add(id_)
        try:
            async with self._slots:
                self._values[id_] += 1
                value = self._values[id_]
                body = {"reading": {"type": "Property", "value": value}}
                status = await self._api.send("PATCH", f"/entities/{id_}/attrs", body)
        finally:
            self._busy.discard(id_)
        self.written.counts[status] += 1
        if status == 204:
            self.written.acknowledged[id_].append(value)
        else:
            self.written.unknown[id_].add(value)


class Addressed(Protocol):
    """Where notifications can be sent to."""

    def uri(self, path: str) -> str: ...


async def prepare(api: Api, receivers: Sequence[Addressed], size: Size) -> None:
    """Create the entities, then the subscriptions: creation itself makes nothing due."""
    entities = [an_entity("Sensor", number, 0) for number in range(size.sensors)]
    entities.append(an_entity("Alarm", 0, 0))
    assert await api.send("POST", "/entityOperations/create", entities) == 201
    documents = [
        a_subscription(receivers[number % RECEIVERS].uri(f"s{number}"), "Sensor", number)
        for number in range(size.sensors)
    ]
    documents += [
        a_subscription(receivers[number % RECEIVERS].uri(f"a{number}"), "Alarm")
        for number in range(size.alarms)
    ]
    await api.subscribe(documents)


class Killer:
    """Kills processes of the platform and receivers."""

    def __init__(self, platform: Killable, receivers: list[Recorder], pause_s: float) -> None:
        self.kills = 0
        self._platform = platform
        self._receivers = receivers
        self._pause_s = pause_s

    async def each_once(self) -> None:
        """Kill each kind once, in any order."""
        for act in random.sample(self._acts, len(self._acts)):
            await self._pause()
            await act()
            self.kills += 1
        await self._pause()

    async def at_random(self, seconds: float) -> None:
        """Kill what chance says for so long."""
        ends_at_s = time.monotonic() + seconds
        while True:
            await self._pause()
            if time.monotonic() >= ends_at_s:
                return
            (act,) = random.choices(self._acts, weights=[5, 4, 1, 1])  # noqa: S311 - a moment
            self.kills += 1
            await act()

    @property
    def _acts(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._worker, self._receiver, self._postgres, self._everything]

    async def _pause(self) -> None:
        await asyncio.to_thread(self._platform.await_service)
        await asyncio.sleep(random.uniform(0.5, 1.5) * self._pause_s)  # noqa: S311 - likewise

    async def _worker(self) -> None:
        await asyncio.to_thread(self._platform.kill_worker)

    async def _receiver(self) -> None:
        receiver = random.choice(self._receivers)  # noqa: S311 - likewise
        receiver.kill()
        await asyncio.sleep(random.uniform(0.1, 2.0))  # noqa: S311 - likewise
        await asyncio.to_thread(receiver.start)

    async def _postgres(self) -> None:
        await asyncio.to_thread(self._platform.kill_postgres)

    async def _everything(self) -> None:
        await asyncio.to_thread(self._platform.kill_tree)
        await asyncio.to_thread(self._platform.start)


def judge(
    written: Written, arrivals: list[Arrival], *, alarms: int, kills: int, seconds: float
) -> Verdict:
    """Compare what was due with what arrived."""
    first: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
    subscribers: dict[str, set[str]] = defaultdict(set)
    for one in arrivals:
        first[one.subscription, one.entity].setdefault(one.value)
        subscribers[one.entity].add(one.subscription)
    due = delivered = strangers = 0
    disorders: list[Disorder] = []
    unpromised: list[Disorder] = []
    for entity, values in written.acknowledged.items():
        count = alarms if "Alarm" in entity else 1
        due += count * len(values)
        for subscription in subscribers[entity]:
            delivered += sum(value in first[subscription, entity] for value in values)
    for (subscription, entity), seen in first.items():
        promised, unknown = set(written.acknowledged[entity]), written.unknown[entity]
        disorders += _disorders(subscription, entity, [one for one in seen if one in promised])
        unpromised += [
            one
            for one in _disorders(subscription, entity, list(seen))
            if not {one.came_first, one.came_next} <= promised
        ]
        strangers += sum(value not in promised | unknown for value in seen)
    return Verdict(
        due=due,
        delivered=delivered,
        arrivals=len(arrivals),
        disorders=disorders,
        unpromised=unpromised,
        strangers=strangers,
        kills=kills,
        writes=sum(written.counts.values()),
        seconds=seconds,
    )


def _disorders(subscription: str, entity: str, values: Sequence[int]) -> list[Disorder]:
    return [
        Disorder(subscription=subscription, entity=entity, came_first=one, came_next=other)
        for one, other in pairwise(values)
        if other < one
    ]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def run(
    directory: Path, size: Size, *, pause_s: float, seconds: float | None = None
) -> Verdict:
    """Play the scenario once: for so long, or until each kind was killed."""
    with ExitStack() as stack:
        platform = stack.enter_context(a_platform(directory, free_port()))
        receivers = [
            stack.enter_context(Recorder(directory / f"receiver{number}.log", free_port()))
            for number in range(RECEIVERS)
        ]
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            api = Api(platform.url, session)
            await prepare(api, receivers, size)
            writers, killer = Writers(api, size), Killer(platform, receivers, pause_s)
            began_s, is_over = time.monotonic(), asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(writers.run(is_over))
                await (killer.each_once() if seconds is None else killer.at_random(seconds))
                is_over.set()
            lasted_s = time.monotonic() - began_s
            assert await api.drained(_DRAIN_S), f"{await api.waiting()} are still waiting"
        await asyncio.sleep(0.5)
        arrivals = [one for receiver in receivers for one in receiver.arrivals()]
        return judge(
            writers.written, arrivals, alarms=size.alarms, kills=killer.kills, seconds=lasted_s
        )


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--rate", type=int, default=200, help="writes a second")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        scenario = run(
            Path(directory),
            Size(per_second=options.rate),
            pause_s=options.pause,
            seconds=options.seconds,
        )
        verdict = asyncio.run(scenario)
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.is_good else 1)


if __name__ == "__main__":
    main()
