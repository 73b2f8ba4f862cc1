"""What changed in one Entity: the stage between a write and its history and notifications."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.names import DatasetId, EntityId, Iri


class Effect(Enum):
    """What happened to one attribute instance (§5.2.12 notificationTrigger)."""

    CREATED = "attributeCreated"
    UPDATED = "attributeUpdated"
    DELETED = "attributeDeleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChange:
    """One attribute instance before and after; one of the two is None where it was not there.

    An UPDATED instance may equal its predecessor (`differs` False): it is history, but no reason
    to notify (§5.8.6).
    """

    attribute: Iri
    dataset_id: DatasetId | None
    effect: Effect
    before: Instance | None
    after: Instance | None
    differs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One Entity before and after one command; before None: created; after None: deleted."""

    entity_id: EntityId
    at: datetime
    before: Entity | None
    after: Entity | None
    attributes: tuple[AttributeChange, ...]
