"""What a tenant holds is told type by type, and whether it may have changed."""

from datetime import timedelta

import pytest

from broker.ngsi.commands import Create
from broker.ngsi.entity import Fragment
from broker.ngsi.names import Iri
from broker.store.holdings import ChangedTenants, StoredHoldings
from joint_use import Storage, Tenant
from kit.clock import utc_now
from kit.json import JsonObject
from tests.entities import an_id, create, now
from tests.stores import Platform

SHELTER, PARK = Iri("https://example.org/Shelter"), Iri("https://example.org/Park")
PLACE, NAME = Iri("https://example.org/place"), Iri("https://example.org/name")


def a_place(geometry: JsonObject) -> Fragment:
    return Fragment(
        types=(PARK, SHELTER),
        attributes={PLACE: [{"type": "GeoProperty", "value": geometry}]},
    )


@pytest.mark.parametrize("storage", [Storage.SHARED, Storage.SEPARATED])
async def test_types_are_counted_and_their_places_spanned(
    platform: Platform, storage: Storage
) -> None:
    tenant, other = await platform.a_tenant(storage), await platform.a_tenant(storage)
    shapes: tuple[JsonObject, ...] = (
        {"type": "Point", "coordinates": [141.5, 43.1]},
        {"type": "LineString", "coordinates": [[141.2, 43.3], [141.3, 43.2, 12.0]]},
        {
            "type": "MultiPolygon",
            "coordinates": [[[[140.9, 43.0], [141.0, 43.0], [141.0, 43.05], [140.9, 43.0]]]],
        },
    )
    named = Fragment(
        types=(SHELTER,),
        attributes={NAME: [{"type": "Property", "value": [["x"], [[1, 2]], {"type": "Point"}]}]},
    )
    commands = [
        *(Create(id=an_id(n), fragment=a_place(shape), at=now()) for n, shape in enumerate(shapes)),
        Create(id=an_id(10), fragment=named, at=now()),
    ]
    for command in commands:
        await platform.store.entities.write(tenant, command)
    await platform.store.entities.write(other, Create(id=an_id(11), fragment=named, at=now()))
    both, alone = await StoredHoldings(platform.tenants).held(tenant)
    assert (both.types, both.entities) == ((PARK, SHELTER), 3)
    assert both.extent == (140.9, 43.0, 141.5, 43.3)
    assert both.attributes == (PLACE,)
    assert (alone.types, alone.entities, alone.extent) == ((SHELTER,), 1, None)
    assert alone.attributes == (NAME,)


async def test_whoever_wrote_a_change_is_seen(platform: Platform, tenant: Tenant) -> None:
    holdings, began = StoredHoldings(platform.tenants), utc_now()
    long_after = began + timedelta(hours=1)
    before, has_written = await holdings.changes(tenant, began)
    assert not has_written
    async with platform.another_process() as other:
        await other.store.entities.write(tenant, create(1, "x"))
    after, has_written = await holdings.changes(tenant, began)
    assert has_written
    assert after != before
    assert await holdings.changes(tenant, long_after) == (after, False)


async def test_a_process_knows_where_it_has_written(platform: Platform, tenant: Tenant) -> None:
    changed = ChangedTenants()
    async with platform.another_process(hooks=[changed]) as other:
        assert changed.taken() == frozenset()
        await other.store.entities.write(tenant, create(1, "x"))
        assert changed.taken() == {tenant.name}
        assert changed.taken() == frozenset()
