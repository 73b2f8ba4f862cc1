"""Workers and whole instances are replaced under load; the requests that fail are counted.

`python -m tests.scenarios.rolling.rolling` is the long form: `--rounds 10`. With `--before COMMAND`
(the `renkei` of another version) instances of that version are replaced by this one, once.
"""

import argparse
import asyncio
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from loadtests.generator import Load, Plan
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Get, Patch, Workload
from renkei.embedded import EmbeddedPostgres
from tests.scenarios.durability.killable import RENKEI_UP, Killable, wait_until
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.rolling.balancer import Balancer
from tests.scenarios.soak.town import shared_secrets

_ENTITIES = 200
_SETTLE_S = 1.0
_RETIRE_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of the requests of one run, by kind, while so many processes were replaced."""

    figures: tuple[Figures, ...]
    replaced: int
    seconds: float

    @property
    def failed(self) -> int:
        return sum(one.errors for one in self.figures)

    @property
    def answered(self) -> int:
        return sum(one.requests for one in self.figures)

    def __str__(self) -> str:
        kinds = " · ".join(
            f"{one.scenario} {one.requests} answered, p99 {one.latency.p99_ms:.0f} ms, longest "
            f"{one.latency.max_ms:.0f} ms, refused {one.refusals}, lost {one.lost}, "
            f"unreachable {one.unreachable}"
            for one in self.figures
        )
        return (
            f"failed {self.failed} of {self.answered + self.failed} requests in "
            f"{self.seconds:.0f} s while {self.replaced} processes were replaced · {kinds}"
        )


async def under_load(url: str, replace: Callable[[], Awaitable[int]], connections: int) -> Verdict:
    """Create, change and read entities, each on so many connections, while processes change."""
    target = Target(url=f"{url}/ngsi-ld/v1")
    old = Shelters(run=f"old-{secrets.token_hex(3)}")
    filling = Load(Create(target, old), target, Plan(connections=4, requests=_ENTITIES))
    assert (await filling.run("fill")).errors == 0
    workloads: dict[str, Workload] = {
        "create": Create(target, Shelters(run=f"new-{secrets.token_hex(3)}")),
        "update": Patch(target, old, _ENTITIES),
        "get": Get(target, old, _ENTITIES),
    }
    plan = Plan(connections=connections)
    loads = {name: Load(workload, target, plan) for name, workload in workloads.items()}
    began_s = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(load.run(name)) for name, load in loads.items()]
        await asyncio.sleep(_SETTLE_S)
        replaced = await replace()
        await asyncio.sleep(_SETTLE_S)
        for load in loads.values():
            load.stop()
    figures = tuple(one.result() for one in running)
    return Verdict(figures=figures, replaced=replaced, seconds=time.monotonic() - began_s)


async def workers_in_turn(directory: Path, port: int, *, rounds: int, connections: int) -> Verdict:
    """Have one instance replace its two workers, so many times."""

    async def replace() -> int:
        before = _pids(platform)
        for _ in range(rounds):
            await asyncio.to_thread(restart_workers, platform)
        await asyncio.to_thread(wait_until, lambda: not before & _pids(platform), _RETIRE_LIMIT_S)
        return rounds * len(before)

    with Killable(directory / "data", port) as platform:
        return await under_load(platform.url, replace, connections)


async def instances_in_turn(
    directory: Path,
    database_url: str,
    *,
    rounds: int,
    connections: int,
    program: tuple[str, ...] = RENKEI_UP,
) -> Verdict:
    """Restart two instances of one database in turn, behind a balancer that asks how they are.

    They begin with a program that may be another version's, and are started with this one.
    """

    async def replace() -> int:
        for platform in platforms * rounds:
            await asyncio.to_thread(platform.stop)
            platform.program = RENKEI_UP
            await asyncio.to_thread(platform.start)
            await balancer.until_ready(platform.url)
        return rounds * len(platforms)

    environment = {
        "RENKEI_DATABASE_URL": database_url,
        "RENKEI_SECRETS": str(shared_secrets(directory)),
        "RENKEI_STOPPING__NOTICE_S": "2",
    }
    with ExitStack() as stack:
        platforms = []
        for name in ("north", "south"):
            (directory / name).mkdir()
            data = directory / name / "data"
            instance = Killable(
                data, free_port(), workers=1, program=program, environment=environment
            )
            platforms.append(stack.enter_context(instance))
        async with Balancer([platform.url for platform in platforms]) as balancer:
            return await under_load(balancer.url, replace, connections)


def _pids(platform: Killable) -> set[int]:
    return {worker.pid for worker in platform.workers()}


def restart_workers(platform: Killable) -> None:
    """Do what an operator does."""
    command = (sys.executable, "-m", "renkei", "restart", "--data", str(platform.data))
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=8, help="of each kind of request")
    parser.add_argument("--before", metavar="COMMAND", help="the renkei of another version")
    options = parser.parse_args()
    if options.before is not None:
        sys.exit(_upgrade(options.before, options.connections))
    much = {"rounds": options.rounds, "connections": options.connections}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        workers = asyncio.run(workers_in_turn(root, free_port(), **much))
        sys.stdout.write(f"workers in turn: {workers}\n")
        with EmbeddedPostgres(root / "postgres") as postgres:
            url = postgres.admin_dsn
            instances = asyncio.run(instances_in_turn(root, url, **much))
        sys.stdout.write(f"instances in turn: {instances}\n")
    sys.exit(0 if workers.failed == instances.failed == 0 else 1)


def _upgrade(before: str, connections: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        with EmbeddedPostgres(root / "postgres") as postgres:
            verdict = asyncio.run(
                instances_in_turn(
                    root,
                    postgres.admin_dsn,
                    rounds=1,
                    connections=connections,
                    program=(before, "up"),
                )
            )
    sys.stdout.write(f"instances of the other version replaced by this one: {verdict}\n")
    return 0 if verdict.failed == 0 else 1


if __name__ == "__main__":
    main()
