"""What lanes write is what queries find."""

from broker.ngsi.commands import Append, Create, Delete, Update
from broker.ngsi.entity import Attributes, Fragment
from broker.ngsi.geoquery import LOCATION, parse_geoquery
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.selection import OneType
from broker.ports import EntityStore
from joint_use import Tenant
from kit.json import JsonValue
from tests.entities import now
from tests.stores import Platform

ID = EntityId("urn:ngsi-ld:Shelter:1")
SHELTER, SCHOOL = Iri("x:Shelter"), Iri("x:School")


def expand(term: Term) -> Iri:
    return Iri(f"x:{term}")


def at(longitude: float) -> Attributes:
    value: JsonValue = {"type": "Point", "coordinates": [longitude, 43.0]}
    return {LOCATION: [{"type": "GeoProperty", "value": value}]}


async def found(entities: EntityStore, tenant: Tenant, type_: Iri, longitude: float) -> int:
    near = parse_geoquery("near;maxDistance==10", "Point", [longitude, 43.0], expand)
    wanted = EntityFilter(selectors=(EntitySelector(types=OneType(type_)),), geo=near)
    page = await entities.query(tenant, wanted, Window(limit=10, count=True))
    assert page.total == len(page.entities)
    return len(page.entities)


async def test_a_query_follows_every_change_of_place_and_type(
    platform: Platform, tenant: Tenant
) -> None:
    entities = platform.store.entities
    await entities.write(
        tenant,
        Create(id=ID, at=now(), fragment=Fragment(id=ID, types=(SHELTER,), attributes=at(141))),
    )
    assert await found(entities, tenant, SHELTER, 141) == 1
    assert await found(entities, tenant, SCHOOL, 141) == 0
    await entities.write(tenant, Append(id=ID, at=now(), fragment=Fragment(types=(SCHOOL,))))
    assert await found(entities, tenant, SHELTER, 141) == 1
    assert await found(entities, tenant, SCHOOL, 141) == 1
    await entities.write(tenant, Update(id=ID, at=now(), fragment=Fragment(attributes=at(142))))
    assert await found(entities, tenant, SCHOOL, 141) == 0
    assert await found(entities, tenant, SCHOOL, 142) == 1
    await entities.write(tenant, Delete(id=ID, at=now()))
    assert await found(entities, tenant, SCHOOL, 142) == 0
