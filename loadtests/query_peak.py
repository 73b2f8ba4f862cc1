"""`python -m loadtests.query_peak`: how many pages of matching entities a renkei answers.

In a tenant of each storage it creates many shelters of one type, declares indexes, and asks for
pages of twenty by a range, a text, a Relationship and a place; beside each figure stands the floor.
"""

import argparse
import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
import orjson
import uvloop

from kit.json import JsonObject, JsonValue
from loadtests.catalogue import INDEXED, SCENARIOS, Ask, Catalogue, questions
from loadtests.circumstances import (
    Circumstances,
    Installation,
    circumstances,
    durability,
    facts,
    installation,
)
from loadtests.cpu import CpuMeter
from loadtests.generator import Load, Plan
from loadtests.page_floor import measure_pages
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from renkei.instance import Instance

_BATCH = 500
_BATCHES_AT_ONCE = 4
_FLOOR_S = 3.0
_FAILED = 1
_STORAGES = ("separated", "shared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One scenario in one storage, and its floor in pages per second."""

    storage: str
    figures: Figures
    floor_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReport:
    """What one run measured, and under what."""

    circumstances: Circumstances
    entities: int
    indexed_in_s: dict[str, float]
    measured: Sequence[Measured]

    def as_json(self) -> bytes:
        """Write everything as JSON."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)

    def as_text(self) -> str:
        """Write a page for people."""
        under = self.circumstances
        lines = [
            f"{self.entities:,} entities a tenant, {under.connections} connections, "
            f"{under.workers} workers, {under.cores} cores, generator {under.generator}",
            f"{under.measured_at}  {under.note}".rstrip(),
            "",
            _HEADINGS,
            *map(_line, self.measured),
            "",
            *(
                f"{storage}: {len(INDEXED)} indexes filled in {seconds:.1f} s"
                for storage, seconds in self.indexed_in_s.items()
            ),
        ]
        return "\n".join(lines) + "\n"


_HEADINGS = (
    "storage    scenario      per s   p50 ms  p95 ms  p99 ms  errors   floor/s  ratio"
    "   µs CPU: workers postgres generator  all"
)


def _line(one: Measured) -> str:
    figures = one.figures
    shares = [figures.cpu_us_per_request(who) for who in ("workers", "postgres", "generator")]
    return (
        f"{one.storage:<10} {figures.scenario:<12} {figures.per_second:>6,.0f}"
        f"   {figures.latency.p50_ms:>6.1f}  {figures.latency.p95_ms:>6.1f}"
        f"  {figures.latency.p99_ms:>6.1f}  {figures.errors:>6,}   {one.floor_per_second:>7,.0f}"
        f"  {figures.per_second / one.floor_per_second:>5.2f}"
        f"            {shares[0]:>6.0f}   {shares[1]:>6.0f}    {shares[2]:>6.0f}"
        f" {sum(shares):>4.0f}"
    )


class Site:
    """One tenant of a renkei on this machine, filled and asked."""

    def __init__(
        self, found: Installation, data: Path, storage: str, http: aiohttp.ClientSession
    ) -> None:
        self._found = found
        self._base = found.url.removesuffix("/ngsi-ld/v1")
        self._http = http
        self._token = Instance(data).operator_token()
        self.storage = storage
        self.name = f"queries_{storage}"
        self.target = Target(url=found.url, tenant=self.name)

    async def prepare(self, entities: int) -> float:
        """Make tenant, entities and indexes, as far as they are not there from an earlier run.

        Answers with the seconds that the indexes took.
        """
        if await self._tenant() is None:
            body: JsonObject = {"name": self.name, "storage": self.storage}
            await self._admin("POST", "/admin/tenants", body)
            await self._fill(entities)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for path in INDEXED:
            await self._admin("POST", "/broker/v1/indexes", {"path": path})
        while any(  # noqa: ASYNC110 — it is asked over HTTP
            one["stage"] != "complete" for one in await self._indexes()
        ):
            await asyncio.sleep(0.1)
        return loop.time() - began_s

    async def measure(self, scenario: str, plan: Plan) -> Measured:
        """Measure one scenario and its floor."""
        asked = questions(scenario)
        load = Load(Ask(self.target, asked), self.target, plan, CpuMeter(self._found.supervisor))
        figures = await load.run(scenario)
        tenant = await self._tenant() or {}
        floor = await measure_pages(
            self._found.database_url,
            str(tenant["database"]),
            int(str(tenant["number"])),
            asked,
            connections=plan.connections,
            seconds=_FLOOR_S,
        )
        return Measured(storage=self.storage, figures=figures, floor_per_second=floor)

    async def _fill(self, entities: int) -> None:
        catalogue = Catalogue(Shelters(run="query"))
        turns = asyncio.Semaphore(_BATCHES_AT_ONCE)

        async def send(first: int) -> None:
            async with turns:
                body = catalogue.batch(first, min(_BATCH, entities - first))
                url = f"{self._found.url}/entityOperations/create"
                headers = {"NGSILD-Tenant": self.name, "Content-Type": "application/json"}
                async with self._http.post(url, data=body, headers=headers) as answer:
                    if answer.status != 201:
                        raise ValueError(f"Entities cannot be created: {await answer.text()}")

        async with asyncio.TaskGroup() as group:
            for first in range(0, entities, _BATCH):
                group.create_task(send(first))

    async def _tenant(self) -> JsonObject | None:
        found = await self._admin("GET", f"/admin/tenants/{self.name}")
        return cast(JsonObject, found) if found is not None else None

    async def _indexes(self) -> list[JsonObject]:
        return cast("list[JsonObject]", await self._admin("GET", "/broker/v1/indexes"))

    async def _admin(self, method: str, path: str, body: JsonObject | None = None) -> JsonValue:
        """Call an operators' API; None where there is no such thing."""
        headers = {"Authorization": f"Bearer {self._token}", "NGSILD-Tenant": self.name}
        async with self._http.request(
            method, self._base + path, json=body, headers=headers
        ) as answer:
            if answer.status == 404:
                return None
            if not answer.ok:
                raise ValueError(f"{method} {path}: {answer.status} {await answer.text()}")
            return cast(JsonValue, await answer.json())


async def run(options: argparse.Namespace) -> QueryReport:
    """Make one run and report it."""
    found = installation(options.data)
    measured: list[Measured] = []
    indexed_in_s: dict[str, float] = {}
    plan = Plan(connections=options.connections, warmup_s=options.warmup, seconds=options.seconds)
    async with _session() as http:
        for storage in options.storages.split(","):
            site = Site(found, options.data, storage, http)
            indexed_in_s[storage] = await site.prepare(options.entities)
            for scenario in options.scenarios.split(","):
                one = await site.measure(scenario, plan)
                measured.append(one)
    target = Target(url=found.url)
    under = circumstances(
        target,
        options.connections,
        found=found,
        said=await facts(target),
        durable=await durability(found.database_url),
        note=options.note,
    )
    return QueryReport(
        circumstances=under,
        entities=options.entities,
        indexed_in_s=indexed_in_s,
        measured=measured,
    )


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.query_peak",
        description="Measure how many pages of matching entities a renkei on this machine answers.",
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="data directory of the running renkei")
    add("--entities", type=int, default=100_000, help="of each tenant (default: %(default)s)")
    add("--storages", default=",".join(_STORAGES), help="default: %(default)s")
    add("--scenarios", default=",".join(SCENARIOS), help="default: %(default)s")
    add("--connections", type=int, default=10, help="default: %(default)s")
    add("--warmup", type=float, default=2.0, help="seconds before measuring (default: %(default)s)")
    add("--seconds", type=float, default=8.0, help="of each scenario (default: %(default)s)")
    add("--json", type=Path, help="write the figures to this file too")
    add("--note", default="", help="a remark for the report")
    return parser.parse_args(arguments)


def main() -> None:
    """Run the command; exit code 1 when a request went wrong."""
    options = _options()
    gc.disable()  # a collection would show as the broker's latency
    try:
        report = uvloop.run(run(options))
    except ValueError as error:
        sys.exit(str(error))
    print(report.as_text(), end="")
    if options.json is not None:
        options.json.write_bytes(report.as_json())
    if any(one.figures.errors for one in report.measured):
        sys.exit(_FAILED)


if __name__ == "__main__":
    main()
