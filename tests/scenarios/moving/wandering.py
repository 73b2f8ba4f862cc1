"""A tenant is moved from place to place while it is written to and notified of, and killed at.

`python -m tests.scenarios.moving.wandering --moves 8 --kills` is the long form: 500 writes a
second, 1,000 subscriptions to one entity each and one entity that 100 watch; shared → separated →
another server → shared; workers, the mover among them, PostgreSQL and everything are killed.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import aiohttp

from kit.json import JsonObject
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.chaos import (
    Size,
    Verdict,
    Writers,
    Written,
    free_port,
    judge,
    prepare,
)
from tests.scenarios.notifications.recorder import Recorder
from tests.scenarios.notifications.stage import Api, a_platform

TENANT = "wanderer"
PLACES = ("separated", "east", "shared")
RECEIVERS = 2
_DRAIN_S = 120.0
_MOVE_S = 240.0
_ENDED = frozenset({"moved", "rolled_back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What came out.

    Args:
        moves: each as the platform tells of it.
        lost: entities whose value is older than one that was acknowledged.
        longest_s: the longest time from a write to its acknowledgement.
    """

    verdict: Verdict
    moves: Sequence[JsonObject]
    lost: Sequence[str]
    longest_s: float

    @property
    def is_good(self) -> bool:
        return self.verdict.is_good and not self.lost

    def __str__(self) -> str:
        held = [one["held_ms"] for one in self.moves]
        phases = [one["phase"] for one in self.moves]
        return (
            f"{self.verdict} · entities behind {len(self.lost)} · moves {phases} · held {held} ms"
            f" · longest acknowledged write {self.longest_s * 1000:.0f} ms"
        )


@dataclass(frozen=True, slots=True)
class TimedApi(Api):
    """The broker as a client meets it who looks at the clock."""

    longest_s: list[float] = field(default_factory=lambda: [0.0])

    async def send(self, method: str, path: str, body: object = None) -> int:
        began_s = time.monotonic()
        status = await Api.send(self, method, path, body)
        if path.endswith("/attrs") and status == 204:
            self.longest_s[0] = max(self.longest_s[0], time.monotonic() - began_s)
        return status


class Operator:
    """Who moves the tenant."""

    def __init__(self, platform: Killable, session: aiohttp.ClientSession) -> None:
        token = Instance(platform.data).operator_token()
        self._headers = {"Authorization": f"Bearer {token}"}
        self._url = f"{platform.url}/admin/tenants"
        self._session = session

    async def create(self) -> None:
        asked = {"name": TENANT, "storage": "shared"}
        async with self._session.post(self._url, json=asked, headers=self._headers) as answer:
            assert answer.status == 201, await answer.text()

    async def move(self, place: str, until: frozenset[str] = _ENDED) -> JsonObject:
        """Move the tenant and wait, for all of it or until the tenant lives there."""
        number = await self._ask(place)
        ends_at_s = time.monotonic() + _MOVE_S
        while time.monotonic() < ends_at_s:
            found = {one["number"]: one for one in await self._moves()}
            if number in found and found[number]["phase"] in until:
                return found[number]
            await asyncio.sleep(0.2)
        raise AssertionError(f"the move does not end: {await self._moves()}")

    async def _ask(self, place: str) -> object:
        url = f"{self._url}/{TENANT}/moves"
        while True:
            try:
                async with self._session.post(
                    url, json={"to": place}, headers=self._headers
                ) as answer:
                    if answer.status == 202:
                        asked: JsonObject = await answer.json()
                        return asked["number"]
                    assert answer.status in (409, 503), await answer.text()
                    if answer.status == 409:  # asked for before a kill, and not told of it
                        return (await self._moves())[0]["number"]
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.3)

    async def _moves(self) -> list[JsonObject]:
        try:
            async with self._session.get(
                f"{self._url}/{TENANT}/moves", headers=self._headers
            ) as answer:
                found: list[JsonObject] = await answer.json() if answer.status == 200 else []
                return found
        except (aiohttp.ClientError, TimeoutError):
            return []


@contextmanager
def another_server(directory: Path) -> Iterator[EmbeddedPostgres]:
    """Run a second PostgreSQL and let the platform know it as `east`."""
    name = "RENKEI_DATABASE__SERVERS__EAST"
    with EmbeddedPostgres(directory / "east" / "postgres") as postgres:
        os.environ[name] = postgres.admin_dsn
        os.environ["RENKEI_JOINT_USE__MOVES__KEPT_S"] = "0"
        try:
            yield postgres
        finally:
            del os.environ[name], os.environ["RENKEI_JOINT_USE__MOVES__KEPT_S"]


