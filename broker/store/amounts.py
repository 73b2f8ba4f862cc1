"""How much entities are: what they count for in a tenant's usage and against its quota."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import orjson

from broker.ngsi.entity import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Entities, their attribute instances, and the bytes of their attributes as compact JSON."""

    entities: int = 0
    attributes: int = 0
    bytes: int = 0

    def __add__(self, other: Self) -> "Amount":
        return Amount(
            entities=self.entities + other.entities,
            attributes=self.attributes + other.attributes,
            bytes=self.bytes + other.bytes,
        )

    def __sub__(self, other: Self) -> "Amount":
        return Amount(
            entities=self.entities - other.entities,
            attributes=self.attributes - other.attributes,
            bytes=self.bytes - other.bytes,
        )


NOTHING = Amount()


def amount_of(entity: Entity | None) -> Amount:
    """Measure one entity; one that is not there is nothing."""
    if entity is None:
        return NOTHING
    attributes = entity.attributes
    return Amount(
        entities=1,
        attributes=sum(map(len, attributes.values())),
        bytes=len(orjson.dumps(attributes)),
    )


def growth(before: Entity | None, after: Entity | None) -> Amount:
    """Measure by how much what is stored grows where one entity takes the other's place.

    Attributes whose instances are the same objects in both are not looked at.

    >>> from datetime import UTC, datetime
    >>> name, at = [{"type": "Property", "value": "a"}], datetime(2026, 9, 1, tzinfo=UTC)
    >>> told = {"id": "urn:a:1", "types": ("urn:T",), "created_at": at, "modified_at": at}
    >>> before = Entity(attributes={"urn:name": name}, **told)
    >>> growth(before, Entity(attributes={"urn:name": name, "urn:x": [{}]}, **told))
    Amount(entities=0, attributes=1, bytes=13)
    """
    if before is None or after is None:
        return amount_of(after) - amount_of(before)
    old, new = before.attributes, after.attributes
    attributes, octets = 0, max(len(new), 1) - max(len(old), 1)  # commas
    for attribute, instances in new.items():
        others = old.get(attribute)
        if others is not instances:
            attributes += len(instances)
            octets += len(orjson.dumps({attribute: instances}))
            if others is not None:
                attributes -= len(others)
                octets -= len(orjson.dumps({attribute: others}))
            else:
                octets -= _BRACES
    for attribute, others in old.items():
        if attribute not in new:
            attributes -= len(others)
            octets -= len(orjson.dumps({attribute: others})) - _BRACES
    return Amount(attributes=attributes, bytes=octets)


_BRACES = 2


async def measured(documents: Iterable[str]) -> Amount:
    """Measure entities by their rows' documents, and let others have their turns in between."""
    entities = attributes = octets = 0
    for document in documents:
        read = orjson.loads(document)
        entities += 1
        attributes += sum(map(len, read.values()))
        octets += len(orjson.dumps(read))
        if entities % _BETWEEN_TURNS == 0:
            await asyncio.sleep(0)
    return Amount(entities=entities, attributes=attributes, bytes=octets)


_BETWEEN_TURNS = 100
