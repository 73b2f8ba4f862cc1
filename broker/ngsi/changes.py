"""What changed in one Entity: the stage between a write and its history and notifications."""

from collections.abc import Iterator
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
    """One Entity before and after one command; before None: created; after None: deleted.

    Args:
        attributes: what happened to instances of an Entity that was there and stays; empty where
            the Entity as a whole was created or deleted: `each_attribute` answers for all three.
    """

    entity_id: EntityId
    at: datetime
    before: Entity | None
    after: Entity | None
    attributes: tuple[AttributeChange, ...] = ()


def each_attribute(change: Change) -> Iterator[AttributeChange]:
    """Answer with what happened to each attribute instance, those of a whole Entity too.

    Spec: CIM 009 §5.8.6
    """
    if change.before is None and change.after is not None:
        yield from _of_whole(change.after, Effect.CREATED)
    elif change.after is None and change.before is not None:
        yield from _of_whole(change.before, Effect.DELETED)
    else:
        yield from change.attributes


def _of_whole(entity: Entity, effect: Effect) -> Iterator[AttributeChange]:
    is_deleted = effect is Effect.DELETED
    for attribute, instances in entity.attributes.items():
        for instance in instances:
            dataset_id = instance.get("datasetId")
            yield AttributeChange(
                attribute=attribute,
                dataset_id=DatasetId(dataset_id) if isinstance(dataset_id, str) else None,
                effect=effect,
                before=instance if is_deleted else None,
                after=None if is_deleted else instance,
            )
