"""How fast a large catalog answers: `python -m loadtests.catalog_pages`.

Fills the catalog of a renkei of its own straight into PostgreSQL, as the keeper of made entries
would over days: 1,741 tenants, each of an organisation, with an API and 20 datasets. Then asks for
searches, linksets, DCAT pages and CKAN's actions, one after the other and several at a time, and
tells the time that 95 of 100 answers stay below.
"""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import asyncpg

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.made import Held, Holder, KnownModel, made_entries
from api_catalog.catalog.words import Field, Words
from api_catalog.store.rows import facts_text, values_of
from datamodels import models
from renkei.embedded import EmbeddedPostgres

TENANTS, DATASETS = 1_741, 20
SEARCH_MS, PAGE_MS = 150.0, 200.0
_READY_S = 120.0
_KNOWN = [one for one in models() if not one.personal][:DATASETS]
_MODELS = {
    one.iri: KnownModel(
        name=one.type, title=Words(one.name_ja, one.name_en), field=Field(one.field)
    )
    for one in _KNOWN
}
_SYLLABLES = "札江更小高松別幌水清村市北南東西山川田中島野原岡大新上下千石浜津沢森林宮白黒".strip()
_AT = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One kind of request: its addresses, and what 95 of 100 answers have to stay below."""

    name: str
    paths: Sequence[str]
    most_ms: float


def holders(many: int, platform: str) -> Iterator[Holder]:
    """Make up municipalities, the same ones each time."""
    source = random.Random(1741)
    for number in range(many):
        name = "".join(source.choices(_SYLLABLES, k=3)) + source.choice("市町村")
        key = f"m{number:04}"
        owner = Publisher(key=key, name=Words(name, key), page=f"{platform}/owners/{key}")
        yield Holder(tenant=key, name=Words(name, key), owner=owner, licence="CC-BY-4.0")


def entries(holder: Holder, platform: str) -> Iterator[tuple[Entry, Facts | None]]:
    """Make a municipality's entries, by the code that makes them of data."""
    held = [
        Held(
            types=(iri,),
            entities=100 + place,
            changed_at=_AT,
            extent=(141.0, 43.0, 141.5, 43.5),
            attributes=("name", "location", "identifier"),
        )
        for place, iri in enumerate(_MODELS)
    ]
    for one in made_entries(holder, held, _MODELS.get, platform, _AT):
        yield replace(one.entry, modified_at=_AT), one.facts


async def fill(dsn: str, many: int, platform: str) -> int:
    """Write tenants, organisations and entries; answer with how many entries there are."""
    connection = await asyncpg.connect(dsn)
    try:
        code = "011002"
        await connection.execute(
            "INSERT INTO municipality VALUES ($1, '札幌市', 'Sapporo', 'load', now())", code
        )
        everyone = list(holders(many, platform))
        names = [one.tenant for one in everyone]
        await connection.execute(_LATER, names, datetime.now(UTC) + _YEAR)
        await connection.copy_records_to_table(
            "organisation",
            records=[
                (one.tenant, code, "department", one.name.ja, "load", _AT) for one in everyone
            ],
            columns=["name", "municipality_code", "kind", "name_ja", "changed_by", "changed_at"],
        )
        await connection.copy_records_to_table(
            "tenant",
            records=[
                (one.tenant, "shared", "main", "nowhere", "active", code, one.name.ja, _AT,
                 one.tenant) for one in everyone
            ],
            columns=[
                "name", "storage", "server", "database", "status", "municipality_code", "name_ja",
                "created_at", "organisation",
            ],
        )  # fmt: skip
        indexes = [row["indexdef"] for row in await connection.fetch(_INDEXES)]
        await connection.execute("DROP INDEX catalog_entry_by_grams, catalog_entry_by_facets")
        rows = [
            (*values_of(entry, one.owner, _AT), _AT, True, facts_text(facts))
            for one in everyone
            for entry, facts in entries(one, platform)
        ]
        await connection.copy_records_to_table("catalog_entry", records=rows, columns=_ENTRY)
        await connection.execute(_VERSIONS)
        for index in indexes:
            await connection.execute(index)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return len(rows)


_YEAR = timedelta(days=365)
_ENTRY = [
    "key", "kind", "owner", "tenant", "lifecycle", "visibility", "version", "document", "searched",
    "grams", "facets", "created_at", "package", "modified_at", "made_here", "facts",
]  # fmt: skip
_VERSIONS = """
INSERT INTO catalog_version (key, version, document, by, at)
SELECT key, 1, document, 'load', created_at FROM catalog_entry WHERE made_here
ON CONFLICT DO NOTHING"""
_INDEXES = """
SELECT indexdef FROM pg_indexes
WHERE indexname IN ('catalog_entry_by_grams', 'catalog_entry_by_facets')"""
_LATER = "INSERT INTO catalog_look (tenant, due_at) SELECT unnest($1::text[]), $2::timestamptz"


