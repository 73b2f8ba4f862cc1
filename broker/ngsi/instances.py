"""Attribute instances in stored form: found, stamped, compared; none is changed in place."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.values import parse_instant
from kit.json import JsonObject, JsonValue

_STAMPS = frozenset({"createdAt", "modifiedAt"})
_SYSTEM = _STAMPS | {"expiresAt"}


def is_deletion(instance: Instance) -> bool:
    """Tell whether a Fragment's instance asks for the deletion of the stored one (§4.5.0)."""
    return "deleted" in instance


def find(instances: Sequence[Instance], dataset_id: JsonValue) -> int:
    """Answer with the position of the instance of this datasetId (None: default), or -1."""
    for position, instance in enumerate(instances):
        if instance.get("datasetId") == dataset_id:
            return position
    return -1


def sub_instances(instance: Instance, attribute: str) -> list[Instance]:
    """Answer with the instances of one sub-attribute, none where it is not there."""
    return cast("list[Instance]", instance.get(attribute, []))  # stored form: an IRI holds these


def present(entity: Entity | None, now: datetime) -> Entity | None:
    """Answer with what of an Entity is not expired; None where all of it is.

    Spec: CIM 009 §4.22
    """
    if entity is None or (entity.expires_at is not None and entity.expires_at <= now):
        return None
    for instances in entity.attributes.values():
        for instance in instances:
            if "expiresAt" in instance:
                return _without_expired(entity, now)
    return entity


def _without_expired(entity: Entity, now: datetime) -> Entity:
    kept: Attributes = {
        attribute: left
        for attribute, instances in entity.attributes.items()
        if (left := [one for one in instances if not is_expired(one, now)])
    }
    return Entity(
        id=entity.id,
        types=entity.types,
        attributes=kept,
        created_at=entity.created_at,
        modified_at=entity.modified_at,
        scopes=entity.scopes,
        expires_at=entity.expires_at,
    )


def is_expired(instance: Instance, now: datetime) -> bool:
    """Tell whether an instance is not to be served any more (§4.22)."""
    expires_at = instance.get("expiresAt")
    return isinstance(expires_at, str) and parse_instant(expires_at) <= now


def born(instance: Instance, stamp: str) -> Instance:
    """Answer with a new instance that is younger than what holds it."""
    return {**instance, "createdAt": stamp}


def renewed(instance: Instance, old: Instance, stamp: str) -> Instance:
    """Answer with an instance that takes the place of an old one: created then, modified now.

    What was created with its holder stays unstamped, at every depth.
    """
    result: Instance = {**instance, "modifiedAt": stamp}
    result.pop("createdAt", None)
    created_at = old.get("createdAt")
    if created_at is not None:
        result["createdAt"] = created_at
    for attribute in instance:
        if ":" in attribute:
            result[attribute] = cast("JsonValue", _renewed_subs(instance, old, attribute, stamp))
    return result


def _renewed_subs(instance: Instance, old: Instance, attribute: str, stamp: str) -> list[Instance]:
    olds = sub_instances(old, attribute)
    result = []
    for new in sub_instances(instance, attribute):
        position = find(olds, new.get("datasetId"))
        result.append(born(new, stamp) if position < 0 else renewed(new, olds[position], stamp))
    return result


def differs(one: Instance, other: Instance) -> bool:
    """Tell whether two instances differ in more than what the broker stamps and sweeps.

    Spec: CIM 009 §5.8.6

    >>> differs({"value": 1, "modifiedAt": "2026-09-01T00:00:00Z"}, {"value": 1})
    False
    >>> differs({"value": 1}, {"value": True})
    True
    """
    names = one.keys() - _SYSTEM
    if names != other.keys() - _SYSTEM:
        return True
    return any(
        _subs_differ(sub_instances(one, name), sub_instances(other, name))
        if ":" in name
        else not same(one[name], other[name])
        for name in names
    )


def _subs_differ(ones: Sequence[Instance], others: Sequence[Instance]) -> bool:
    if len(ones) != len(others):
        return True
    for one in ones:
        position = find(others, one.get("datasetId"))
        if position < 0 or differs(one, others[position]):
            return True
    return False


def same(one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two JSON values are equal; other than in Python, true is not 1.

    >>> same([1, {"a": 2.0}], [1.0, {"a": 2}]), same(True, 1)
    (True, False)
    """
    if one != other:
        return False
    if isinstance(one, dict | list):
        return _same_inside(one, cast("JsonObject | list[JsonValue]", other))
    return isinstance(one, bool) == isinstance(other, bool)


def _same_inside(one: JsonObject | list[JsonValue], other: JsonObject | list[JsonValue]) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(value, other[name]) for name, value in one.items())
    return all(map(same, one, other))
