"""What is kept of the past answers the temporal questions of CIM 009 §5.7.3, each by the index.

Nobody asks them yet; these are the statements that can, as the application's role.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import pytest

from broker.ngsi.commands import Append, Command, Create, Delete, DeleteAttribute
from broker.ngsi.entity import Fragment, Instance
from broker.ngsi.names import EntityId, Iri
from broker.store.history import SEVERAL
from broker.store.partitions import month_of
from joint_use import Tenant
from kit.db import Connection
from tests.entities import SHELTER, an_id
from tests.stores import Platform

NAME, LEVEL, WIDTH = (Iri(f"https://example.org/{one}") for one in ("name", "level", "width"))
START: Final = month_of(datetime.now(UTC)) + timedelta(minutes=1)
UPDATES: Final = 200
OTHERS: Final = 50

# One attribute of one Entity, the last of its instances first: rows of its own, and those that
# others are in, each read from its end until there are enough.
LAST = f"""
(SELECT recorded_at, number, effect, dataset_id, body FROM attribute_instance
 WHERE tenant = $1 AND entity_id = $2 AND attribute = $3 AND recorded_at >= $4 AND recorded_at < $5
 ORDER BY recorded_at DESC, number DESC LIMIT $6)
UNION ALL
(SELECT recorded_at, number, effect, one ->> 'datasetId', one
 FROM attribute_instance, jsonb_array_elements(body -> $3) AS one
 WHERE tenant = $1 AND entity_id = $2 AND attribute = '{SEVERAL}'
   AND recorded_at >= $4 AND recorded_at < $5
 ORDER BY recorded_at DESC, number DESC LIMIT $6)
ORDER BY recorded_at DESC, number DESC LIMIT $6"""  # noqa: S608 — the name is ours
# By when it was observed, of one dataset: all that is kept of the attribute is looked at.
OBSERVED = f"""
SELECT one FROM (
    SELECT recorded_at, body AS one FROM attribute_instance
    WHERE tenant = $1 AND entity_id = $2 AND attribute = $3
    UNION ALL
    SELECT recorded_at, one FROM attribute_instance, jsonb_array_elements(body -> $3) AS one
    WHERE tenant = $1 AND entity_id = $2 AND attribute = '{SEVERAL}'
) found
WHERE (one ->> 'observedAt')::timestamptz >= $4 AND (one ->> 'observedAt')::timestamptz < $5
  AND one ->> 'datasetId' IS NOT DISTINCT FROM $6
