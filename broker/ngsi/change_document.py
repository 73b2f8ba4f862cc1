"""A Change written down and read back, for notifications that are sent after it is committed."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import orjson

from broker.ngsi.changes import AttributeChange, Change, Effect
from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.names import DatasetId, EntityId, Iri
from broker.ngsi.values import format_instant, parse_instant
from kit.json import JsonObject, JsonValue


def write_change(change: Change) -> str:
    """Write a Change as JSON.

    Of an Entity that was changed the state after is written whole, and of each changed instance
    what was before: `read_change` puts the state before together from these.
    """
    written: JsonObject = {"id": change.entity_id, "at": format_instant(change.at)}
    before, after = change.before, change.after
    if after is not None:
        written["after"] = _entity(after)
    if before is not None:
        written["before"] = _entity(before) if after is None else _head(before)
    if change.attributes:
        written["attributes"] = [_attribute(one) for one in change.attributes]
    return orjson.dumps(written).decode()


def read_change(text: str) -> Change:
    """Read a Change that `write_change` wrote."""
    read = orjson.loads(text)
    entity_id = EntityId(read["id"])
    after = _read_entity(entity_id, read["after"]) if "after" in read else None
    changes = tuple(_read_attribute(one, after) for one in read.get("attributes", ()))
    before = None
    if "before" in read:
        former = read["before"]
        if after is not None:
            former = {**former, "attributes": _former(after.attributes, changes)}
        before = _read_entity(entity_id, former)
    at = parse_instant(read["at"])
    return Change(entity_id=entity_id, at=at, before=before, after=after, attributes=changes)


def _entity(entity: Entity) -> JsonObject:
    return {**_head(entity), "attributes": cast(JsonValue, entity.attributes)}


def _head(entity: Entity) -> JsonObject:
    head: JsonObject = {
        "types": list(entity.types),
        "createdAt": format_instant(entity.created_at),
        "modifiedAt": format_instant(entity.modified_at),
    }
    if entity.scopes:
        head["scopes"] = list(entity.scopes)
    if entity.expires_at is not None:
        head["expiresAt"] = format_instant(entity.expires_at)
    return head


def _attribute(change: AttributeChange) -> JsonObject:
    written: JsonObject = {"attribute": change.attribute, "effect": change.effect.value}
    if change.dataset_id is not None:
        written["datasetId"] = change.dataset_id
    if change.before is not None:
        written["before"] = change.before
    if not change.differs:
        written["differs"] = False
    return written


def _read_entity(entity_id: EntityId, read: JsonObject) -> Entity:
    return Entity(
        id=entity_id,
        types=tuple(cast(list[Iri], read["types"])),
        attributes=cast(Attributes, read["attributes"]),
        created_at=_instant(read["createdAt"]),
        modified_at=_instant(read["modifiedAt"]),
        scopes=tuple(cast(list[str], read.get("scopes", []))),
        expires_at=_instant(read["expiresAt"]) if "expiresAt" in read else None,
    )


def _instant(value: JsonValue) -> datetime:
    return parse_instant(cast(str, value))


def _read_attribute(read: JsonObject, after: Entity | None) -> AttributeChange:
    attribute, dataset_id = Iri(cast(str, read["attribute"])), read.get("datasetId")
    effect = Effect(read["effect"])
    instances = after.attributes.get(attribute, []) if after is not None else []
    is_deleted = effect is Effect.DELETED
    return AttributeChange(
        attribute=attribute,
        dataset_id=DatasetId(dataset_id) if isinstance(dataset_id, str) else None,
        effect=effect,
        before=cast(Instance | None, read.get("before")),
        after=None if is_deleted else _instance_of(instances, dataset_id),
        differs=bool(read.get("differs", True)),
    )


def _instance_of(instances: list[Instance], dataset_id: JsonValue) -> Instance | None:
    return next((one for one in instances if one.get("datasetId") == dataset_id), None)


def _former(
    after: Attributes, changes: tuple[AttributeChange, ...]
) -> Mapping[Iri, list[Instance]]:
    """Take what happened to instances back."""
    former = {iri: list(instances) for iri, instances in after.items()}
    for change in changes:
        instances = [
            one
            for one in former.get(change.attribute, [])
            if one.get("datasetId") != change.dataset_id
        ]
        if change.before is not None:
            instances.append(change.before)
        if instances:
            former[change.attribute] = instances
        else:
            former.pop(change.attribute, None)
    return former
