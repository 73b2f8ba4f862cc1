"""Commands through lanes and back: what is answered is what is stored."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.commands import Applied, Create, Delete, Update, Upsert
from broker.ngsi.entity import Fragment
from broker.ngsi.errors import AlreadyExists, BadRequestData, ResourceNotFound
from broker.ngsi.names import EntityId, Iri
from joint_use import Storage, Tenant

from .conftest import Platform

SHELTER = Iri("https://example.org/Shelter")
CAPACITY = Iri("https://example.org/capacity")
LOCATION = Iri("https://uri.etsi.org/ngsi-ld/location")


def an_id(number: int = 1) -> EntityId:
    return EntityId(f"urn:ngsi-ld:Shelter:{number}")


def a_fragment(capacity: int = 480, **members: object) -> Fragment:
    attributes = {
        CAPACITY: [{"type": "Property", "value": capacity}],
        LOCATION: [
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [141.35, 43.06]}}
        ],
    }
    return Fragment(**{"types": (SHELTER,), "attributes": attributes, **members})  # type: ignore[arg-type]  # members by name


def create(number: int = 1, capacity: int = 480, **members: object) -> Create:
    return Create(id=an_id(number), at=now(), fragment=a_fragment(capacity, **members))


def update(number: int, capacity: int) -> Update:
    attributes = {CAPACITY: [{"type": "Property", "value": capacity}]}
    return Update(id=an_id(number), at=now(), fragment=Fragment(attributes=attributes))  # type: ignore[arg-type]  # stored form


def now() -> datetime:
    return datetime.now(UTC)


async def test_what_was_created_is_read_back(platform: Platform, tenant: Tenant) -> None:
    entities = platform.store.entities
    command = create(scopes=("/Hokkaido", "/Hokkaido/Sapporo"))
    applied = await entities.write(tenant, command)
    assert applied.created
    found = await entities.read(tenant, [an_id(), an_id(2)])
    assert applied.change is not None
    assert found == {an_id(): applied.change.after}
