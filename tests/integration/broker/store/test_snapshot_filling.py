"""Snapshots in the database: who fills which, what is left behind, who sees what."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.ngsi.entity import Entity
from broker.ngsi.errors import AlreadyExists, Unavailable
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.snapshot import (
    QueryResult,
    Results,
    ResultStatus,
    Snapshot,
    SnapshotId,
    SnapshotStatus,
)
from broker.snapshot_ports import Claim
from broker.store.snapshot_filling import SnapshotRows
from broker.store.snapshots import StoredSnapshots
from broker.store.tenants import MisplacedTenant
from joint_use import Storage, Tenant, TenantStatus
from kit.clock import utc_now
from kit.json import JsonObject
from kit.sealing import Seal
from tests.entities import an_id, create, now, update
from tests.stores import Platform

HOUR = timedelta(hours=1)
SEAL = Seal(bytes(32))
ALL = EntityFilter()
WHOLE = Window(limit=100)
SUCCESS = Results(queries=[QueryResult(status=ResultStatus.SUCCESS)])
EVERY_TABLE = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND NOT a.attisdropped"""


def a_snapshot(
    name: str = "1",
    *,
    document: JsonObject | None = None,
    lives: timedelta = HOUR,
) -> Snapshot:
    at = utc_now()
    return Snapshot(
        id=SnapshotId(f"urn:ngsi-ld:Snapshot:{name}"),
        document=document or {"snapshotQueries": [{"type": "Query"}]},
        created_at=at,
        modified_at=at,
        expires_at=at + lives,
        last_used_at=at,
    )


def shelf(platform: Platform) -> StoredSnapshots:
    return StoredSnapshots(platform.tenants, SEAL)


def rows(platform: Platform) -> SnapshotRows:
    return SnapshotRows(platform.tenants, SEAL)


def soon(seconds: float = 30.0) -> timedelta:
    return timedelta(seconds=seconds)


async def claimed(platform: Platform, tenant: Tenant, seconds: float = 30.0) -> Claim:
    claim = await rows(platform).claim(tenant, utc_now() + soon(seconds))
    assert claim is not None
    return claim


async def every_entity(platform: Platform, tenant: Tenant) -> Sequence[Entity]:
    return (await platform.store.entities.query(tenant, ALL, WHOLE)).entities


async def filled(platform: Platform, tenant: Tenant, name: str = "1") -> Tenant:
    """Make a snapshot of all there is; answers with what it is for the store."""
    await shelf(platform).put(tenant, a_snapshot(name))
    claim = await claimed(platform, tenant)
    await rows(platform).add(tenant, claim, await every_entity(platform, tenant))
    finished = claim.snapshot.finished(SUCCESS, utc_now())
    assert await rows(platform).finish(tenant, claim, finished)
    return replace(tenant, number=claim.number)


async def numbers_left(platform: Platform, tenant: Tenant) -> set[tuple[str, int]]:
    """All rows, of whatever table, under numbers of snapshots."""
    left = set()
    for (table,) in await platform.as_owner(tenant, EVERY_TABLE):
        found = await platform.as_owner(tenant, f"SELECT tenant FROM {table} WHERE tenant < 0")  # noqa: S608 — a name of ours
        left |= {(table, number) for (number,) in found}
    return left


async def test_what_is_copied_stays_as_it_was(platform: Platform, tenant: Tenant) -> None:
    await platform.store.entities.write_all(tenant, [create(1, 100), create(2, 200)])
    before = await every_entity(platform, tenant)
    inside = await filled(platform, tenant)
    await platform.store.entities.write(tenant, update(1, 999))
    assert await every_entity(platform, inside) == before
    assert await every_entity(platform, tenant) != before


async def test_what_is_written_inside_stays_inside(platform: Platform, tenant: Tenant) -> None:
    await platform.store.entities.write(tenant, create(1, 100))
    before = await every_entity(platform, tenant)
    inside = await filled(platform, tenant)
    await platform.store.entities.write_all(inside, [update(1, 7), create(5, 5)])
    assert await every_entity(platform, tenant) == before
    assert {entity.id for entity in await every_entity(platform, inside)} == {an_id(1), an_id(5)}
    assert (
        await platform.as_owner(tenant, "SELECT 1 FROM attribute_instance WHERE tenant < 0") == []
    ), "no history is written of a snapshot"


async def test_two_processes_do_not_fill_one_snapshot(platform: Platform, tenant: Tenant) -> None:
    await shelf(platform).put(tenant, a_snapshot())
    async with platform.another_process() as other:
        until = utc_now() + soon()
        claims = await asyncio.gather(
            *(rows(one).claim(tenant, until) for one in (platform, other) for _ in range(3))
        )
    assert len([claim for claim in claims if claim is not None]) == 1


