"""How much memory the processes of the town hold, over time."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

import psutil

from tests.scenarios.durability.killable import Killable
from tests.scenarios.soak.chart import Point
from tests.scenarios.soak.town import Town

_MIB = 1 << 20


@dataclass(slots=True)
class Memory:
    """Samples of resident memory in MiB, by whose it is."""

    town: Town
    every_s: float = 5.0
    began_s: float = field(default_factory=time.monotonic)
    lines: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))

    async def run(self) -> None:
        """Take samples until cancelled."""
        while True:
            await asyncio.to_thread(self._sample)
            await asyncio.sleep(self.every_s)

    def settled(self, name: str) -> tuple[float, float]:
        """Answer with the medians of the second and of the last quarter of a line."""
        values = [point.value for point in self.lines[name]]
        quarter = max(len(values) // 4, 1)
        return median(values[quarter : 2 * quarter] or values), median(values[-quarter:])

    def _sample(self) -> None:
        minutes = (time.monotonic() - self.began_s) / 60
        for name, platform in (("north", self.town.north), ("south", self.town.south)):
            for number, resident in enumerate(_resident(platform)):
                self.lines[f"{name}, worker {number + 1}"].append(Point(minutes, resident))


def _resident(platform: Killable) -> list[float]:
    found = []
    try:
        for worker in platform.workers():
            found.append(worker.memory_info().rss / _MIB)  # noqa: PERF401 - kept up to a death
    except psutil.NoSuchProcess:  # killed just now
        pass
    return found
