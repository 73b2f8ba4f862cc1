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
from statistics import median

import aiohttp

from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.meter import HANGING, Writer, a_meter, percentile
from tests.scenarios.notifications.stage import Api, a_platform, a_subscription, an_entity

ENDPOINTS = 100
BROKEN = (98, 99)
_RATE = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """The 95th percentiles of the others in seconds: of the phases the median one."""

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


async def run(directory: Path, seconds: float, phases: int = 10) -> Verdict:
    """Play the scenario once."""
    with a_platform(directory, free_port()) as platform:
        async with aiohttp.ClientSession() as session, a_meter() as meter:
            api = Api(platform.url, session)
            entities = [an_entity("Sensor", number, 0) for number in range(ENDPOINTS)]
            assert await api.send("POST", "/entityOperations/create", entities) == 201
            subscriptions = [
                a_subscription(meter.uri(f"s{number}"), "Sensor", number, id=id_of(number))
                for number in range(ENDPOINTS)
            ]
            await api.subscribe(subscriptions)
            writer = Writer(api, meter, ENDPOINTS)
            await writer.run(2.0, _RATE)
            meter.read()
            late: dict[bool, list[float]] = {False: [], True: []}  # one figure a phase
            for phase in range(phases):
                is_broken = phase % 2 == 1
                refusing = f"http://127.0.0.1:{free_port()}/"
                uris = (meter.uri(HANGING), refusing) if is_broken else map(meter.uri, "xy")
                await _lead(api, dict(zip(BROKEN, uris, strict=True)))
                await writer.run(seconds / phases, _RATE)
                await asyncio.sleep(0.5)
                late[is_broken].append(percentile(meter.read(beside=BROKEN), 95))
            return Verdict(median(late[False]), median(late[True]))


def id_of(number: int) -> str:
    return f"urn:ngsi-ld:Subscription:{number}"


async def _lead(api: Api, uris: dict[int, str]) -> None:
    """Let subscriptions lead to other endpoints."""
    for number, uri in uris.items():
        fragment = {"notification": {"endpoint": {"uri": uri}}}
        assert await api.send("PATCH", f"/subscriptions/{id_of(number)}", fragment) == 204


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
