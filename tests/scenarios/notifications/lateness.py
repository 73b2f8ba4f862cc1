"""How late notifications are when a thousand changes a second each match one subscription.

`python -m tests.scenarios.notifications.lateness --rate 1000`; with `--rate 300 --fan-out 10` each
change is told to ten subscriptions. Receiver and generator share the machine with the platform.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from loadtests.cpu import CpuMeter
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.meter import Writer, a_meter, percentile
from tests.scenarios.notifications.stage import Api, a_platform, a_subscription, an_entity

SENSORS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many were written and arrived in a second, and how late those were.

    Args:
        due: notifications that the acknowledged writes made due.
        delivered: those that arrived at least once.
    """

    due: int
    delivered: int
    written_per_second: float
    arrived_per_second: float
    median_s: float
    p95_s: float
    p99_s: float
    cores: dict[str, float]

    def __str__(self) -> str:
        return (
            f"{self.written_per_second:.0f} written/s, {self.arrived_per_second:.0f} arrived/s; "
            f"delivered/due {self.delivered}/{self.due}; from the answer to a write to the "
            f"arrival: median {self.median_s * 1000:.1f} ms, "
            f"p95 {self.p95_s * 1000:.1f} ms, p99 {self.p99_s * 1000:.1f} ms; cores: "
            + ", ".join(f"{who} {cores:.2f}" for who, cores in self.cores.items())
        )


async def run(directory: Path, seconds: float, rate: float, fan_out: int = 1) -> Verdict:
    """Play the scenario once."""
    with a_platform(directory, free_port()) as platform:
        connector = aiohttp.TCPConnector(limit=128)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            a_meter(is_told=True) as meter,
        ):
            api = Api(platform.url, session)
            entities = [an_entity("Sensor", number, 0) for number in range(SENSORS)]
            assert await api.send("POST", "/entityOperations/create", entities) == 201
            await api.subscribe(
                [
                    a_subscription(meter.uri(f"s{number}"), "Sensor", number)
                    for number in range(SENSORS)
                    for _ in range(fan_out)
                ]
            )
            writer = Writer(api, meter, SENSORS)
            await writer.run(5.0, rate)
            meter.read()
            written, arrived = writer.acknowledged, meter.count
            meter_of_cpu = CpuMeter(platform.tree()[0].pid)
            await writer.run(seconds, rate)
            cores = meter_of_cpu.read()
            per_second = (meter.count - arrived) / seconds
            assert await api.drained(30.0)
            late_s = meter.read()
            return Verdict(
                due=writer.acknowledged * fan_out,
                delivered=len(meter.told),
                written_per_second=(writer.acknowledged - written) / seconds,
                arrived_per_second=per_second,
                median_s=percentile(late_s, 50),
                p95_s=percentile(late_s, 95),
                p99_s=percentile(late_s, 99),
                cores=cores,
            )


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=1000.0, help="writes a second")
    parser.add_argument("--fan-out", type=int, default=1, help="subscriptions told of each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        scenario = run(Path(directory), options.seconds, options.rate, options.fan_out)
        verdict = uvloop.run(scenario)
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.p95_s < 0.1 and verdict.delivered == verdict.due else 1)


if __name__ == "__main__":
    main()