ORDER BY (one ->> 'observedAt')::timestamptz"""  # noqa: S608 — likewise
# All that happened to some Entities in a time.
ALL = """
SELECT entity_id, effect, attribute, recorded_at FROM attribute_instance
WHERE tenant = $1 AND entity_id = ANY ($2) AND recorded_at >= $3 AND recorded_at < $4
ORDER BY entity_id, recorded_at, number"""


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def level(minute: int, dataset_id: str | None = None) -> Instance:
    one: Instance = {
        "type": "Property",
        "value": minute,
        "observedAt": at(minute - 5).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return one if dataset_id is None else {**one, "datasetId": dataset_id}


def a_life(entity_id: EntityId) -> Iterator[Command]:
    """Created; then now the level alone, now with the width, now another attribute; deleted."""
    name: Instance = {"type": "Property", "value": "a"}
    made: Fragment = Fragment(
        types=(SHELTER,), attributes={NAME: [name], LEVEL: [level(0), level(0, "urn:d:1")]}
    )
    yield Create(id=entity_id, at=at(0), fragment=made)
    for minute in range(1, UPDATES):
        width: Instance = {"type": "Property", "value": minute}
        turns: list[dict[Iri, list[Instance]]] = [
            {LEVEL: [level(minute)]},
            {LEVEL: [level(minute)], WIDTH: [width]},
            {NAME: [name]},
        ]
        fragment = Fragment(attributes=turns[minute % 3])
        yield Append(id=entity_id, at=at(minute), fragment=fragment)
    yield DeleteAttribute(id=entity_id, at=at(UPDATES), attribute=LEVEL)
    yield Delete(id=entity_id, at=at(UPDATES + 1))


@pytest.fixture
async def lived(platform: Platform, tenant: Tenant) -> Tenant:
    await platform.store.entities.write_all(tenant, list(a_life(an_id(0))))
    some = list(a_life(an_id(1)))[:20]
    for number in range(1, OTHERS):
        others = [replace(command, id=an_id(number)) for command in some]
        await platform.store.entities.write_all(tenant, others)
    return tenant


async def asked(
    platform: Platform, tenant: Tenant, question: str, *arguments: object
) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    """Ask as the application; answers with the rows and the plan."""
    async with platform.tenants.reading(tenant) as connection:
        rows = await connection.fetch(question, tenant.number, *arguments)
        plan = await explained(connection, question, tenant.number, *arguments)
    return [tuple(row) for row in rows], plan


async def explained(connection: Connection, question: str, *arguments: object) -> dict[str, Any]:
    explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {question}"
    plan: dict[str, Any] = orjson.loads(await connection.fetchval(explain, *arguments))[0]["Plan"]
    return plan


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan:
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


def rows_met(plan: dict[str, Any], *conditions: str) -> float:
    """Count the rows that were looked at, after checking that the index led to them."""
    found = list(scans(plan))
    assert found
    for scan in found:
        assert scan["Node Type"] in ("Index Scan", "Bitmap Heap Scan"), scan
        leaf = scan if scan["Node Type"] == "Index Scan" else scan["Plans"][0]
        for condition in conditions:
            assert condition in leaf["Index Cond"], leaf
    met: float = sum(
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
        for scan in found
    )
    return met


async def test_the_last_instances_are_read_from_the_end(platform: Platform, lived: Tenant) -> None:
    rows, plan = await asked(platform, lived, LAST, an_id(0), LEVEL, at(0), at(UPDATES), 10)
    told = [orjson.loads(body)["value"] for *_, body in rows]
    assert told == [minute for minute in range(UPDATES - 1, 0, -1) if minute % 3 != 2][:10]
    assert rows_met(plan, "entity_id", "attribute", "recorded_at") <= 2 * (10 + 1)


async def test_a_time_holds_what_was_written_in_it(platform: Platform, lived: Tenant) -> None:
    rows, plan = await asked(platform, lived, LAST, an_id(0), LEVEL, at(30), at(60), 1_000)
    assert {orjson.loads(body)["value"] for *_, body in rows} == {
        minute for minute in range(30, 60) if minute % 3 != 2
    }
    assert rows_met(plan, "entity_id", "attribute", "recorded_at") <= 30


async def test_the_beginning_and_deletions_are_seen(platform: Platform, lived: Tenant) -> None:
    rows, _ = await asked(platform, lived, LAST, an_id(0), LEVEL, at(0), at(1), 10)
    assert {(effect, dataset) for _, _, effect, dataset, _ in rows} == {(1, None), (1, "urn:d:1")}
    rows, _ = await asked(platform, lived, LAST, an_id(0), LEVEL, at(UPDATES), at(UPDATES + 1), 10)
    assert [(effect, body) for _, _, effect, _, body in rows] == [(3, None)]
    rows, _ = await asked(platform, lived, LAST, an_id(0), WIDTH, at(UPDATES), at(UPDATES + 9), 10)
    assert [(effect, orjson.loads(body)) for _, _, effect, _, body in rows] == [(3, {})]


async def test_what_was_observed_in_a_time_is_found(platform: Platform, lived: Tenant) -> None:
    of = (an_id(0), LEVEL, at(25), at(55))
    rows, plan = await asked(platform, lived, OBSERVED, *of, None)
    told = [orjson.loads(body)["value"] for (body,) in rows]
    assert told == [minute for minute in range(30, 60) if minute % 3 != 2]
    assert rows_met(plan, "entity_id", "attribute") <= UPDATES + 2
    of = (an_id(0), LEVEL, at(-6), at(0))
    rows, _ = await asked(platform, lived, OBSERVED, *of, "urn:d:1")
    assert [orjson.loads(body)["value"] for (body,) in rows] == [0]


async def test_all_of_an_entity_in_a_time_is_found(platform: Platform, lived: Tenant) -> None:
    wanted = [an_id(0), an_id(3)]
    rows, plan = await asked(platform, lived, ALL, wanted, at(0), at(20))
    assert next(row[1] for row in rows if row[0] == an_id(0)) == 1
    assert {row[0] for row in rows} == set(wanted)
    assert rows_met(plan, "entity_id") == len(rows)
