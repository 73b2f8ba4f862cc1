"""Requests while processes are killed, held against what was counted of them.

`python -m tests.scenarios.tenants.metering_proof --requests 1000000` is the long form.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from kit.json import JsonObject
from loadtests.fair_share import make_tenant
from loadtests.generator import Load, Plan
from loadtests.shelters import TYPE, Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Get
from renkei.instance import Instance
from tests.scenarios.durability.killable import Killable

_CONNECTIONS = 8  # of each load
_MADE = 200
_LIMIT_S = 180.0
_AWAY = "503"


@dataclass(slots=True)
class Sent:
    """What the generator knows of one tenant's requests."""

    tenant: str
    answered: int = 0
    sent: int = 0
    writes_answered: int = 0
    writes_sent: int = 0

    def add(self, figures: Figures, *, is_write: bool) -> None:
        """Add a load; a 503 may come from a process that does not know the tenant yet."""
        away = figures.refusals.get(_AWAY, 0)
        answered = figures.requests + sum(figures.refusals.values()) - away
        self.answered += answered
        self.sent += answered + away + figures.lost
        if is_write:
            self.writes_answered += figures.requests
            self.writes_sent += answered + away + figures.lost


@dataclass(frozen=True, slots=True)
class Counted:
    """What the platform knows of one tenant's requests."""

    requests: int
    changes: int
    entities: int


@dataclass(slots=True)
class Proof:
    """Tenants of both storages, and what was sent to and counted of each."""

    platform: Killable
    sent: list[Sent] = field(default_factory=list)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {Instance(self.platform.data).operator_token()}"}

    async def send(self, requests: int, kills: Sequence[Callable[[], None]]) -> None:
        """Send requests to all tenants at once, and kill in the midst of them."""
        url = f"{self.platform.url}/ngsi-ld/v1"
        token = Instance(self.platform.data).operator_token()
        for storage in ("shared", "separated", "shared"):
            self.sent.append(Sent(await asyncio.to_thread(make_tenant, url, token, storage)))
        share = requests // len(self.sent)
        loads = [asyncio.create_task(self._load(one, share)) for one in self.sent]
        for kill in kills:
            await asyncio.sleep(random.uniform(1.0, 3.0))  # noqa: S311 — a moment, no secret
            if not all(load.done() for load in loads):
                await asyncio.to_thread(kill)
        await asyncio.gather(*loads)

    async def _load(self, sent: Sent, requests: int) -> None:
        target = Target(url=f"{self.platform.url}/ngsi-ld/v1", tenant=sent.tenant)
        known, fresh = Shelters(run="known"), Shelters(run="fresh")
        writes = requests // 4
        sent.add(
            await Load(Create(target, known), target, Plan(requests=_MADE)).run("create"),
            is_write=True,
        )

        async def run(workload: Create | Get, count: int) -> None:
            plan = Plan(connections=_CONNECTIONS, requests=count, timeout_s=30)
            figures = await Load(workload, target, plan).run("")
            sent.add(figures, is_write=isinstance(workload, Create))

        await asyncio.gather(
            run(Create(target, fresh), writes), run(Get(target, known, _MADE), requests - writes)
        )

    async def count(self) -> list[Counted]:
        """Have everything counted that was noted, and answer with it by tenant."""
        async with httpx2.AsyncClient(
            base_url=self.platform.url, headers=self._headers, timeout=30, trust_env=False
        ) as client:
            ends_s = asyncio.get_running_loop().time() + _LIMIT_S
            while True:
                found = [await self._count(client, one.tenant) for one in self.sent]
                complete = all(
                    counted.requests >= one.answered
                    for counted, one in zip(found, self.sent, strict=True)
                )
                # What falls due after everything is there would be counted too often.
                if complete or asyncio.get_running_loop().time() > ends_s:
                    await asyncio.sleep(3)
                    return [await self._count(client, one.tenant) for one in self.sent]
                await asyncio.sleep(0.5)

    async def _count(self, client: httpx2.AsyncClient, tenant: str) -> Counted:
        (await client.post("/admin/usage/count", params={"tenant": tenant})).raise_for_status()
        answer = await client.get("/admin/usage", params={"tenant": tenant, "by": "tenant"})
        [usage] = answer.raise_for_status().json()
        return Counted(usage["requests"], usage["changes"], usage["entities"])

    async def there(self) -> list[int]:
        """Count the entities that each tenant has."""
        found = []
        async with httpx2.AsyncClient(
            base_url=f"{self.platform.url}/ngsi-ld/v1", timeout=60, trust_env=False
        ) as client:
            for one in self.sent:
                answer = await client.get(
                    "/entities",
                    params={"type": TYPE, "limit": "0", "count": "true"},
                    headers={"NGSILD-Tenant": one.tenant},
                )
                found.append(int(answer.headers["NGSILD-Results-Count"]))
        return found


async def prove(platform: Killable, requests: int, kills: int) -> list[JsonObject]:
    """Send, kill, count and compare; answers with the figures of each tenant.

    Raises:
        AssertionError: something was counted that was not sent, or not counted that was answered.
    """
    ways = [platform.kill_worker, platform.kill_postgres, lambda: _restart(platform)]
    proof = Proof(platform)
    await proof.send(requests, [ways[number % len(ways)] for number in range(kills)])
    there = await proof.there()  # these are requests themselves: one of each tenant
    told: list[JsonObject] = []
    for sent, counted, entities in zip(proof.sent, await proof.count(), there, strict=True):
        told.append(
            {
                "tenant": sent.tenant,
                "answered": sent.answered + 1,
                "counted": counted.requests,
                "sent": sent.sent + 1,
                "writes answered": sent.writes_answered,
                "writes counted": counted.changes,
                "entities counted": counted.entities,
                "entities there": entities,
                "writes sent": sent.writes_sent,
            }
        )
        assert sent.answered + 1 <= counted.requests <= sent.sent + 1, told[-1]
        assert counted.changes == counted.entities == entities, told[-1]
        assert sent.writes_answered <= counted.changes <= sent.writes_sent, told[-1]
    return told


def _restart(platform: Killable) -> None:
    platform.kill_tree()
    platform.start()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.tenants.metering_proof")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--port", type=int, default=4107)
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        Killable(Path(directory) / "data", said.port) as platform,
    ):
        for one in asyncio.run(prove(platform, said.requests, said.kills)):
            print(one)  # noqa: T201 — the report of a command


if __name__ == "__main__":
    main()
