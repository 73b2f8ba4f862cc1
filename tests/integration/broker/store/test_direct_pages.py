"""Pages read by one statement are those read in a transaction, in the right tenant alone."""

import time
from dataclasses import replace

import pytest

from broker.ngsi.commands import Create
from broker.ngsi.contexts import core
from broker.ngsi.entity import Attributes
from broker.ngsi.geoquery import parse_geoquery
from broker.ngsi.names import EntityId
from broker.ngsi.ordering import parse_ordering
from broker.ngsi.q.parser import parse_query
from broker.ngsi.q.syntax import Path
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import OneType
from broker.ports import Page
from broker.store.declarations import FORGOTTEN_S, STALE_S, Declarations
from broker.store.tenants import database_of
from joint_use import Storage, Tenant
from kit.json import JsonValue
from tests.entities import CAPACITY, LOCATION, SCHOOL, SHELTER, a_fragment, an_id, create, now
from tests.stores import Platform

NEAR = parse_geoquery("near;maxDistance==10", "Point", [141.35, 43.06], core().expand)
OF_TYPE = (EntitySelector(types=OneType(SHELTER)),)


def asking(q: str, **more: object) -> EntityFilter:
    query = parse_query(q.replace("capacity", "c"), lambda _: CAPACITY)
    return replace(EntityFilter(selectors=OF_TYPE, q=query), **more)  # type: ignore[arg-type]  # members of the filter


FILTERS = [
    EntityFilter(selectors=OF_TYPE),
    EntityFilter(selectors=(EntitySelector(types=OneType(SCHOOL)),)),
    EntityFilter(selectors=(EntitySelector(ids=(an_id(3), an_id(4), an_id(99))),)),
    EntityFilter(selectors=(EntitySelector(id_pattern="Shelter:1"),)),
    EntityFilter(attributes=(CAPACITY,)),
    EntityFilter(selectors=OF_TYPE, scopes=parse_scope_query("/Hokkaido/#")),
    asking("capacity==7"),
    asking("capacity==5..9"),
    asking("capacity>20"),
    asking("capacity==1,2,3"),
    asking("!capacity"),
    asking("capacity!=3;capacity<12|capacity==30"),
    EntityFilter(selectors=OF_TYPE, geo=NEAR),
    asking("capacity>20", geo=NEAR),
]
WINDOWS = [
    Window(limit=5),
    Window(limit=5, offset=3),
    Window(limit=100),
    Window(limit=4, ordering=parse_ordering(("id;desc",), core().expand)),
]


async def fill(platform: Platform, tenant: Tenant, count: int = 40) -> None:
    commands = [
        create(
            number,
            number,
            scopes=("/Hokkaido/Sapporo",) if number % 3 else (),
        )
        for number in range(count)
    ]
    school = a_fragment(1, types=(SCHOOL,))
    commands.append(Create(id=EntityId("urn:ngsi-ld:School:1"), at=now(), fragment=school))
    await platform.store.entities.write_all(tenant, commands)


async def at_once(
    platform: Platform, tenant: Tenant, wanted: EntityFilter, window: Window
) -> Page | None:
    return await platform.store.entities._direct.read(tenant, wanted, window)


async def at_once_when_warm(
    platform: Platform, tenant: Tenant, wanted: EntityFilter, window: Window
) -> Page | None:
    """News of a declared index may come late; what the process has learned is forgotten then."""
    page = await at_once(platform, tenant, wanted, window)
    if page is None:
        await warm(platform, tenant)
        page = await at_once(platform, tenant, wanted, window)
    return page


async def ids_at_once(platform: Platform, tenant: Tenant) -> list[EntityId]:
    all_of_them = EntityFilter(selectors=OF_TYPE), Window(limit=1000)
    page = await at_once_when_warm(platform, tenant, *all_of_them)
    assert page is not None
    return [entity.id for entity in page.entities]


async def warm(platform: Platform, tenant: Tenant) -> None:
    """Let the process learn the tenant's kinds and declared paths."""
    await platform.store.entities.query(tenant, FILTERS[0], Window(limit=1))


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_one_statement_and_a_transaction_give_the_same_page(
    platform: Platform, tenant: Tenant, *, is_indexed: bool
) -> None:
    await fill(platform, tenant)
    if is_indexed:
        await platform.store.indexes.declare(tenant, Path((CAPACITY,)))
        await platform.store.index_work.finish(tenant)
    for wanted in FILTERS:
        for window in WINDOWS:
            counted = replace(window, count=True)  # which takes two statements
            expected = await platform.store.entities.query(tenant, wanted, counted)
            page = await at_once_when_warm(platform, tenant, wanted, window)
            if wanted.geo is None or window.ordering is None:
                assert page == replace(expected, total=None)