async def test_who_comes_after_a_dead_process_begins_anew_and_the_dead_changes_nothing(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write_all(tenant, [create(1), create(2)])
    await shelf(platform).put(tenant, a_snapshot())
    late = await claimed(platform, tenant, seconds=-1)
    await rows(platform).add(tenant, late, (await every_entity(platform, tenant))[:1])
    async with platform.another_process() as other:
        claim = await claimed(other, tenant)
        assert claim.attempts == 2
        assert claim.number != late.number
        assert not await rows(platform).renew(tenant, late, utc_now() + soon())
        await rows(other).add(tenant, claim, await every_entity(other, tenant))
        assert not await rows(platform).finish(
            tenant, late, late.snapshot.finished(Results(), utc_now())
        )
        assert await rows(other).finish(tenant, claim, claim.snapshot.finished(SUCCESS, utc_now()))
        await rows(other).clear(tenant)
    found = await shelf(platform).get(tenant, claim.snapshot.id)
    assert found is not None
    assert (found.status, found.number) == (SnapshotStatus.SUCCESS, claim.number)
    assert len(await every_entity(platform, replace(tenant, number=claim.number))) == 2
    with pytest.raises(Unavailable):
        await rows(platform).add(tenant, late, await every_entity(platform, tenant))
    assert late.number not in {number for _, number in await numbers_left(platform, tenant)}


async def test_a_deleted_snapshot_leaves_no_row_in_any_table(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write_all(tenant, [create(number) for number in range(20)])
    inside = await filled(platform, tenant)
    await platform.store.entities.write(inside, update(1, 7))
    stays = await filled(platform, tenant, "2")
    assert {number for _, number in await numbers_left(platform, tenant)} == {
        inside.number,
        stays.number,
    }
    assert await shelf(platform).remove(tenant, SnapshotId("urn:ngsi-ld:Snapshot:1"))
    await rows(platform).clear(tenant)
    assert {number for _, number in await numbers_left(platform, tenant)} == {stays.number}
    assert len(await every_entity(platform, tenant)) == 20
    assert len(await every_entity(platform, stays)) == 20
    with pytest.raises(Unavailable):
        await platform.store.entities.write(inside, update(2, 7))


async def test_an_entity_that_comes_again_gets_the_attributes_it_lacks(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    (whole,) = await every_entity(platform, tenant)
    parts = [replace(whole, attributes={iri: one}) for iri, one in whole.attributes.items()]
    assert len(parts) > 1
    await shelf(platform).put(tenant, a_snapshot())
    claim = await claimed(platform, tenant)
    for part in parts:
        await rows(platform).add(tenant, claim, [part])
    inside = replace(tenant, number=claim.number)
    (found,) = await every_entity(platform, inside)
    assert found == whole
    per_tenant = "SELECT count(*) FROM entity_index GROUP BY tenant"
    assert len(set(await platform.as_owner(tenant, per_tenant))) == 1, "as many index rows"


async def test_a_suspended_tenant_finds_its_snapshots_when_it_is_resumed(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    inside = await filled(platform, tenant)
    registry = platform.registry
    suspended = registry.note(tenant, status=TenantStatus.SUSPENDED, epoch=tenant.epoch + 1)
    await platform.tenants.provision(suspended)
    resumed = registry.note(suspended, status=TenantStatus.ACTIVE, epoch=tenant.epoch + 2)
    await platform.tenants.provision(resumed)
    for known in (replace(resumed, number=inside.number), inside):
        assert len(await every_entity(platform, known)) == 1
        await platform.store.entities.write(known, update(1, 5))
    assert len(await every_entity(platform, resumed)) == 1


async def test_a_stranger_in_a_separated_database_is_still_found_out(platform: Platform) -> None:
    tenant = await platform.a_tenant(Storage.SEPARATED)
    await platform.store.entities.write(tenant, create(1))
    await filled(platform, tenant)
    await platform.tenants.provision(tenant)
    await platform.as_owner(
        tenant, "INSERT INTO tenant_state (tenant, epoch, status) VALUES (77, 1, 'active')"
    )
    with pytest.raises(MisplacedTenant):
        await platform.tenants.provision(tenant)


async def test_equal_numbers_in_two_databases_are_two_snapshots(platform: Platform) -> None:
    insides = []
    for number, storage in enumerate((Storage.SEPARATED, Storage.SEPARATED, Storage.SHARED), 1):
        tenant = await platform.a_tenant(storage)
        await platform.store.entities.write(tenant, create(number))
        insides.append(await filled(platform, tenant))
    assert len({inside.number for inside in insides}) == 1
    for number, inside in enumerate(insides, 1):
        assert [entity.id for entity in await every_entity(platform, inside)] == [an_id(number)]
        assert set(await platform.read(inside, an_id(number))) == {an_id(number)}


async def test_another_tenant_of_the_shared_database_sees_nothing(platform: Platform) -> None:
    owner, other = await platform.a_tenant(), await platform.a_tenant()
    await platform.store.entities.write(owner, create(1))
    inside = await filled(platform, owner)
    async with platform.tenants.reading(other) as connection:
        for table in ("snapshot", "entity"):
            count = f"SELECT count(*) FROM {table}"  # noqa: S608 — a name of ours
            assert await connection.fetchval(count) == 0
        numbers = await connection.fetch("SELECT tenant FROM tenant_state")
        assert [row[0] for row in numbers] == [other.number]
    async with platform.tenants.reading(inside) as connection:
        assert await connection.fetchval("SELECT count(*) FROM snapshot") == 0
        assert await connection.fetchval("SELECT count(DISTINCT tenant) FROM entity") == 1


async def test_an_id_is_taken_until_its_snapshot_has_expired(
    platform: Platform, tenant: Tenant
) -> None:
    snapshots = shelf(platform)
    await snapshots.put(tenant, a_snapshot())
    with pytest.raises(AlreadyExists):
        await snapshots.put(tenant, a_snapshot())
    await snapshots.evict(tenant, a_snapshot().id, now() - soon())
    assert await snapshots.get(tenant, a_snapshot().id) is None
    await snapshots.put(tenant, a_snapshot())
    assert await snapshots.get(tenant, a_snapshot().id) is not None


async def test_the_expired_are_given_out_once(platform: Platform, tenant: Tenant) -> None:
    await shelf(platform).put(tenant, a_snapshot(lives=-soon()))
    await shelf(platform).put(tenant, a_snapshot("2"))
    (over,) = await rows(platform).expire(tenant)
    assert over.id == a_snapshot().id
    assert await rows(platform).expire(tenant) == []
    assert len(await shelf(platform).every(tenant)) == 1


async def test_the_receiver_is_stored_sealed(platform: Platform, tenant: Tenant) -> None:
    document: JsonObject = {
        "endpoint": "http://hook.example/x",
        "receiverInfo": [{"key": "K", "value": "psst"}],
    }
    await shelf(platform).put(tenant, a_snapshot(document=document))
    (stored,) = await platform.as_owner(
        tenant, "SELECT document::text, encode(endpoint, 'escape') FROM snapshot"
    )
    assert not any("psst" in part or "hook.example" in part for part in stored)
    found = await shelf(platform).get(tenant, a_snapshot().id)
    assert found is not None
    assert found.document == document
    assert found.endpoint is not None
    assert found.endpoint.receiver_info == (("K", "psst"),)


async def test_a_status_that_changes_while_it_is_told_is_told_again(
    platform: Platform, tenant: Tenant
) -> None:
    snapshots, filling = shelf(platform), rows(platform)
    await snapshots.put(tenant, a_snapshot(document={"endpoint": "http://hook.example/x"}))
    claim = await claimed(platform, tenant)
    assert await filling.notices(tenant) == []
    await filling.finish(tenant, claim, claim.snapshot.finished(SUCCESS, utc_now()))
    (first,) = await filling.notices(tenant)
    changed = replace(first, priority=9, modified_at=first.modified_at + soon(1))
    assert await snapshots.replace(tenant, changed, over=first.modified_at)
    assert not await snapshots.replace(tenant, changed, over=first.modified_at)
    await filling.noticed(tenant, first)
    (second,) = await filling.notices(tenant)
    assert second.priority == 9
    await filling.noticed(tenant, second)
    assert await filling.notices(tenant) == []


async def test_a_postponed_attempt_does_not_count(platform: Platform, tenant: Tenant) -> None:
    await shelf(platform).put(tenant, a_snapshot())
    claim = await claimed(platform, tenant)
    at = utc_now() - soon(1)
    assert await rows(platform).postpone(tenant, claim, at)
    assert await rows(platform).due(tenant) == at
    assert (await claimed(platform, tenant)).attempts == 1


async def test_paths_that_are_indexed_live_are_indexed_inside(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.as_owner(
        tenant,
        "INSERT INTO index_declaration (tenant, path, is_complete) VALUES ($1, $2, true)",
        tenant.number,
        '["https://example.org/a"]',
    )
    inside = await filled(platform, tenant)
    found = await platform.as_owner(
        tenant,
        "SELECT path, is_complete FROM index_declaration WHERE tenant = $1",
        inside.number,
    )
    assert found == [('["https://example.org/a"]', True)]
