"""`python -m loadtests.fair_share --data DIR`: what a tenant feels of a busy neighbour.

Tenant B asks over a few connections, alone and while tenant A asks over many as fast as it is
answered, in turns of a few seconds. Told is B's p95 alone and beside A, and their ratio, for reads
and writes, with both tenants in the shared database and in databases of their own.
"""

import argparse
import asyncio
import gc
import secrets
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvloop

from loadtests.circumstances import installation
from loadtests.generator import Load, Plan
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Get, Patch, Query, Workload
from renkei.instance import Instance

STORAGES = ("shared", "separated")
OPERATIONS = ("get", "query", "patch", "create")
_MADE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """How hard the two tenants ask.

    Args:
        busy: connections of A.
        quiet: connections of B.
        seconds: of each turn, alone and beside A.
        rounds: how many turns; told is the median.
    """

    busy: int = 64
    quiet: int = 8
    seconds: float = 2.0
    rounds: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """B's p95 in milliseconds, alone and beside A, and how many requests a second were answered."""

    storage: str
    operation: str
    alone_ms: float
    beside_ms: float
    alone_per_s: float
    beside_per_s: float
    busy_per_s: float

    @property
    def ratio(self) -> float:
        """How many times as long B waits beside A."""
        return self.beside_ms / max(self.alone_ms, 1e-9)

    def __str__(self) -> str:
        return (
            f"{self.storage:10} {self.operation:7} alone {self.alone_ms:6.1f} ms "
            f"({self.alone_per_s:5.0f}/s)  beside {self.beside_ms:6.1f} ms "
            f"({self.beside_per_s:5.0f}/s, A {self.busy_per_s:5.0f}/s)  ratio {self.ratio:.2f}"
        )


class Party:
    """One tenant with shelters of its own, and what asks for them."""

    def __init__(self, url: str, tenant: str) -> None:
        self.target = Target(url=url, tenant=tenant)
        self._entities = Shelters(run=secrets.token_hex(4))

    async def prepare(self) -> None:
        """Make shelters to read and to change."""
        made = await Load(
            Create(self.target, self._entities), self.target, Plan(requests=_MADE)
        ).run("create")
        if made.errors:
            raise ValueError(f"Tenant {self.target.tenant} takes no entities: {made.refusals}")

    async def ask(self, operation: str, plan: Plan) -> Figures:
        """Ask over so many connections for so long."""
        return await Load(self._workload(operation), self.target, plan).run(operation)

    def _workload(self, operation: str) -> Workload:
        if operation == "create":
            return Create(self.target, Shelters(run=secrets.token_hex(4)))
        if operation == "query":
            return Query(self.target)
        return {"get": Get, "patch": Patch}[operation](self.target, self._entities, _MADE)


async def feel(busy: Party, quiet: Party, storage: str, operation: str, by: Pressure) -> Felt:
    """Let B ask alone and beside A, in turns."""
    alone: list[Figures] = []
    beside: list[Figures] = []
    pressing: list[Figures] = []
    of_quiet = Plan(connections=by.quiet, warmup_s=0.5, seconds=by.seconds)
    of_busy = Plan(connections=by.busy, warmup_s=0.5, seconds=by.seconds + 0.5)
    for _ in range(by.rounds):
        alone.append(await quiet.ask(operation, of_quiet))
        pressed = asyncio.create_task(busy.ask(operation, of_busy))
        await asyncio.sleep(0.3)
        beside.append(await quiet.ask(operation, of_quiet))
        pressing.append(await pressed)
    return Felt(
        storage=storage,
        operation=operation,
        alone_ms=statistics.median(one.latency.p95_ms for one in alone),
        beside_ms=statistics.median(one.latency.p95_ms for one in beside),
        alone_per_s=statistics.median(one.per_second for one in alone),
        beside_per_s=statistics.median(one.per_second for one in beside),
        busy_per_s=statistics.median(one.per_second for one in pressing),
    )


def make_tenant(url: str, token: str, storage: str) -> str:
    """Make a tenant for this run; answers with its name."""
    name = f"load_{secrets.token_hex(4)}"
    answer = httpx2.post(
        f"{url.removesuffix('/ngsi-ld/v1')}/admin/tenants",
        json={"name": name, "storage": storage},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    )
    answer.raise_for_status()
    return name


async def compare(
    data: Path, storages: Sequence[str], operations: Sequence[str], by: Pressure
) -> list[Felt]:
    """Measure the platform that runs with this data, and print each line as it is known."""
    url, token = installation(data).url, Instance(data).operator_token()
    felt: list[Felt] = []
    for storage in storages:
        names = [await asyncio.to_thread(make_tenant, url, token, storage) for _ in range(2)]
        busy, quiet = (Party(url, name) for name in names)
        await busy.prepare()
        await quiet.prepare()
        for operation in operations:
            felt.append(await feel(busy, quiet, storage, operation, by))
            print(felt[-1], flush=True)
    return felt


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.fair_share")
    parser.add_argument("--data", type=Path, required=True, help="data directory of a renkei here")
    parser.add_argument("--storages", default=",".join(STORAGES))
    parser.add_argument("--operations", default=",".join(OPERATIONS))
    parser.add_argument("--busy", type=int, default=64, help="connections of A")
    parser.add_argument("--quiet", type=int, default=8, help="connections of B")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    said = parser.parse_args()
    by = Pressure(busy=said.busy, quiet=said.quiet, rounds=said.rounds, seconds=said.seconds)
    gc.disable()  # a collection would show as latency
    uvloop.run(compare(said.data, said.storages.split(","), said.operations.split(","), by))


if __name__ == "__main__":
    main()