class Killer:
    """Kills what takes part in moves, until it is told to stop."""

    def __init__(self, platform: Killable, east: EmbeddedPostgres, pause_s: float) -> None:
        self.kills = 0
        self._platform = platform
        self._east = east
        self._pause_s = pause_s

    async def run(self) -> None:
        acts = [self._worker, self._postgres, self._kill_east, self._everything]
        while True:
            await asyncio.to_thread(self._platform.await_service)
            await asyncio.sleep(random.uniform(0.3, 1.7) * self._pause_s)  # noqa: S311 - a moment
            (act,) = random.choices(acts, weights=[6, 1, 1, 1])  # noqa: S311 - likewise
            self.kills += 1
            await asyncio.to_thread(act)

    def _worker(self) -> None:
        self._platform.kill_worker()

    def _postgres(self) -> None:
        self._platform.kill_postgres()

    def _kill_east(self) -> None:
        self._east.stop(0.0)
        time.sleep(random.uniform(0.1, 1.0))  # noqa: S311 - a moment
        self._east.start()

    def _everything(self) -> None:
        self._platform.kill_tree()
        self._platform.start()


async def behind(api: Api, written: Written) -> list[str]:
    """List the entities whose value is older than the last one that was acknowledged.

    A write that was never answered may take effect late (see `chaos.Verdict`): its value is none.
    """
    found = []
    for entity, values in written.acknowledged.items():
        url = f"{api.url}/ngsi-ld/v1/entities/{entity}?options=keyValues"
        for _ in range(40):
            async with api.session.get(url, headers=api.headers) as answer:
                if answer.status == 200:
                    value = (await answer.json())["reading"]
                    break
            await asyncio.sleep(0.25)
        else:
            value = -1
        if value < max(values) and value not in written.unknown[entity]:
            found.append(entity)
    return found


async def run(directory: Path, size: Size, *, moves: int, kill_pause_s: float | None) -> Journey:
    """Let the tenant wander once."""
    with ExitStack() as stack:
        east = stack.enter_context(another_server(directory))
        platform = stack.enter_context(a_platform(directory, free_port()))
        receivers = [
            stack.enter_context(Recorder(directory / f"receiver{number}.log", free_port()))
            for number in range(RECEIVERS)
        ]
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            api = TimedApi(platform.url, session, TENANT)
            operator = Operator(platform, session)
            await operator.create()
            await prepare(api, receivers, size)
            killer = Killer(platform, east, kill_pause_s) if kill_pause_s else None
            return await _wander(api, operator, receivers, moves, size, killer)


async def _wander(
    api: TimedApi,
    operator: Operator,
    receivers: list[Recorder],
    moves: int,
    size: Size,
    killer: Killer | None,
) -> Journey:
    began_s = time.monotonic()
    writers, is_over = Writers(api, size), asyncio.Event()
    writing = asyncio.create_task(writers.run(is_over))
    killing = asyncio.create_task(killer.run()) if killer else None
    made = []
    for place in islice(cycle(PLACES), moves):
        await asyncio.sleep(0.5)
        made.append(await operator.move(place))
    if killing is not None:
        killing.cancel()
        await asyncio.wait([killing])
        if not killing.cancelled():
            killing.result()  # raises what kept it from killing
    await asyncio.sleep(1.0)
    is_over.set()
    await writing
    assert await api.drained(_DRAIN_S), f"{await api.waiting()} are still waiting"
    await asyncio.sleep(0.5)
    arrivals = [one for receiver in receivers for one in receiver.arrivals()]
    kills = killer.kills if killer else 0
    lasted_s = time.monotonic() - began_s
    verdict = judge(writers.written, arrivals, alarms=size.alarms, kills=kills, seconds=lasted_s)
    lost = await behind(api, writers.written)
    return Journey(verdict=verdict, moves=made, lost=lost, longest_s=api.longest_s[0])


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--moves", type=int, default=6)
    parser.add_argument("--rate", type=int, default=500, help="writes a second")
    parser.add_argument("--kills", action="store_true", help="kill what takes part")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        journey = asyncio.run(
            run(
                Path(directory),
                Size(per_second=options.rate),
                moves=options.moves,
                kill_pause_s=options.pause if options.kills else None,
            )
        )
    sys.stdout.write(f"{journey}\n")
    sys.exit(0 if journey.is_good else 1)


if __name__ == "__main__":
    main()
