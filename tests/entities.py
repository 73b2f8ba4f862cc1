"""Entities and commands that many tests of the store need, in few words."""

from datetime import UTC, datetime
from typing import Any

from broker.ngsi.commands import Create, Update, Upsert
from broker.ngsi.entity import Fragment
from broker.ngsi.names import EntityId, Iri
from kit.json import JsonValue

SHELTER = Iri("https://example.org/Shelter")
SCHOOL = Iri("https://example.org/School")
CAPACITY = Iri("https://example.org/capacity")
LOCATION = Iri("https://uri.etsi.org/ngsi-ld/location")


def an_id(number: int = 1) -> EntityId:
    return EntityId(f"urn:ngsi-ld:Shelter:{number}")


def now() -> datetime:
    return datetime.now(UTC)


def a_fragment(capacity: JsonValue = 480, **members: Any) -> Fragment:
    point: JsonValue = {"type": "Point", "coordinates": [141.35, 43.06]}
    attributes = {
        CAPACITY: [{"type": "Property", "value": capacity}],
        LOCATION: [{"type": "GeoProperty", "value": point}],
    }
    return Fragment(**{"types": (SHELTER,), "attributes": attributes, **members})


def create(number: int = 1, capacity: JsonValue = 480, **members: Any) -> Create:
    return Create(id=an_id(number), at=now(), fragment=a_fragment(capacity, **members))


def upsert(number: int = 1, capacity: JsonValue = 480, **members: Any) -> Upsert:
    return Upsert(id=an_id(number), at=now(), fragment=a_fragment(capacity, **members))


def update(number: int = 1, capacity: JsonValue = 480) -> Update:
    fragment = Fragment(attributes={CAPACITY: [{"type": "Property", "value": capacity}]})
    return Update(id=an_id(number), at=now(), fragment=fragment)
