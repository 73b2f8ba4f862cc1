"""Notified: one Entity that a notification tells of, its changes written into it (§5.8.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broker.ngsi.changes import AttributeChange, Change, Effect, each_attribute
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.instances import differs, find
from broker.ngsi.kinds import VALUE_MEMBER, kind_of
from broker.ngsi.names import DEFAULT_DATASET, NULL, DatasetId, Iri
from broker.ngsi.representations import Form
from broker.ngsi.subscription import Subscription, Trigger
from broker.ngsi.triggering import triggers_by
from broker.ngsi.values import format_instant
from kit.json import JsonValue

_PREVIOUS: Mapping[str, str] = {
    member: f"previous{member[0].upper()}{member[1:]}" for member in VALUE_MEMBER.values()
}
_NULLS: Mapping[str, JsonValue] = {
    "languageMap": {DEFAULT_DATASET: NULL},
    "valueList": [NULL],
    "objectList": [NULL],
}
"""What stands for a deleted value where it is not the plain NGSI-LD Null (§4.5.0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """One Entity that a notification tells of.

    Args:
        entity: its state; of a deleted one the last.
        changes: what happened to its attributes; empty where the notification is periodic.
        deleted_at: when it was deleted; None: it was not.
    """

    entity: Entity
    changes: tuple[AttributeChange, ...] = ()
    deleted_at: datetime | None = None


def notified_of(changes: Sequence[Change]) -> Notified:
    """Sum up changes of one Entity, at least one, in their order: its last state counts.

    Spec: CIM 009 §5.8.6
    """
    last = changes[-1]
    entity = last.after or last.before
    if entity is None:
        raise ValueError(f"The change of {last.entity_id} has neither a before nor an after")
    return Notified(
        entity=entity,
        changes=_summed(changes) if len(changes) > 1 else tuple(each_attribute(last)),
        deleted_at=last.at if last.after is None else None,
    )


def shown_entity(subscription: Subscription, notified: Notified) -> Entity:
    """Answer with the Entity as a notification shows it: a state with its changes written into it.

    Spec: CIM 009 §5.8.6
    """
    entity = notified.entity
    is_deleted = notified.deleted_at is not None
    attributes: dict[Iri, list[Instance]] = {} if is_deleted else dict(entity.attributes)
    if subscription.show_changes and not is_deleted:
        for one in notified.changes:
            if one.effect is Effect.UPDATED and one.differs and one.attribute in attributes:
                attributes[one.attribute] = _with_previous(attributes[one.attribute], one)
    tombstones = _Tombstones(subscription, notified.deleted_at or entity.modified_at)
    for attribute, deleted in _deleted(subscription, notified).items():
        left = attributes.get(attribute, [])
        attributes[attribute] = [*left, *tombstones.of(deleted, is_gone=not left)]
    if is_deleted:
        return replace(entity, attributes=attributes, scopes=(), expires_at=None)
    return entity if not notified.changes else replace(entity, attributes=attributes)


@dataclass(frozen=True, slots=True)
class _Tombstones:
    """Makes what stands for deleted instances."""

    subscription: Subscription
    deleted_at: datetime

    def of(self, deleted: Sequence[Instance], *, is_gone: bool) -> list[Instance]:
        """Stand for deleted instances of an attribute; one for all where no more is to be told.

        Args:
            deleted: the instances, at least one.
            is_gone: the attribute has no instance left.
        """
        default = find(deleted, None)
        if is_gone and default >= 0 and not self._tells_more():
            return [self._one(deleted[default])]
        return [self._one(instance) for instance in deleted]

    def _tells_more(self) -> bool:
        how = self.subscription.how
        return how.form is not Form.SIMPLIFIED and (how.sys_attrs or self.subscription.show_changes)

    def _one(self, instance: Instance) -> Instance:
        how = self.subscription.how
        more = self._more(instance) if self._tells_more() else {}
        if "datasetId" in instance:
            more["datasetId"] = instance["datasetId"]
        is_bare = how.form is Form.SIMPLIFIED or (how.form is Form.CONCISE and not more)
        if is_bare or how.languages is not None:
            return {"type": "Property", "value": NULL, **more}
        member = VALUE_MEMBER[kind_of(instance)]
        return {"type": instance["type"], member: _NULLS.get(member, NULL), **more}

    def _more(self, instance: Instance) -> Instance:
        more: Instance = {}
        if self.subscription.show_changes:
            more |= previous_value(instance)
        if self.subscription.how.sys_attrs:
            more |= {
                name: instance[name] for name in ("createdAt", "modifiedAt") if name in instance
            }
            more["deletedAt"] = format_instant(self.deleted_at)
        return more


def previous_value(instance: Instance) -> Instance:
    """Write the value of an instance as the previous one.

    >>> previous_value({"type": "Relationship", "object": "urn:a:b"})
    {'previousObject': 'urn:a:b'}
    """
    member = VALUE_MEMBER[kind_of(instance)]
    return {_PREVIOUS[member]: instance[member]}


def _with_previous(instances: list[Instance], changed: AttributeChange) -> list[Instance]:
    position = find(instances, changed.dataset_id)
    if position < 0 or changed.before is None:
        return instances
    told = {**instances[position], **previous_value(changed.before)}
    return [*instances[:position], told, *instances[position + 1 :]]


def _deleted(subscription: Subscription, notified: Notified) -> dict[Iri, list[Instance]]:
    """Gather the deleted instances that are to be told of, by attribute."""
    wanted = subscription.how.dataset_ids
    found: dict[Iri, list[Instance]] = {}
    for one in notified.changes:
        if one.before is None or not _tells_of(subscription, notified, one):
            continue
        if wanted is None or (one.dataset_id or DEFAULT_DATASET) in wanted:
            found.setdefault(one.attribute, []).append(one.before)
    return found


def _tells_of(subscription: Subscription, notified: Notified, one: AttributeChange) -> bool:
    """Tell whether a deletion is told of: to those who wait for deletions of attributes."""
    if one.effect is not Effect.DELETED:
        return False
    triggers = subscription.triggers
    if notified.deleted_at is None:
        return Trigger.ATTRIBUTE_DELETED in triggers
    if subscription.show_changes and Trigger.ENTITY_DELETED in triggers:
        return True
    return triggers_by(subscription, one)


def _summed(changes: Sequence[Change]) -> tuple[AttributeChange, ...]:
    """Sum up what happened to each attribute instance."""
    found: dict[tuple[Iri, DatasetId | None], AttributeChange] = {}
    for change in changes:
        for one in each_attribute(change):
            key = (one.attribute, one.dataset_id)
            first = found.pop(key, None)
            summed = one if first is None else _both(first, one)
            if summed is not None:
                found[key] = summed
    return tuple(found.values())


def _both(first: AttributeChange, last: AttributeChange) -> AttributeChange | None:
    """Sum up two; None where an instance came and went."""
    before, after = first.before, last.after
    if before is None:
        return None if after is None else replace(last, effect=Effect.CREATED, before=None)
    if after is None:
        return replace(last, before=before)
    return replace(last, effect=Effect.UPDATED, before=before, differs=differs(before, after))
