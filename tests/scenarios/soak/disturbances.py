"""What is done to the town, and when, so that each failure is explained by it or not at all."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.scenarios.soak.town import Town
from tests.scenarios.soak.traffic import Failure

AFTERWARDS_S = 15.0
"""For so long after a disturbance its consequences may be felt."""

BOTH = frozenset({"north", "south"})
NORTH = frozenset({"north"})

Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Window:
    """One disturbance: what, whom it concerns, and whether it may cut a request off."""

    name: str
    began_s: float
    ended_s: float
    concerns: frozenset[str]
    cuts: bool

    def explains(self, failure: Failure) -> bool:
        """Whether a request may have failed in this way for this reason."""
        is_then = failure.began_s < self.ended_s + AFTERWARDS_S and failure.ended_s > self.began_s
        if not is_then or failure.instance not in self.concerns:
            return False
        if failure.status == 0:
            return self.cuts
        return failure.status == 503 and failure.says_when


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of disturbance.

    Args:
        cuts: whether it may leave a request without an answer.
        weight: how often it is chosen beside the others.
    """

    act: Act
    concerns: frozenset[str]
    cuts: bool
    weight: int


def between(least_s: float, most_s: float) -> float:
    """Choose a moment."""
    return random.uniform(least_s, most_s)  # noqa: S311 - a moment, no secret


@dataclass(slots=True)
class Disturber:
    """Disturbs a town, one thing at a time, and writes down what it did."""

    town: Town
    pause_s: float
    scale: float = 1.0
    windows: list[Window] = field(default_factory=list)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What can be done here."""
        town = self.town
        kinds = {
            "worker killed": Kind(self._kill_worker, NORTH, cuts=True, weight=4),
            "supervisor killed": Kind(self._kill_supervisor, NORTH, cuts=True, weight=1),
            "everything killed": Kind(self._kill_everything, NORTH, cuts=True, weight=2),
            "rolling restart": Kind(self._restart, NORTH, cuts=False, weight=2),
            "PostgreSQL killed": Kind(self._kill_postgres, BOTH, cuts=False, weight=3),
            "database line cut": Kind(self._cut_line, BOTH, cuts=False, weight=3),
            "database line held": Kind(self._hold_line, BOTH, cuts=False, weight=2),
            "receiver killed": Kind(self._kill_receiver, frozenset(), cuts=False, weight=2),
            "receiver line cut": Kind(self._cut_entrance, frozenset(), cuts=False, weight=2),
        }
        if town.disk is not None:
            kinds |= {
                "disk slow": Kind(self._slow_disk, BOTH, cuts=False, weight=2),
                "disk stalled": Kind(self._stall_disk, BOTH, cuts=False, weight=2),
                "disk full": Kind(self._fill_disk, BOTH, cuts=False, weight=2),
            }
        if town.clock is not None:
            kinds["clock stepped"] = Kind(self._step_clock, NORTH, cuts=False, weight=3)
        return kinds

    async def each_once(self, names: Sequence[str] | None = None) -> None:
        """Do each kind once, in any order."""
        kinds = self.kinds
        chosen = list(kinds if names is None else [name for name in names if name in kinds])
        random.shuffle(chosen)
        for name in chosen:
            await asyncio.sleep(self.pause_s)
            await self._do(name, kinds[name])

    async def at_random(self, seconds: float) -> None:
        """Do what chance says for so long, each kind once first."""
        ends_at_s, kinds = time.monotonic() + seconds, self.kinds
        order = random.sample(list(kinds), len(kinds))
        weights = [kind.weight for kind in kinds.values()]
        while True:
            await asyncio.sleep(between(0.5, 1.5) * self.pause_s)
            if time.monotonic() >= ends_at_s:
                return
            name = order.pop() if order else random.choices(list(kinds), weights)[0]  # noqa: S311
            await self._do(name, kinds[name])

    async def _do(self, name: str, kind: Kind) -> None:
        began_s = time.monotonic()
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}\n")
        try:
            await kind.act()
        finally:
            self.windows.append(Window(name, began_s, time.monotonic(), kind.concerns, kind.cuts))

    async def _kill_worker(self) -> None:
        await asyncio.to_thread(self.town.north.kill_worker)

    async def _kill_supervisor(self) -> None:
        await asyncio.to_thread(self.town.north.kill_supervisor)
        await asyncio.to_thread(self.town.north.start)

    async def _kill_everything(self) -> None:
        await asyncio.to_thread(self.town.north.kill_tree)
        await asyncio.to_thread(self.town.north.start)

    async def _restart(self) -> None:
        command = (sys.executable, "-m", "renkei", "restart", "--data")
        await asyncio.to_thread(
            subprocess.run, [*command, str(self.town.north.data)], check=True, capture_output=True
        )

    async def _kill_postgres(self) -> None:
        await asyncio.to_thread(self.town.database.kill)
        await asyncio.sleep(between(0.1, 2.0) * self.scale)

    async def _cut_line(self) -> None:
        await self.town.line.drop(between(0.0, 3.0) * self.scale)

    async def _hold_line(self) -> None:
        await self.town.line.hold(between(0.5, 4.0) * self.scale)

    async def _kill_receiver(self) -> None:
        receiver = random.choice(self.town.receivers)  # noqa: S311 - a moment, no secret
        receiver.kill()
        await asyncio.sleep(between(0.1, 2.0) * self.scale)
        await asyncio.to_thread(receiver.start)

    async def _cut_entrance(self) -> None:
        entrance = random.choice(self.town.entrances)  # noqa: S311 - likewise
        await entrance.drop(between(0.0, 3.0) * self.scale)

    async def _slow_disk(self) -> None:
        if self.town.disk is not None:
            await asyncio.to_thread(self.town.disk.slow, between(2.0, 8.0) * self.scale)

    async def _stall_disk(self) -> None:
        if self.town.disk is not None:
            await asyncio.to_thread(self.town.disk.stall, between(0.5, 4.0) * self.scale)

    async def _fill_disk(self) -> None:
        if self.town.disk is not None:
            with self.town.disk.filled():
                await asyncio.sleep(between(2.0, 8.0) * self.scale)

    async def _step_clock(self) -> None:
        if self.town.clock is not None:
            self.town.clock.step(random.choice([-3600, -90, -5, 0, 5, 90, 3600]))  # noqa: S311
            await asyncio.sleep(between(1.0, 6.0) * self.scale)