def questions(many: int, platform: str) -> list[Asked]:
    """Say what is asked, with words that people would type."""
    source = random.Random(20)
    names = [holder.name.ja for holder in holders(many, platform)]
    titles = [one.title.ja for one in _MODELS.values()]
    words = [
        *(f"{source.choice(names)} {source.choice(titles)}" for _ in range(30)),
        *source.sample(names, 10),
        *titles[:10],
        *(title[:2] for title in titles[:10]),
    ]
    tenants = [f"m{source.randrange(many):04}" for _ in range(30)]
    facets = "kind,field,owner,tenant,licence,proofing,authentication"
    last = -(-many * (DATASETS + 1) // 100)
    return [
        Asked(
            name="search by words",
            paths=[f"/catalog/entries?limit=20&q={word}" for word in words],
            most_ms=SEARCH_MS,
        ),
        Asked(
            name="search by words, counted by 7 facets",
            paths=[f"/catalog/entries?limit=20&q={word}&count={facets}" for word in words],
            most_ms=SEARCH_MS,
        ),
        Asked(
            name="search by field and tenant",
            paths=[f"/catalog/entries?limit=20&field=観光&tenant={one}" for one in tenants],
            most_ms=SEARCH_MS,
        ),
        Asked(
            name="the portal's search page",
            paths=[f"/search?q={word}" for word in words],
            most_ms=SEARCH_MS,
        ),
        Asked(
            name="linkset of the platform",
            paths=["/.well-known/api-catalog"],
            most_ms=PAGE_MS,
        ),
        Asked(
            name="linkset of a tenant",
            paths=[f"/tenants/{one}/api-catalog" for one in tenants],
            most_ms=PAGE_MS,
        ),
        Asked(
            name="DCAT page of the platform",
            paths=[f"/catalog/catalog.jsonld?page={1 + n * last // 30}" for n in range(30)],
            most_ms=PAGE_MS,
        ),
        Asked(
            name="DCAT page of a tenant",
            paths=[f"/tenants/{one}/catalog.jsonld" for one in tenants],
            most_ms=PAGE_MS,
        ),
        Asked(
            name="package_search, 100 packages",
            paths=[
                f"/api/3/action/package_search?rows=100&start={n * 1000}" for n in range(many // 60)
            ],
            most_ms=PAGE_MS,
        ),
    ]


async def ask(url: str, asked: Asked, calls: int, at_once: int) -> list[float]:
    """Ask again and again; answer with the milliseconds that each answer took."""
    taken: list[float] = []
    left = iter(range(calls))

    async def client(session: aiohttp.ClientSession) -> None:
        for number in left:
            path = asked.paths[number % len(asked.paths)]
            began_s = time.perf_counter()
            async with session.get(url + path) as answer:
                await answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{path} answers {answer.status}")
            taken.append((time.perf_counter() - began_s) * 1000)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as clients:
        for _ in range(at_once):
            clients.create_task(client(session))
    return taken


def p95(taken: Sequence[float]) -> float:
    """Answer with what 95 of 100 stay below.

    >>> p95([float(n) for n in range(1, 101)])
    95.05
    """
    return round(statistics.quantiles(taken, n=20, method="inclusive")[-1], 2)


async def measure(url: str, many: int, calls: int) -> bool:
    """Ask for everything, print a table, and tell whether all stays below what it has to."""
    print(f"{'what':40} {'median':>8} {'p95':>8} {'p95 of 4 at once':>18}  below")
    holds = True
    for asked in questions(many, url):
        await ask(url, asked, len(asked.paths), 1)  # once, so that caches are as on any day
        alone = await ask(url, asked, calls, 1)
        together = await ask(url, asked, calls, 4)
        holds = holds and p95(alone) < asked.most_ms
        print(
            f"{asked.name:40} {statistics.median(alone):6.0f}ms {p95(alone):6.0f}ms "
            f"{p95(together):16.0f}ms  {asked.most_ms:.0f}ms"
        )
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure a catalog of many tenants")
    parser.add_argument("--tenants", type=int, default=TENANTS)
    parser.add_argument("--calls", type=int, default=200, help="of each kind (default: 200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="renkei_catalog_") as directory:
        root = Path(directory)
        with EmbeddedPostgres(root / "postgres") as postgres:
            return _run(options, root, postgres.admin_dsn)


def _run(options: argparse.Namespace, root: Path, dsn: str) -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("renkei")), "up", "--data", str(root / "data")]
    server = subprocess.Popen(  # noqa: S603 — our own command
        [*command, "--port", str(port)],
        env={**os.environ, "RENKEI_DATABASE_URL": dsn},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asyncio.run(_ready(url))
        began_s = time.monotonic()
        control = dsn.replace("/postgres?", "/renkei?", 1)
        found = asyncio.run(fill(control, options.tenants, url))
        print(f"{options.tenants} tenants, {found} entries, in {time.monotonic() - began_s:.0f} s")
        return 0 if asyncio.run(measure(url, options.tenants, options.calls)) else 1
    finally:
        server.terminate()
        server.wait(30)


async def _ready(url: str) -> None:
    async with asyncio.timeout(_READY_S), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
