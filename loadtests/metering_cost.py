"""`python -m loadtests.metering_cost --on DIR --off DIR`: what counting usage costs.

Two platforms run side by side, one with RENKEI_JOINT_USE__METERING=false. They are asked in turn,
for a few seconds each and many times, so that whatever else changes changes for both; told is the
median of the pairs.
"""

import argparse
import gc
import secrets
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from loadtests.circumstances import installation
from loadtests.cpu import CpuMeter
from loadtests.generator import Load, Plan
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Get, Patch, Workload

_CONNECTIONS = 32
_MADE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two platforms that are asked in turn."""

    target: Target
    supervisor: int
    entities: Shelters

    @classmethod
    async def of(cls, data: Path, tenant: str | None = None, *headers: str) -> "Side":
        """Find a platform by its data, and make the entities that are asked for."""
        found = installation(data)
        side = cls(
            target=Target(url=found.url, tenant=tenant, headers=headers),
            supervisor=found.supervisor,
            entities=Shelters(run=secrets.token_hex(4)),
        )
        await side.ask(Create(side.target, side.entities), Plan(requests=_MADE))
        return side

    async def ask(self, workload: Workload, plan: Plan) -> Figures:
        """Ask it, and tell what came of it."""
        return await Load(workload, self.target, plan, CpuMeter(self.supervisor)).run("")

    def workload(self, scenario: str) -> Workload:
        """Say what is asked for."""
        if scenario == "create":
            return Create(self.target, Shelters(run=secrets.token_hex(4)))
        return {"get": Get, "patch": Patch}[scenario](self.target, self.entities, _MADE)


async def compare(sides: tuple[Side, Side], scenarios: Sequence[str], rounds: int) -> None:
    """Ask both in turn and print how they differ, for each scenario."""
    plan = Plan(connections=_CONNECTIONS, warmup_s=0.3, seconds=2.0)
    print("          requests a second      µs of workers          µs of PostgreSQL")
    for scenario in scenarios:
        pairs: list[tuple[Figures, Figures]] = []
        for number in range(rounds):
            first, second = sides if number % 2 == 0 else sides[::-1]
            asked = [await one.ask(one.workload(scenario), plan) for one in (first, second)]
            pairs.append((asked[0], asked[1]) if number % 2 == 0 else (asked[1], asked[0]))
        print(_line(scenario, pairs))


def _line(scenario: str, pairs: Sequence[tuple[Figures, Figures]]) -> str:
    """Sum up pairs: rates, and microseconds of CPU a request of the workers and of PostgreSQL."""
    told = [scenario.ljust(8), _compared([(on.per_second, off.per_second) for on, off in pairs])]
    for who in ("workers", "postgres"):
        costs = [(on.cpu_us_per_request(who), off.cpu_us_per_request(who)) for on, off in pairs]
        told.append(_compared(costs))
    return "   ".join(told)


def _compared(both: Sequence[tuple[float, float]]) -> str:
    """Write the medians of both sides, and the median of their ratios."""
    on, off = (statistics.median(side) for side in zip(*both, strict=True))
    ratio = statistics.median(a / max(b, 1e-9) for a, b in both)
    return f"{on:6.0f} {off:6.0f} {ratio - 1:+6.1%}"


async def _compare(said: argparse.Namespace) -> None:
    sides = (await Side.of(said.on), await Side.of(said.off))
    await compare(sides, said.scenarios.split(","), said.rounds)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.metering_cost")
    parser.add_argument("--on", type=Path, required=True, help="data directory of one that counts")
    parser.add_argument("--off", type=Path, required=True, help="of one that does not")
    parser.add_argument("--scenarios", default="create,get,patch")
    parser.add_argument("--rounds", type=int, default=12)
    said = parser.parse_args()
    gc.disable()  # a collection would show as a difference
    uvloop.run(_compare(said))


if __name__ == "__main__":
    main()