async def test_places_at_the_edge_that_are_none_lead_to_a_transaction(
    platform: Platform, tenant: Tenant
) -> None:
    line: JsonValue = {"type": "LineString", "coordinates": [[141.0, 43.0], [142.0, 44.0]]}
    beside: Attributes = {LOCATION: [{"type": "GeoProperty", "value": line}]}
    commands = [
        Create(id=an_id(number), at=now(), fragment=a_fragment(types=(SHELTER,), attributes=beside))
        for number in range(30)
    ]
    await platform.store.entities.write_all(tenant, [*commands, create(99)])
    await warm(platform, tenant)
    # The line's box holds the place, the line passes it by some kilometres.
    near = parse_geoquery("near;maxDistance==100", "Point", [141.35, 43.06], core().expand)
    wanted = replace(FILTERS[0], geo=near)
    page = await platform.store.entities.query(tenant, wanted, Window(limit=5))
    assert [entity.id for entity in page.entities] == [an_id(99)]
    assert not page.more


async def test_what_takes_more_than_one_statement_is_left_to_a_transaction(
    platform: Platform, tenant: Tenant
) -> None:
    await fill(platform, tenant)
    await warm(platform, tenant)
    for window in (Window(limit=300), Window(limit=5, ordering=WINDOWS[-1].ordering)):
        assert await at_once(platform, tenant, replace(FILTERS[0], geo=NEAR), window) is None
    assert await at_once(platform, tenant, FILTERS[0], Window(limit=5, count=True)) is None
    by_name = parse_ordering(("capacity",), core().expand, collation="ja")
    window = Window(limit=5, ordering=by_name)
    assert await at_once(platform, tenant, FILTERS[0], window) is None


async def test_one_connection_serves_several_tenants_each_its_own(
    platform: Platform,
) -> None:
    tenants = [await platform.a_tenant(Storage.SHARED) for _ in range(3)]
    async with platform.another_process(budget=1) as narrow:
        for count, tenant in enumerate(tenants, start=1):
            await fill(narrow, tenant, count)
            await warm(narrow, tenant)
        for _ in range(2):
            for count, tenant in enumerate(tenants, start=1):
                assert await ids_at_once(narrow, tenant) == [an_id(n) for n in range(count)]
        async with narrow.databases.connection(database_of(tenants[0])) as connection:
            assert await connection.fetch("SELECT * FROM entity") == []  # nobody is entered


async def test_a_kind_that_is_new_to_the_process_is_found(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    await warm(platform, tenant)
    async with platform.another_process() as other:
        await fill(other, tenant, 0)
    schools = EntityFilter(attributes=(CAPACITY,))
    assert await at_once(platform, tenant, schools, Window(limit=5)) is None
    page = await platform.store.entities.query(tenant, schools, Window(limit=5))
    assert len(page.entities) == 2


async def test_a_tenant_that_moved_is_followed(platform: Platform, tenant: Tenant) -> None:
    await fill(platform, tenant, 3)
    await warm(platform, tenant)
    await platform.tenants.provision(platform.registry.note(tenant, epoch=2))
    assert await at_once(platform, tenant, FILTERS[0], Window(limit=5)) is None
    page = await platform.store.entities.query(tenant, FILTERS[0], Window(limit=5))
    assert len(page.entities) == 3


async def test_the_tenant_is_entered_before_rows_are_looked_for(
    platform: Platform, tenant: Tenant
) -> None:
    rows = await platform.tenants.fetch(tenant, "SELECT $1::int AS a, true AS b", tenant.number)
    assert rows is not None
    assert [tuple(row) for row in rows] == [(tenant.number, True)]
    seen = "SELECT count(*) AS seen FROM tenant_state WHERE tenant = $1::int"
    rows = await platform.tenants.fetch(tenant, seen, tenant.number)
    assert rows is not None
    assert rows[0]["seen"] == 1


async def test_what_a_younger_transaction_read_is_not_used_by_an_older_one(
    platform: Platform, tenant: Tenant
) -> None:
    declarations, path = Declarations(), Path((CAPACITY,))
    older_began_s = time.monotonic()
    async with platform.tenants.reading(tenant) as older:
        await platform.store.indexes.declare(tenant, path)
        await platform.store.index_work.finish(tenant)
        began_s = time.monotonic()
        async with platform.tenants.reading(tenant) as younger:
            assert await declarations.complete(younger, tenant, began_s) == {CAPACITY}
        assert declarations.known(tenant, older_began_s) is None
        assert await declarations.complete(older, tenant, older_began_s) == frozenset()


async def test_what_was_read_serves_until_it_is_stale_and_a_statement_a_little_longer(
    platform: Platform, tenant: Tenant
) -> None:
    declarations = Declarations()
    began_s = time.monotonic()
    async with platform.tenants.reading(tenant) as connection:
        await declarations.complete(connection, tenant, began_s)
    now_s = time.monotonic()
    known = declarations.known(tenant, now_s)
    assert known is not None
    assert declarations.known(tenant, began_s + STALE_S) is None
    assert known.holds(began_s + STALE_S)
    assert not known.holds(began_s + FORGOTTEN_S)
