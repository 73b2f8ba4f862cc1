"""A hanging and a refusing endpoint among a hundred, and how late the others' notifications are.

`python -m tests.scenarios.notifications.neighbours`: phases with and without the two alternate in
one run, so that what else the machine does weighs on both alike.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.meter import HANGING, Writer, a_meter, percentile
from tests.scenarios.notifications.stage import Api, a_platform, a_subscription, an_entity

ENDPOINTS = 100
_BROKEN = 2
_RATE = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """The 95th percentiles of the others, in seconds."""

    alone_s: float
    beside_s: float

    @property
    def ratio(self) -> float:
        return self.beside_s / self.alone_s

    def __str__(self) -> str:
        return (
            f"p95 without broken endpoints {self.alone_s * 1000:.1f} ms, beside a hanging and a "
            f"refusing one {self.beside_s * 1000:.1f} ms: ratio {self.ratio:.2f}"
        )


async def run(directory: Path, seconds: float, phases: int = 4) -> Verdict:
    """Play the scenario once."""
    with a_platform(directory, free_port()) as platform:
        async with aiohttp.ClientSession() as session, a_meter() as meter:
            api = Api(platform.url, session)
            entities = [an_entity("Sensor", number, 0) for number in range(ENDPOINTS)]
            assert await api.send("POST", "/entityOperations/create", entities) == 201
            healthy = [
                a_subscription(meter.uri(f"s{number}"), "Sensor", number)
                for number in range(ENDPOINTS - _BROKEN)
            ]
            await api.subscribe(healthy)
            writer = Writer(api, meter, ENDPOINTS - _BROKEN)
            await writer.run(2.0, _RATE)
            meter.read()
            late: dict[bool, list[float]] = {False: [], True: []}
            for phase in range(phases):
                is_broken = phase % 2 == 1
                if is_broken:
                    await _break(api, meter.uri(HANGING))
                await writer.run(seconds / phases, _RATE)
                await asyncio.sleep(0.5)
                late[is_broken] += meter.read()
                if is_broken:
                    await _mend(api)
            return Verdict(percentile(late[False], 95), percentile(late[True], 95))


async def _break(api: Api, hanging: str) -> None:
    """Subscribe both broken endpoints to everything that the others are told of."""
    refusing = f"http://127.0.0.1:{free_port()}/"
    broken = {"hanging": hanging, "refusing": refusing}
    documents = [
        a_subscription(uri, "Sensor", id=f"urn:ngsi-ld:Subscription:{name}")
        for name, uri in broken.items()
    ]
    await api.subscribe(documents)


async def _mend(api: Api) -> None:
    for name in ("hanging", "refusing"):
        assert await api.send("DELETE", f"/subscriptions/urn:ngsi-ld:Subscription:{name}") == 204


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        verdict = asyncio.run(run(Path(directory), options.seconds))
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.ratio <= 1.5 else 1)


if __name__ == "__main__":
    main()
