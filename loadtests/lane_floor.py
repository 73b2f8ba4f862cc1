"""What the lane itself costs: commands through it without HTTP, beside bare asyncpg.

A PostgreSQL of its own is started with durable commits; the floor (loadtests.floor) inserts and
selects the same entities in the same run.

    python -m loadtests.lane_floor --requesters 32 --seconds 3
"""

import argparse
import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import uvloop

from broker.ngsi.commands import Create, Update
from broker.ngsi.contexts import core
from broker.ngsi.entity import Fragment
from broker.ngsi.expand import expand_entity
from broker.ngsi.names import EntityId, Iri
from broker.store.store import Store
from broker.store.tenants import TenantDatabases
from joint_use import Placement, Storage, Tenant
from kit.db import Database, Databases, Server
from loadtests import floor
from loadtests.cpu import CpuMeter
from loadtests.shelters import Shelters
from renkei.embedded import EmbeddedPostgres

_SERVER = "main"
_TEMPERATURE = Iri("https://uri.etsi.org/ngsi-ld/default-context/temperature")

Ask = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One scenario's pace and what it cost this process."""

    name: str
    per_second: float
    python_us: float
    postgres_us: float
    machine: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requesters", type=int, default=32, help="requests open at once")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    parser.add_argument(
        "--storage", choices=[one.value for one in Storage], default=Storage.SHARED.value
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lane-floor-") as directory:
        Path(directory).chmod(0o755)  # PostgreSQL's account must pass
        with EmbeddedPostgres(Path(directory) / "postgres") as postgres:
            server = Server(
                name=_SERVER,
                admin_dsn=postgres.admin_dsn,
                application_dsn=postgres.application_dsn,
            )
            uvloop.run(_measure(server, Storage(options.storage), options))


async def _measure(server: Server, storage: Storage, options: argparse.Namespace) -> None:
    requesters, seconds = options.requesters, options.seconds
    print(f"{requesters} requesters, {storage.value} storage, durable commits, "
          f"{os.cpu_count()} cores, generator in this process\n")  # fmt: skip
    paces = await floor.measure(server.admin_dsn, requesters=requesters, seconds=seconds)
    for name, pace in paces.items():
        print(f"floor: {name:<28} {pace.single:>8.0f}/s single {pace.gathered:>8.0f}/s gathered")
    for history_days in (0, 30):
        async with _store(server, storage, history_days) as (store, tenant):
            for figure in await _scenarios(store, tenant, requesters, seconds):
                label = f"{figure.name}, history {'on' if history_days else 'off'}"
                print(f"lane:  {label:<28} {figure.per_second:>8.0f}/s "
                      f"{figure.python_us:>6.1f} us of Python, {figure.postgres_us:>6.1f} us of "
                      f"PostgreSQL each; machine busy {figure.machine:.1f} cores")  # fmt: skip


async def _scenarios(store: Store, tenant: Tenant, requesters: int, seconds: float) -> list[Figure]:
    shelters, context, at = Shelters(run=f"lane-{tenant.number}"), core(), datetime.now(UTC)
    fragments: list[Fragment] = []
    new = itertools.count()

    def fragment(number: int) -> Fragment:
        return expand_entity(orjson.loads(shelters.body(number)), context)

    async def create(number: int) -> None:
        made = fragments[number]
        await store.entities.write(tenant, Create(id=made.id or EntityId(""), at=at, fragment=made))

    async def get(number: int) -> None:
        entity_id = EntityId(shelters.entity_id(number))
        found = await store.entities.read(tenant, [entity_id])
        assert entity_id in found  # noqa: S101 — a measurement of nothing is none

    async def update(number: int) -> None:
        changed: Fragment = Fragment(
            attributes={_TEMPERATURE: [{"type": "Property", "value": number % 40}]}
        )
        await store.entities.write(
            tenant,
            Update(id=EntityId(shelters.entity_id(number)), at=datetime.now(UTC), fragment=changed),
        )

    await _prepare(fragments, fragment, int(seconds * 16_000))
    created = await _figure("creates", create, new, requesters, seconds, len(fragments))
    there = next(new)
    some = itertools.cycle(range(there))
    return [
        created,
        await _figure("updates of one attribute", update, some, requesters, seconds),
        await _figure("gets by id", get, some, requesters, seconds),
    ]


async def _prepare(
    fragments: list[Fragment], fragment: Callable[[int], Fragment], count: int
) -> None:
    for number in range(count):
        fragments.append(fragment(number))
        if number % 500 == 0:
            await asyncio.sleep(0)


async def _figure(
    name: str,
    ask: Ask,
    numbers: "itertools.count[int] | itertools.cycle[int]",
    requesters: int,
    seconds: float,
    most: int | None = None,
) -> Figure:
    meter = CpuMeter(os.getpid())
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    done = 0

    async def requester() -> None:
        nonlocal done
        while time.perf_counter() - began_s < seconds and (
            most is None or done + requesters < most
        ):
            await ask(next(numbers))
            done += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(requesters):
            group.create_task(requester())
    spent_s = time.perf_counter() - began_s
    python_us = (time.process_time() - began_cpu_s) / max(done, 1) * 1e6
    cores = meter.read()
    return Figure(
        name=name,
        per_second=done / spent_s,
        python_us=python_us,
        postgres_us=cores["postgres"] * spent_s / max(done, 1) * 1e6,
        machine=cores["machine"],
    )


@asynccontextmanager
async def _store(
    server: Server, storage: Storage, history_days: int
) -> AsyncIterator[tuple[Store, Tenant]]:
    number = history_days + 1
    name = f"lane_{number}" if storage is Storage.SEPARATED else "lane_shared"
    tenant = Tenant(
        number=number,
        name=f"t{number}",
        storage=storage,
        placement=Placement(server=_SERVER, database=name),
    )

    async def reload(known: Tenant) -> Tenant:
        return known

    async with Databases([server]) as databases:
        tenants = TenantDatabases(databases, reload, history_days=history_days)
        async with databases.admin(Database(_SERVER, "postgres")) as connection:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        await tenants.provision(tenant)
        async with Store.open(databases, tenants) as store:
            yield store, tenant


if __name__ == "__main__":
    main()
