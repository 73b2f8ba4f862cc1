"""`python -m loadtests.flatness --data DIR`: whether cost grows with what is there.

One tenant grows from 1,000 to 1,000,000 entities, and then the same work is spread over 1 to 1,741
tenants; at each size a creation, a partial update, a retrieval and a page of a query are measured,
once the platform has become calm. Numbers of tenants are measured in turns, several times each, for
a machine's speed changes within minutes. Told is what each costs in CPU of workers and PostgreSQL,
which is hardly moved by who else is at work, beside its rate, and the ratio of the last size to the
first.
"""

import argparse
import asyncio
import gc
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import aiohttp
import orjson
import uvloop

from loadtests import curves
from loadtests.circumstances import Installation, installation
from loadtests.cpu import CpuMeter
from loadtests.generator import Load, Plan
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Get, Patch, Query, Workload
from renkei.instance import Instance

_CONNECTIONS = 32
_WARMUP_S = 1.0
_SPREAD = 50  # entities of each of many tenants
_CALM = 0.2  # cores; two thousand tenants to which nobody talks take less
_WAIT_S, _MOST_WAITS = 3.0, 60
_TURNS = 3  # in which numbers of tenants are measured; what is told is their median
_OPERATIONS = ("create", "patch", "get", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one operation cost at one size.

    Args:
        along: what grows: entities or tenants.
        size: how many of them there were.
        cpu_us: CPU of workers and PostgreSQL per request.
    """

    along: str
    size: int
    operation: str
    per_second: float
    p99_ms: float
    cpu_us: float


class Among:
    """Hands out the requests of many workloads of one kind, in random order."""

    def __init__(self, workloads: Sequence[Workload]) -> None:
        self.wanted = workloads[0].wanted
        self._workloads = workloads

    def take(self) -> tuple[int, bytes]:
        """Hand out a request of any of them."""
        return random.choice(self._workloads).take()

    def answer(self, number: int) -> None:
        """Nothing is kept of an answer."""


class Town:
    """Tenants of one running platform that have the same number of shelters each."""

    def __init__(self, found: Installation, tenants: Sequence[str]) -> None:
        self._found = found
        self._entities = Shelters(run=secrets.token_hex(4))
        self._targets = [Target(url=found.url, tenant=name) for name in tenants]
        self._creations = [Create(target, self._entities) for target in self._targets]

    async def grow(self, each: int) -> None:
        """Create entities until every tenant has so many."""
        for creations in self._creations:
            missing = each - creations.next
            if missing > 0:
                await self._ask(creations, Plan(connections=_CONNECTIONS, requests=missing))

    async def calm_down(self) -> None:
        """Wait until the platform has done what it does about new tenants, for some minutes."""
        meter = CpuMeter(self._found.supervisor)
        for _ in range(_MOST_WAITS):
            meter.start()
            await asyncio.sleep(_WAIT_S)
            cores = meter.read()
            if cores["workers"] + cores["postgres"] < _CALM:
                return
        print(
            f"It is busy still: {cores['workers'] + cores['postgres']:.2f} cores without requests"
        )

    async def measure(self, along: str, size: int, seconds: float) -> list[Point]:
        """Measure every operation as many tenants and entities as there are now."""
        plan = Plan(connections=_CONNECTIONS, warmup_s=_WARMUP_S, seconds=seconds)
        return [
            _point(along, size, name, await self._ask(self._workload(name), plan))
            for name in _OPERATIONS
        ]

    def _workload(self, name: str) -> Workload:
        if name == "create":
            return Among(self._creations)
        if name == "query":
            return Among([Query(target) for target in self._targets])
        kind: Callable[[Target, Shelters, int], Workload] = {"get": Get, "patch": Patch}[name]
        each = self._creations[0].next
        known = min(each, min(creations.next for creations in self._creations))
        return Among([kind(target, self._entities, known) for target in self._targets])

    async def _ask(self, workload: Workload, plan: Plan) -> Figures:
        meter = CpuMeter(self._found.supervisor)
        figures = await Load(workload, self._targets[0], plan, meter).run("")
        if figures.errors:
            raise ValueError(f"Requests went wrong: {figures.refusals}, {figures.lost} lost")
        return figures


def _point(along: str, size: int, operation: str, figures: Figures) -> Point:
    cpu_us = sum(figures.cpu_us_per_request(who) for who in ("workers", "postgres"))
    print(
        f"{size:>9,} {along:<9} {operation:<7} {figures.per_second:>7,.0f}/s"
        f"  p99 {figures.latency.p99_ms:>6.1f} ms  {cpu_us:>6.0f} µs"
    )
    return Point(
        along=along,
        size=size,
        operation=operation,
        per_second=figures.per_second,
        p99_ms=figures.latency.p99_ms,
        cpu_us=cpu_us,
    )


async def over_entities(data: Path, sizes: Sequence[int], seconds: float) -> list[Point]:
    """Measure while one tenant grows."""
    found = installation(data)
    (name,) = await tenants_of(data, found, 1)
    town, points = Town(found, [name]), []
    for size in sizes:
        await town.grow(size)
        await town.calm_down()
        points += await town.measure("entities", size, seconds)
    return points


async def over_tenants(data: Path, counts: Sequence[int], seconds: float) -> list[Point]:
    """Measure while the same work is spread over more and more tenants."""
    found = installation(data)
    names = await tenants_of(data, found, max(counts))
    towns = {count: Town(found, names[:count]) for count in counts}
    for town in towns.values():
        await town.grow(_SPREAD)
        await town.calm_down()
    measured = []
    for _ in range(_TURNS):
        for count, town in towns.items():
            measured += await town.measure("tenants", count, seconds)
    return _medians(measured)


def _medians(points: Sequence[Point]) -> list[Point]:
    """Make one point of those of the same operation at the same size."""
    of_one: dict[tuple[int, str], list[Point]] = {}
    for point in points:
        of_one.setdefault((point.size, point.operation), []).append(point)
    return [
        replace(
            found[0],
            per_second=median(one.per_second for one in found),
            p99_ms=median(one.p99_ms for one in found),
            cpu_us=median(one.cpu_us for one in found),
        )
        for found in of_one.values()
    ]


async def tenants_of(data: Path, found: Installation, count: int) -> list[str]:
    """Make tenants in the shared database."""
    run, base = secrets.token_hex(3), found.url.removesuffix("/ngsi-ld/v1")
    names = [f"flat_{run}_{number:04d}" for number in range(count)]
    headers = {"Authorization": f"Bearer {Instance(data).operator_token()}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for name in names:
            asked = {"name": name, "storage": "shared"}
            async with http.post(f"{base}/admin/tenants", json=asked) as answer:
                answer.raise_for_status()
    return names


def as_text(points: Sequence[Point]) -> str:
    """Say of each operation how its cost at the last size compares with the first."""
    lines = []
    for along in dict.fromkeys(point.along for point in points):
        for operation in _OPERATIONS:
            found = [p for p in points if (p.along, p.operation) == (along, operation)]
            first, last = found[0], found[-1]
            ratio = last.cpu_us / first.cpu_us
            lines.append(
                f"{operation:<7} {first.size:>9,} → {last.size:>9,} {along:<9}"
                f" {first.cpu_us:>6.0f} → {last.cpu_us:>6.0f} µs: {ratio:.2f} ×"
            )
    return "\n".join(lines)


def draw(points: Sequence[Point], file: Path) -> None:
    """Draw the costs over the sizes."""
    panels = [
        curves.Panel(
            title=f"CPU per operation over {along}",
            across=along,
            up="µs of workers and PostgreSQL",
            is_logarithmic=True,
            lines={
                operation: [
                    (point.size, point.cpu_us)
                    for point in points
                    if (point.along, point.operation) == (along, operation)
                ]
                for operation in _OPERATIONS
            },
        )
        for along in dict.fromkeys(point.along for point in points)
    ]
    curves.draw(panels, file)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.flatness")
    add = parser.add_argument
    add("--data", type=Path, required=True, help="data directory of the running renkei")
    add("--entities", type=_numbers, default=[1_000, 10_000, 100_000, 1_000_000])
    add("--tenants", type=_numbers, default=[1, 10, 100, 1_741])
    add("--seconds", type=float, default=5.0, help="of each operation at each size")
    add("--svg", type=Path, help="draw the costs into this file")
    add("--json", type=Path, help="write the figures to this file")
    said = parser.parse_args()
    gc.disable()  # a collection would show as the broker's latency
    points = uvloop.run(_both(said))
    print(as_text(points))
    if said.json:
        said.json.write_bytes(orjson.dumps([asdict(point) for point in points]))
    if said.svg:
        draw(points, said.svg)


async def _both(said: argparse.Namespace) -> list[Point]:
    points = await over_entities(said.data, said.entities, said.seconds) if said.entities else []
    await asyncio.sleep(1)
    return points + (
        await over_tenants(said.data, said.tenants, said.seconds) if said.tenants else []
    )


if __name__ == "__main__":
    main()
