"""In the shared database A's queries touch A's rows: B's, a hundred times as many, cost nothing."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import orjson

from broker.ngsi.geoquery import parse_geoquery
from broker.ngsi.names import Iri
from broker.ngsi.ordering import parse_ordering
from broker.ngsi.patterns import canonical
from broker.ngsi.q.parser import parse_path, parse_query
from broker.ngsi.q.paths import path_key
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import OneType
from broker.store.entities import _ATTRIBUTES, _TYPES
from broker.store.pages import Reading, read_page
from joint_use import Tenant
from kit.db import Connection
from tests.entities import SHELTER, an_id, create, now
from tests.stores import Platform

OWN = 100
TIMES = 100
DECLARED = ("capacity", "location")
_COPY = """
WITH k AS (
    INSERT INTO entity_kind (tenant, types) SELECT $2, types FROM entity_kind WHERE tenant = $1
    RETURNING kind
), e AS (
    INSERT INTO entity SELECT $2, id || '-' || n, k.kind, created_at, modified_at, expires_at,
        scopes, document FROM entity, k, generate_series(1, $3) n WHERE tenant = $1
)
INSERT INTO entity_index (tenant, kind, path, id, number, text, instant, cell)
SELECT $2, k.kind, path, id || '-' || n, number, text, instant, cell
FROM entity_index, k, generate_series(1, $3) n WHERE tenant = $1"""


def expand(term: str) -> Iri:
    known = {"location": "https://uri.etsi.org/ngsi-ld/location"}
    return Iri(known.get(term, f"https://example.org/{term}"))


SHELTERS = EntitySelector(types=OneType(SHELTER))
NEAR = parse_geoquery("near;maxDistance==2000", "Point", "[141.35,43.06]", expand)


def asking(q: str) -> EntityFilter:
    return EntityFilter(selectors=(SHELTERS,), q=parse_query(q, expand))


PATTERN = EntitySelector(types=OneType(SHELTER), id_pattern=canonical(".*9$"))
QUERIES: Mapping[str, tuple[EntityFilter, Window]] = {
    "type": (EntityFilter(selectors=(SHELTERS,)), Window(limit=20)),
    "offset and count": (
        EntityFilter(selectors=(SHELTERS,)),
        Window(limit=20, offset=60, count=True),
    ),
    "ids": (EntityFilter(selectors=(EntitySelector(ids=(an_id(7),)),)), Window(limit=20)),
    "id pattern": (EntityFilter(selectors=(PATTERN,)), Window(limit=20, count=True)),
    "anything": (EntityFilter(), Window(limit=20, count=True)),
    "attributes": (EntityFilter(attributes=(expand("capacity"),)), Window(limit=20)),
    "indexed value": (asking("capacity==7"), Window(limit=20)),
    "indexed range": (asking("capacity>=20;capacity<40"), Window(limit=20, count=True)),
    "unindexed value": (asking('name=="nobody"'), Window(limit=20, count=True)),
    "pattern of a value": (asking('name~=".*x.*"'), Window(limit=20)),
    "place": (EntityFilter(selectors=(SHELTERS,), geo=NEAR), Window(limit=20, count=True)),
    "scope": (
        EntityFilter(selectors=(SHELTERS,), scopes=parse_scope_query("/a/#")),
        Window(limit=20, count=True),
    ),
    "order": (
        EntityFilter(selectors=(SHELTERS,)),
        Window(limit=20, ordering=parse_ordering(("capacity;desc",), expand)),
    ),
}


class Plans:
    """Hears the statements of a connection and explains them, with the pages that they read."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, tuple[object, ...]]] = []

    def hear(self, query: Any) -> None:
        if query.query.lstrip().startswith(("SELECT", "WITH")):
            self._heard.append((query.query, tuple(query.args)))

    async def explained(self, connection: Connection) -> list[dict[str, Any]]:
        heard, self._heard = self._heard, []
        plans = []
        for sql, args in heard:
            explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}"
            plans.append(orjson.loads(await connection.fetchval(explain, *args))[0]["Plan"])
        return plans


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_met(node: dict[str, Any]) -> float:
    """How many rows a scan has looked at, those that it threw away too."""
    thrown_away = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    met: float = (node["Actual Rows"] + thrown_away) * node["Actual Loops"]
    return met


