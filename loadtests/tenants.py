"""`python -m loadtests.tenants DIR`: as many tenants as Japan has municipalities, in one process.

It makes the tenants on a platform of its own in an empty directory, starts that platform again, and
tells how long creation and start take, what the process holds of memory and connections, and how
long the first request to a tenant takes that the process has not met yet.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import httpx2
import psutil

from loadtests.circumstances import installation
from renkei.instance import Instance

_START_LIMIT_S = 120.0
_AT_ONCE = 8
_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> $1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many tenants of each storage."""

    separated: int = 100
    shared: int = 1_641

    def names(self) -> list[tuple[str, str]]:
        """Name each tenant and its storage."""
        return [
            *((f"separated_{number:05d}", "separated") for number in range(self.separated)),
            *((f"shared_{number:05d}", "shared") for number in range(self.shared)),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was measured; memory is the process's own, without what it shares with others."""

    tenants: int
    creation_s: float
    start_s: float
    memory_at_start_mb: float
    cold_median_ms: float
    cold_worst_ms: float
    memory_at_the_end_mb: float
    most_connections: int
    budget: int


class Platform:
    """`renkei up` with one worker, started and stopped as an operator does."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data.parent / f"{data.name}.log"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[float]:
        """Start it; answers with the seconds until it was ready."""
        options = ("--data", str(self.data), "--port", str(self.port), "--workers", "1")
        command = (sys.executable, "-m", "renkei", "up", *options, "--auth", "off", "--no-demo")
        began_s = time.perf_counter()
        with self._log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220, S603 — ours
        try:
            yield await self._ready(began_s)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 60)

    async def _ready(self, began_s: float) -> float:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while (waited_s := time.perf_counter() - began_s) < _START_LIMIT_S:
                try:
                    if (await client.get(f"{self.url}/health/ready")).is_success:
                        return waited_s
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(0.02)
        raise TimeoutError(f"{self.url} is not ready: {self._log.read_text()[-2000:]}")

    def memory_mb(self) -> float:
        """Measure the worker's own memory."""
        found = installation(self.data)
        children = psutil.Process(found.supervisor).children()
        return max(
            child.memory_full_info().uss / 1e6
            for child in children
            if "renkei.worker" in child.cmdline()
        )


async def create(platform: Platform, names: Sequence[tuple[str, str]]) -> float:
    """Create tenants over the API; answers with the seconds it took."""
    token = Instance(platform.data).operator_token()
    waiting = iter(names)
    began_s = time.perf_counter()

    async def keep_creating(client: httpx2.AsyncClient) -> None:
        for name, storage in waiting:
            asked = {"name": name, "storage": storage}
            answer = await client.post(f"{platform.url}/admin/tenants", json=asked)
            answer.raise_for_status()

    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=120, trust_env=False) as client,
        asyncio.TaskGroup() as creators,
    ):
        for _ in range(_AT_ONCE):
            creators.create_task(keep_creating(client))
    return time.perf_counter() - began_s


async def checkpoint(platform: Platform) -> None:
    """Write down what the server does by itself within minutes: starts are not after creations."""
    connection = await asyncpg.connect(installation(platform.data).database_url)
    try:
        await connection.execute("CHECKPOINT", timeout=120)
    finally:
        await connection.close()


async def visit(platform: Platform, names: Sequence[tuple[str, str]]) -> tuple[list[float], int]:
    """Ask each tenant once, in turn; answers with the milliseconds, and the connections there."""
    database_url = installation(platform.data).database_url
    waited_ms: list[float] = []
    most = 0
    watcher = await asyncpg.connect(database_url)
    try:
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            await client.get(f"{platform.url}/health/live")  # the connection is open
            for position, (name, _) in enumerate(names):
                began_s = time.perf_counter()
                answer = await client.get(
                    f"{platform.url}/ngsi-ld/v1/entities/urn:ngsi-ld:Nothing:1",
                    headers={"NGSILD-Tenant": name},
                )
                waited_ms.append((time.perf_counter() - began_s) * 1000)
                if answer.status_code != httpx2.codes.NOT_FOUND:
                    raise ValueError(f"Tenant {name} answers {answer.status_code}: {answer.text}")
                if position % 25 == 0:
                    own = watcher.get_server_pid()
                    most = max(most, await watcher.fetchval(_CONNECTIONS, own))
    finally:
        await watcher.close()
    return waited_ms, most


async def measure(data: Path, crowd: Crowd, *, cold: int) -> Told:
    """Make a platform with so many tenants and measure it."""
    platform, names = Platform(data), crowd.names()
    async with platform.running():
        creation_s = await create(platform, names)
        await checkpoint(platform)
    async with platform.running() as start_s:
        at_start_mb = platform.memory_mb()
        step = max(1, len(names) // cold)
        waited_ms, _ = await visit(platform, names[::step])
        _, most = await visit(platform, names)
        return Told(
            tenants=len(names),
            creation_s=creation_s,
            start_s=start_s,
            memory_at_start_mb=at_start_mb,
            cold_median_ms=statistics.median(waited_ms),
            cold_worst_ms=max(waited_ms),
            memory_at_the_end_mb=platform.memory_mb(),
            most_connections=most,
            budget=int(os.environ.get("RENKEI_DATABASE__BUDGET", "16")),
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.tenants")
    parser.add_argument("data", type=Path, help="an empty directory, or none yet")
    parser.add_argument("--separated", type=int, default=100)
    parser.add_argument("--shared", type=int, default=1_641)
    parser.add_argument("--cold", type=int, default=100, help="tenants whose first request counts")
    said = parser.parse_args()
    crowd = Crowd(separated=said.separated, shared=said.shared)
    print(json.dumps(asdict(asyncio.run(measure(said.data, crowd, cold=said.cold))), indent=2))


if __name__ == "__main__":
    main()
