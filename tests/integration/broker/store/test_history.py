"""History: which rows a change leaves, how long they stay, what the sweeper takes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from broker.ngsi.archive import Line
from broker.ngsi.commands import Append, Command, Create, Delete, DeleteAttribute, PartialUpdate
from broker.ngsi.entity import Fragment, Instance
from broker.ngsi.names import Iri
from broker.store.archive_rows import ArchiveRows
from broker.store.groups import first_flush_id, new_flush_id
from broker.store.history import SEVERAL
from broker.store.history_lines import HISTORY, history_lines
from broker.store.partitions import add_partitions, month_of, partition_name
from broker.store.sweeper import Sweeper
from broker.store.tenants import database_of
from joint_use import Storage, Tenant
from kit.sealing import Seal
from tests.entities import (
    CAPACITY,
    LOCATION,
    SHELTER,
    a_fragment,
    an_id,
    create,
    now,
    update,
    upsert,
)
from tests.stores import Platform

CREATED, UPDATED, DELETED = "created", "updated", "deleted"
NAME = Iri("https://example.org/name")


async def lines(platform: Platform, tenant: Tenant) -> list[Line]:
    """Read what happened to each attribute instance, in whatever rows it is."""
    async with platform.tenants.reading(tenant) as connection:
        rows = await connection.fetch(HISTORY, tenant.number)
    return [line for row in rows for line in history_lines(row)]


async def history(platform: Platform, tenant: Tenant) -> list[tuple[Any, ...]]:
    members = ("effect", "attribute", "datasetId", "instance")
    return [tuple(line[one] for one in members) for line in await lines(platform, tenant)]


async def names(platform: Platform, tenant: Tenant) -> list[tuple[int, str]]:
    """Read what rows there are: the effect, and the attribute or that there are several."""
    rows = await platform.as_owner(
        tenant,
        "SELECT effect, attribute FROM attribute_instance WHERE tenant = $1 "
        "ORDER BY recorded_at, number",
        tenant.number,
    )
    return [(effect, attribute) for effect, attribute in rows]


async def write(platform: Platform, tenant: Tenant, *commands: Command) -> None:
    for command in commands:
        await platform.store.entities.write(tenant, command)


async def test_each_instance_that_is_written_leaves_a_line(
    platform: Platform, tenant: Tenant
) -> None:
    await write(platform, tenant, create(1, 480), update(1, 481), update(1, 481))
    found = await history(platform, tenant)
    created, updated = found[:2], found[2:]
    assert {row[:2] for row in created} == {(CREATED, CAPACITY), (CREATED, LOCATION)}
    assert [(*row[:2], row[3]["value"]) for row in updated] == [(UPDATED, CAPACITY, 481)] * 2


async def test_a_row_holds_all_that_a_change_did_alike(platform: Platform, tenant: Tenant) -> None:
    both = a_fragment(7).attributes
    name: list[Instance] = [{"type": "Property", "value": "a"}]
    append = Append(id=an_id(), at=now(), fragment=Fragment(attributes={**both, NAME: name}))
    await write(platform, tenant, create(1), append, update(1, 8), Delete(id=an_id(), at=now()))
    assert await names(platform, tenant) == [
        (1, SEVERAL), (2, SEVERAL), (1, NAME), (2, CAPACITY), (3, SEVERAL), (3, "type"),
    ]  # fmt: skip
    created, appended = (await lines(platform, tenant))[:2], (await lines(platform, tenant))[2:5]
    assert {line["attribute"] for line in created} == {CAPACITY, LOCATION}
    assert [(line["effect"], line["attribute"]) for line in appended] == [
        (UPDATED, CAPACITY), (UPDATED, LOCATION), (CREATED, NAME),
    ]  # fmt: skip
    deleted = (await history(platform, tenant))[6:]
    assert {row[1] for row in deleted[:3]} == {CAPACITY, LOCATION, NAME}
    assert {(row[0], *row[2:]) for row in deleted[:3]} == {(DELETED, None, None)}
    assert deleted[3:] == [(DELETED, "type", None, [SHELTER])]


async def test_deleted_instances_keep_their_dataset_id(platform: Platform, tenant: Tenant) -> None:
    one: Instance = {"type": "Property", "value": 1}
    both: list[Instance] = [one, {**one, "datasetId": "urn:d:1"}]
    fragment = Fragment(types=(SHELTER,), attributes={CAPACITY: both})
    await write(
        platform,
        tenant,
        Create(id=an_id(), at=now(), fragment=fragment),
        Delete(id=an_id(), at=now()),
    )
    assert (await history(platform, tenant))[2:4] == [
        (DELETED, CAPACITY, None, None),
        (DELETED, CAPACITY, "urn:d:1", None),
    ]


async def test_an_entity_without_attributes_is_noted_too(
    platform: Platform, tenant: Tenant
) -> None:
    await write(platform, tenant, create(1, attributes={}))
    assert await names(platform, tenant) == [(1, SEVERAL)]
    assert await lines(platform, tenant) == []


async def test_rows_of_the_version_before_are_read(platform: Platform, tenant: Tenant) -> None:
    seen = "2026-08-01T00:00:00.250000Z"
    instance: Instance = {"type": "Property", "value": 1, "observedAt": seen}
    for effect, body in ((1, orjson.dumps(instance)), (3, None)):
        await platform.as_owner(
            tenant,
            "INSERT INTO attribute_instance (tenant, effect, recorded_at, observed_at, entity_id, "
            "attribute, dataset_id, body) "
            "VALUES ($1, $2, now(), $3, 'urn:a:1', 'urn:p', 'urn:d:1', $4)",
            tenant.number,
            effect,
            None if body is None else datetime.fromisoformat(seen),
            body,
        )
    created, deleted = await lines(platform, tenant)
    assert (created["effect"], created["observedAt"]) == (CREATED, seen)
    assert (created["datasetId"], created["instance"]) == ("urn:d:1", instance)
    assert (deleted["effect"], deleted["observedAt"]) == (DELETED, None)
    assert (deleted["datasetId"], deleted["instance"]) == ("urn:d:1", None)


async def test_what_comes_from_an_archive_is_what_went_into_it(platform: Platform) -> None:
    tenant, again = await platform.a_tenant(), await platform.a_tenant()
    await write(platform, tenant, create(1), update(1, 7), upsert(1, 8), create(2))
    await write(platform, tenant, Delete(id=an_id(), at=now()))
    written = await lines(platform, tenant)
    # The version before knows no rows of several: in an archive of its they are lines as they are.
    instances: Line = {CAPACITY: [written[0]["instance"]]}
    several: Line = {**written[0], "attribute": SEVERAL, "instance": instances}
    rows = ArchiveRows(platform.databases, platform.tenants, Seal(bytes(32)))
    await rows.add_history(again, [several, *written])
    assert await lines(platform, again) == [written[0], *written]


async def test_lines_keep_when_something_was_observed(platform: Platform, tenant: Tenant) -> None:
    seen: Instance = {"type": "Property", "value": 1, "observedAt": "2026-08-01T00:00:00.25Z"}
    both: list[Instance] = [seen, {**seen, "datasetId": "urn:d:1"}]
    fragment = Fragment(types=(SHELTER,), attributes={CAPACITY: both})
    later = PartialUpdate(
        id=an_id(), at=now(), attribute=CAPACITY,
        instance={"value": 2, "observedAt": "2026-08-02T00:00:00Z"},
    )  # fmt: skip
    await write(platform, tenant, Create(id=an_id(), at=now(), fragment=fragment), later)
    found = [(line["datasetId"], line["observedAt"]) for line in await lines(platform, tenant)]
    assert found == [
        (None, seen["observedAt"]), ("urn:d:1", seen["observedAt"]), (None, "2026-08-02T00:00:00Z"),
    ]  # fmt: skip
    (row,) = await platform.as_owner(
        tenant,
        "SELECT observed_at FROM attribute_instance WHERE tenant = $1 AND attribute = $2",
        tenant.number,
        CAPACITY,
    )
    assert row == (datetime(2026, 8, 2, tzinfo=UTC),)


async def test_a_deletion_leaves_lines_without_body_and_the_types(
    platform: Platform, tenant: Tenant
) -> None:
    await write(
        platform,
        tenant,
        create(1),
        DeleteAttribute(id=an_id(), at=now(), attribute=LOCATION),
        Delete(id=an_id(), at=now()),
    )
    assert (await history(platform, tenant))[2:] == [
        (DELETED, LOCATION, None, None),
        (DELETED, CAPACITY, None, None),
        (DELETED, "type", None, [SHELTER]),
    ]


async def test_scopes_have_their_own_lines(platform: Platform, tenant: Tenant) -> None:
    append = Append(id=an_id(), at=now(), fragment=Fragment(scopes=("/B",)))
    removal = DeleteAttribute(id=an_id(), at=now(), attribute=None)
    await write(platform, tenant, create(1, scopes=("/A",)), append, removal)
    rows = await history(platform, tenant)
    assert [row[3] for row in rows if row[1] == "scope"] == [["/A"], ["/B"], []]


async def test_commands_of_one_group_leave_all_their_lines(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write_all(
        tenant,
        [create(1, 1), update(1, 2), create(2, 3), Delete(id=an_id(2), at=now()), create(3, 4)],
    )
    values = [
        (row[0], row[3]["value"])
        for row in await history(platform, tenant)
        if row[1] == CAPACITY and row[3] is not None
    ]
    assert sorted(values) == [(CREATED, 1), (CREATED, 3), (CREATED, 4), (UPDATED, 2)]


async def test_without_retention_nothing_is_written(platform: Platform) -> None:
    tenant = await platform.a_tenant(history_days=0)
    await write(platform, tenant, create(1), update(1, 481))
    assert await history(platform, tenant) == []


async def test_partitions_are_there_ahead_of_need_and_made_once(
    platform: Platform, tenant: Tenant
) -> None:
    database, later = database_of(tenant), now() + timedelta(days=62)
    async with platform.databases.admin(database) as one, platform.databases.admin(database) as two:
        added = await asyncio.gather(add_partitions(one, later), add_partitions(two, later))
    assert sum(map(len, added)) == 2
    assert partition_name(month_of(later)) not in {name for names in added for name in names}


async def test_the_sweeper_drops_months_and_shorter_histories(platform: Platform) -> None:
    long, short = await platform.a_tenant(), await platform.a_tenant(history_days=5)
    old = now() - timedelta(days=100)
    async with platform.databases.admin(platform.shared) as connection:
        await add_partitions(connection, old)
        await add_partitions(connection, now() - timedelta(days=32))
    for tenant in (long, short):
        for days in (100, 10, 1):
            at = now() - timedelta(days=days)
            await write(platform, tenant, replace(create(days), at=at))
    sweeper = Sweeper(platform.databases, platform.tenants, platform.registry.every)
    await sweeper.sweep()
    for tenant, kept in ((long, {10, 1}), (short, {1})):
        rows = await platform.as_owner(
            tenant,
            "SELECT DISTINCT entity_id FROM attribute_instance WHERE tenant = $1",
            tenant.number,
        )
        assert {row[0] for row in rows} == {an_id(days) for days in kept}


async def test_the_sweeper_takes_expired_entities_and_old_ids(
    platform: Platform, tenant: Tenant
) -> None:
    long_ago = now() - timedelta(hours=2)
    await write(platform, tenant, create(1, expires_at=long_ago), create(2))
    await platform.as_owner(
        tenant, "INSERT INTO flush VALUES ($1, $2)", tenant.number, first_flush_id(long_ago)
    )
    await Sweeper(platform.databases, platform.tenants, platform.registry.every).sweep()
    for table in ("entity", "entity_index"):
        rows = await platform.as_owner(
            tenant,
            f"SELECT id FROM {table} WHERE tenant = $1",  # noqa: S608 — a name of ours
            tenant.number,
        )
        assert rows == [(an_id(2),)]
    ids = await platform.as_owner(tenant, "SELECT id FROM flush WHERE tenant = $1", tenant.number)
    assert len(ids) == 2
    assert min(row[0] for row in ids) > first_flush_id(long_ago)


def test_ids_of_groups_begin_with_the_time() -> None:
    before = first_flush_id(now() - timedelta(seconds=1))
    ids = {new_flush_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(before < one < first_flush_id(now() + timedelta(seconds=1)) for one in ids)
    assert {one.version for one in ids} == {7}


@pytest.mark.parametrize("storage", [Storage.SEPARATED, Storage.SHARED])
async def test_a_tenant_without_rows_sweeps_without_harm(
    platform: Platform, storage: Storage
) -> None:
    tenant = await platform.a_tenant(storage)
    await Sweeper(platform.databases, platform.tenants, platform.registry.every).sweep()
    assert (await platform.store.entities.write(tenant, create(1))).created
