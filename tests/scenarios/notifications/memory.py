"""Whether memory stays level over many notifications, and while an endpoint is away for long.

`python -m tests.scenarios.notifications.memory --notifications 1000000` is the long form.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.meter import Meter, Writer, a_meter
from tests.scenarios.notifications.stage import Api, a_platform, a_subscription, an_entity

SENSORS, FAN_OUT = 100, 20
_RATE = 150  # writes a second, each told to FAN_OUT subscriptions
_MOST_WAITING = 50_000  # notifications: what is behind catches up before more is written
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """Resident memory of all workers in bytes, sampled as notifications arrived."""

    notifications: int
    samples: list[int]

    @property
    def growth(self) -> float:
        """How much more the last third took than the second."""
        third = len(self.samples) // 3
        middle, last = self.samples[third : 2 * third], self.samples[2 * third :]
        return max(last) / max(middle) - 1

    def __str__(self) -> str:
        shown = " ".join(f"{one / _MIB:.0f}" for one in self.samples)
        return (
            f"{self.notifications} notifications; workers' MiB: {shown}; growth {self.growth:.1%}"
        )


def resident(platform: Killable) -> int:
    return sum(worker.memory_info().rss for worker in platform.workers())


async def run(directory: Path, notifications: int, samples: int = 30) -> Verdict:
    """Play the scenario once."""
    with a_platform(directory, free_port()) as platform:
        async with aiohttp.ClientSession() as session, a_meter() as meter:
            api = Api(platform.url, session)
            entities = [an_entity("Sensor", number, 0) for number in range(SENSORS)]
            assert await api.send("POST", "/entityOperations/create", entities) == 201
            uris = [meter.uri(f"s{number}") for number in range(FAN_OUT)]
            await api.subscribe([a_subscription(uri, "Sensor") for uri in uris])
            writer = Writer(api, meter, SENSORS)
            taken: list[int] = []
            while meter.count < notifications:
                await writer.run(notifications / samples / FAN_OUT / _RATE, _RATE)
                await catch_up(writer, meter)
                meter.read()
                taken.append(resident(platform))
            assert await api.drained(120.0)
            return Verdict(meter.count, taken)


async def catch_up(writer: Writer, meter: Meter) -> None:
    """Wait until few enough are on their way."""
    while True:
        if writer.acknowledged * FAN_OUT - meter.count <= _MOST_WAITING:
            return
        await asyncio.sleep(0.5)


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--notifications", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        verdict = uvloop.run(run(Path(directory), options.notifications))
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.growth < 0.1 else 1)


if __name__ == "__main__":
    main()