async def explained(
    platform: Platform, tenant: Tenant, wanted: EntityFilter, window: Window
) -> list[dict[str, Any]]:
    """Read a page as the store does, and explain what it asked."""
    plans = Plans()
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(platform.tenants.reading(tenant))
        declared = [path_key(parse_path(path, expand)) for path in DECLARED]
        reading = Reading(
            connection=connection,
            tenant=tenant.number,
            now=now(),
            kinds=platform.tenants.kinds(tenant),
            declared=declared,
        )
        await read_page(reading, wanted, window)  # learns the kinds
        connection.add_query_logger(plans.hear)
        try:
            await read_page(reading, wanted, window)
        finally:
            await asyncio.sleep(0)  # loggers are called a moment later
            connection.remove_query_logger(plans.hear)
        return await plans.explained(connection)


async def two_tenants(platform: Platform) -> tuple[Tenant, Tenant]:
    """A with a hundred entities, half of them before and half after B's ten thousand."""
    a, b = await platform.a_tenant(), await platform.a_tenant()
    for tenant in (a, b):
        for path in DECLARED:
            await platform.as_owner(
                tenant,
                "INSERT INTO index_declaration (tenant, path, is_complete) VALUES ($1, $2, true)",
                tenant.number,
                path_key(parse_path(path, expand)),
            )
    fill = platform.store.entities.write_all
    await fill(a, [create(n, n, scopes=("/a/b",)) for n in range(OWN // 2)])
    await platform.as_owner(a, _COPY.replace("$3", str(2 * TIMES)), a.number, b.number)
    await platform.as_owner(
        a,
        "INSERT INTO entity_kind (tenant, types)"
        " SELECT $1, ARRAY['https://example.org/' || n] FROM generate_series(1, 1000) n",
        b.number,
    )
    await fill(a, [create(n, n, scopes=("/a/b",)) for n in range(OWN // 2, OWN)])
    await platform.as_owner(a, "ANALYZE")
    return a, b


async def test_the_plans_of_one_meet_no_row_of_the_other(platform: Platform) -> None:
    a, b = await two_tenants(platform)
    ((count,),) = await platform.as_owner(
        a, "SELECT count(*) FROM entity WHERE tenant = $1", b.number
    )
    assert count == OWN * TIMES
    rows = await platform.as_owner(
        a, "SELECT count(*) FROM entity_index WHERE tenant = $1", a.number
    )
    has = {"entity": OWN, "entity_index": rows[0][0], "entity_kind": 1}
    for name, (wanted, window) in QUERIES.items():
        plans = await explained(platform, a, wanted, window)
        assert plans, name
        for node in (one for plan in plans for one in nodes(plan)):
            table = node.get("Relation Name")
            if table is None:
                continue
            assert node["Node Type"] != "Seq Scan", (name, node)
            assert rows_met(node) <= has[table] * node["Actual Loops"], (name, node)
        pages = sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)
        # Each row and each descent of an index; B's rows alone lie on more than a thousand pages.
        assert pages <= 4 * (OWN + 20 * len(plans)), (name, pages)


async def test_what_is_listed_and_locked_of_one_is_found_among_its_rows(
    platform: Platform,
) -> None:
    a, _ = await two_tenants(platform)
    for statement in (_TYPES, _ATTRIBUTES):
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        async with platform.tenants.reading(a) as connection:
            plan = orjson.loads(await connection.fetchval(explain, a.number))[0]["Plan"]
        scans = [node for node in nodes(plan) if node.get("Relation Name") == "entity"]
        assert scans
        for node in scans:
            assert node["Node Type"] != "Seq Scan"
            assert rows_met(node) <= OWN
    async with platform.tenants.writing(a) as connection:
        locked = "SELECT * FROM entity WHERE tenant = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {locked}"
        plan = orjson.loads(
            await connection.fetchval(explain, a.number, [an_id(7), "urn:ngsi-ld:Shelter:7-1"])
        )[0]["Plan"]
    assert plan["Actual Rows"] == 1
    for node in nodes(plan):
        assert node.get("Rows Removed by Filter", 0) == 0
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 20
