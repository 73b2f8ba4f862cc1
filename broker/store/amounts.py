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
