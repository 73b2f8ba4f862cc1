"""What a command makes of an Entity: pure, so that it can be repeated and composed (§5.6)."""

from datetime import datetime

from broker.ngsi.apply_attributes import change_attributes, update
from broker.ngsi.apply_merge import merge
from broker.ngsi.changes import Change
from broker.ngsi.commands import (
    Applied,
    Command,
    Create,
    Delete,
    Merge,
    Replace,
    Update,
    Upsert,
)
from broker.ngsi.draft import Draft
from broker.ngsi.entity import Attributes, Entity, Fragment
from broker.ngsi.errors import AlreadyExists, ResourceNotFound
from broker.ngsi.instances import find, is_deletion, present
from broker.ngsi.names import EntityId
from broker.ngsi.selection import matches_types


def apply(command: Command, before: Entity | None) -> Applied:
    """Answer with what a command makes of an Entity; what is expired counts as absent.

    Spec: CIM 009 §5.6.1 to §5.6.21, §4.22
    Raises:
        AlreadyExists: the Entity is to be created and is there.
        ResourceNotFound: the Entity (of the types meant), attribute or instance is not there.
        BadRequestData: the command does not fit what is stored.
    """
    entity = present(before, command.at)
    if isinstance(command, Create):
        if entity is not None:
            raise AlreadyExists(f"Entity {command.id} exists already")
        return _created(command.id, command.fragment, command.at)
    if entity is None or (
        command.types is not None and not matches_types(command.types, entity.types)
    ):
        if entity is None and isinstance(command, Upsert):
            return _created(command.id, _without_deletions(command.fragment), command.at)
        raise ResourceNotFound(_missing(command, entity))
    match command:
        case Replace():
            return _replace(command, entity)
        case Upsert():
            return _upsert(command, entity)
        case Merge():
            return merge(command, entity)
        case Delete():
            return _delete(command, entity)
        case _:
            return change_attributes(command, entity)


def _missing(command: Command, entity: Entity | None) -> str:
    if entity is None:
        return f"Entity {command.id} does not exist"
    return f"Entity {command.id} is not of the types asked for; it is {', '.join(entity.types)}"


def _created(entity_id: EntityId, fragment: Fragment, at: datetime) -> Applied:
    entity = Entity(
        id=entity_id,
        types=fragment.types,
        attributes=fragment.attributes,
        created_at=at,
        modified_at=at,
        scopes=fragment.scopes or (),
        expires_at=fragment.expires_at,
    )
    return Applied(
        change=Change(entity_id=entity_id, at=at, before=None, after=entity), created=True
    )


def _without_deletions(fragment: Fragment) -> Fragment:
    """Answer with what a fragment says of an Entity that is not there: nothing to delete."""
    attributes: Attributes = {
        attribute: kept
        for attribute, instances in fragment.attributes.items()
        if (kept := [one for one in instances if not is_deletion(one)])
    }
    return Fragment(
        id=fragment.id,
        types=fragment.types,
        attributes=attributes,
        scopes=fragment.scopes,
        expires_at=fragment.expires_at,
    )


def _replace(command: Replace | Upsert, before: Entity) -> Applied:
    """Replace all but createdAt, of the Entity and of instances that were there (§5.6.18)."""
    fragment = command.fragment
    draft = Draft(before, command.at)
    for attribute, instances in before.attributes.items():
        given = fragment.attributes.get(attribute, ())
        for old in instances:
            if find(given, old.get("datasetId")) < 0:
                draft.remove(attribute, draft.position(attribute, old))
    for attribute, instances in fragment.attributes.items():
        for instance in instances:
            draft.put(attribute, instance)
    draft.types = fragment.types
    draft.set_scopes(fragment.scopes or ())
    draft.set_expiry(fragment.expires_at)
    return draft.applied()


def _upsert(command: Upsert, before: Entity) -> Applied:
    if not command.update:
        return _replace(command, before)
    return update(
        Update(id=command.id, at=command.at, types=command.types, fragment=command.fragment),
        before,
    )


def _delete(command: Delete, before: Entity) -> Applied:
    at = max(command.at, before.modified_at)
    return Applied(change=Change(entity_id=command.id, at=at, before=before, after=None))
