"""Commands through lanes and back: what is answered is what is stored."""

import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest

from broker.ngsi.commands import Append, Applied, Create, Delete
from broker.ngsi.entity import Entity, Fragment, Instance
from broker.ngsi.errors import AlreadyExists, BadRequestData, NgsiLdError, ResourceNotFound
from broker.ngsi.names import EntityId
from broker.store.queue import Limits
from joint_use import Tenant
from tests.entities import (
    CAPACITY,
    LOCATION,
    SCHOOL,
    SHELTER,
    a_fragment,
    an_id,
    create,
    now,
    update,
    upsert,
)
from tests.stores import Platform


def capacity_of(entity: Entity) -> object:
    return entity.attributes[CAPACITY][0]["value"]


def kinds_of(outcomes: list[Applied | NgsiLdError]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


async def test_what_was_created_is_read_back(platform: Platform, tenant: Tenant) -> None:
    command = create(scopes=("/Hokkaido", "/Hokkaido/Sapporo"), expires_at=now() + timedelta(1))
    applied = await platform.store.entities.write(tenant, command)
    assert applied.created
    assert applied.change is not None
    assert await platform.read(tenant, an_id(), an_id(2)) == {an_id(): applied.change.after}


async def test_what_was_changed_and_deleted_is_gone(platform: Platform, tenant: Tenant) -> None:
    entities = platform.store.entities
    await entities.write(tenant, create(1, 480))
    await entities.write(tenant, update(1, 481))
    found = await platform.read(tenant, an_id())
    assert capacity_of(found[an_id()]) == 481
    assert LOCATION in found[an_id()].attributes
    await entities.write(tenant, Delete(id=an_id(), at=now()))
    assert await platform.read(tenant, an_id()) == {}
    assert await platform.as_owner(tenant, "SELECT * FROM entity_index") == []


async def test_commands_of_one_group_compose(platform: Platform, tenant: Tenant) -> None:
    outcomes = await platform.store.entities.write_all(
        tenant,
        [
            create(1, 1),
            create(1, 2),
            update(1, 3),
            update(2, 4),
            Delete(id=an_id(1), at=now()),
            create(1, 5),
            upsert(3, 6),
            Delete(id=an_id(3), at=now()),
        ],
    )
    assert kinds_of(outcomes) == [
        Applied,
        AlreadyExists,
        Applied,
        ResourceNotFound,
        Applied,
        Applied,
        Applied,
        Applied,
    ]
    found = await platform.read(tenant, an_id(1), an_id(2), an_id(3))
    assert {one: capacity_of(entity) for one, entity in found.items()} == {an_id(1): 5}


async def test_requests_at_once_gather_and_all_are_stored(
    platform: Platform, tenant: Tenant
) -> None:
    entities = platform.store.entities
    await asyncio.gather(*(entities.write(tenant, create(number)) for number in range(300)))
    found = await platform.read(tenant, *map(an_id, range(300)))
    assert len(found) == 300
    groups = await platform.as_owner(tenant, "SELECT count(*) FROM flush")
    assert groups[0][0] <= 30


async def test_updates_at_once_lose_none(platform: Platform, tenant: Tenant) -> None:
    entities = platform.store.entities
    await entities.write(tenant, create())
    added = []
    for number in range(50):
        instance: Instance = {"type": "Property", "value": 1, "datasetId": f"urn:d:{number}"}
        fragment = Fragment(types=(SHELTER, SCHOOL), attributes={CAPACITY: [instance]})
        added.append(entities.write(tenant, Append(id=an_id(), at=now(), fragment=fragment)))
    await asyncio.gather(*added)
    entity = (await platform.read(tenant, an_id()))[an_id()]
    assert len(entity.attributes[CAPACITY]) == 51
    assert entity.types == (SCHOOL, SHELTER)


async def test_one_refusal_fails_that_request_alone(platform: Platform, tenant: Tenant) -> None:
    entities = platform.store.entities
    await entities.write(tenant, create(1))
    results = await asyncio.gather(
        entities.write(tenant, create(1)),
        entities.write(tenant, create(2)),
        entities.write(tenant, update(9)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [AlreadyExists, Applied, ResourceNotFound]


async def test_what_cannot_be_stored_fails_alone(platform: Platform, tenant: Tenant) -> None:
    noise = "".join(sha256(b"%d" % n).hexdigest() for n in range(120))  # does not compress
    too_long = EntityId(f"urn:ngsi-ld:{noise}")
    bad = Create(id=too_long, at=now(), fragment=a_fragment())
    outcomes = await platform.store.entities.write_all(tenant, [create(1), bad, create(2)])
    assert kinds_of(outcomes) == [Applied, BadRequestData, Applied]
    assert len(await platform.read(tenant, an_id(1), an_id(2))) == 2


async def test_what_json_cannot_hold_is_refused_before_its_lane(
    platform: Platform, tenant: Tenant
) -> None:
    with pytest.raises(BadRequestData, match="cannot be written as JSON"):
        await platform.store.entities.write(tenant, create(1, 1 << 70))


async def test_an_expired_entity_is_absent_and_its_id_free(
    platform: Platform, tenant: Tenant
) -> None:
    entities = platform.store.entities
    await entities.write(tenant, create(1, 1, expires_at=now() - timedelta(seconds=1)))
    assert await platform.read(tenant, an_id()) == {}
    with pytest.raises(ResourceNotFound):
        await entities.write(tenant, update(1, 2))
    assert (await entities.write(tenant, create(1, 3))).created
    assert capacity_of((await platform.read(tenant, an_id()))[an_id()]) == 3
    cells = await platform.as_owner(tenant, "SELECT count(*) FROM entity_index")
    assert cells == [(1,)]


async def test_a_long_batch_takes_turns_with_single_requests(platform: Platform) -> None:
    tenant = await platform.a_tenant()
    limits = Limits(commands=20, share=10)
    async with platform.another_process(limits=limits) as other:
        entities = other.store.entities
        batch = asyncio.create_task(
            entities.write_all(tenant, [create(number) for number in range(400)])
        )
        await asyncio.sleep(0)
        await entities.write(tenant, create(1_000))
        assert not batch.done()
        assert kinds_of(await batch) == [Applied] * 400


async def test_types_and_attributes_in_use_are_counted(platform: Platform, tenant: Tenant) -> None:
    entities = platform.store.entities
    await entities.write_all(
        tenant,
        [
            create(1),
            create(2, types=(SHELTER, SCHOOL)),
            create(3, types=(SCHOOL, SHELTER)),
            create(4, types=(SCHOOL,), expires_at=now() - timedelta(1)),
        ],
    )
    types = await entities.types(tenant)
    assert {one.types: one.count for one in types} == {(SHELTER,): 1, (SCHOOL, SHELTER): 2}
    attributes = await entities.attributes(tenant)
    assert {(one.attribute, one.types): (one.kinds, one.count) for one in attributes} == {
        (CAPACITY, (SHELTER,)): (("Property",), 1),
        (CAPACITY, (SCHOOL, SHELTER)): (("Property",), 2),
        (LOCATION, (SHELTER,)): (("GeoProperty",), 1),
        (LOCATION, (SCHOOL, SHELTER)): (("GeoProperty",), 2),
    }


async def test_a_kind_learnt_by_another_process_is_read(platform: Platform, tenant: Tenant) -> None:
    await platform.read(tenant, an_id())
    async with platform.another_process() as other:
        await other.store.entities.write(tenant, create(1, types=(SCHOOL,)))
    assert (await platform.read(tenant, an_id()))[an_id()].types == (SCHOOL,)
