"""Commands that change attributes of an Entity and leave the rest of it (§5.6.2 to §5.6.5)."""

from typing import TypeAlias, cast

from broker.ngsi.commands import (
    Append,
    Applied,
    DeleteAttribute,
    DropAttributes,
    PartialUpdate,
    ReplaceAttribute,
    Update,
)
from broker.ngsi.draft import Draft
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import ResourceNotFound
from broker.ngsi.instances import born, find, is_deletion, renewed, sub_instances
from broker.ngsi.kinds import require_same_kind
from broker.ngsi.names import Iri
from kit.json import JsonValue

_NO_HISTORY = frozenset({"type", "datasetId", "expiresAt"})  # §4.22: expiry is no new state

AttributeCommand: TypeAlias = (
    Append | Update | PartialUpdate | ReplaceAttribute | DeleteAttribute | DropAttributes
)


def change_attributes(command: AttributeCommand, before: Entity) -> Applied:
    """Answer with what a command makes of the attributes of an Entity that is there.

    Raises:
        ResourceNotFound: the attribute or instance meant is not there.
        BadRequestData: the command does not fit what is stored.
    """
    match command:
        case Append():
            return append(command, before)
        case Update():
            return update(command, before)
        case PartialUpdate():
            return partial_update(command, before)
        case ReplaceAttribute():
            return replace_attribute(command, before)
        case DeleteAttribute():
            return delete_attribute(command, before)
        case DropAttributes():
            return drop_attributes(command, before)


def append(command: Append, before: Entity) -> Applied:
    """Add attribute instances; those that are there are replaced, or left without overwrite.

    Spec: CIM 009 §5.6.3
    """
    fragment = command.fragment
    draft = Draft(before, command.at)
    for attribute, instances in fragment.attributes.items():
        for instance in instances:
            position = draft.position(attribute, instance)
            if position >= 0 and not command.overwrite:
                draft.leave(attribute, "the attribute exists and is not to be overwritten")
            else:
                _put_or_remove(draft, attribute, position, instance)
    draft.add_types(fragment.types)
    if fragment.scopes is not None:
        kept = () if command.overwrite else before.scopes
        draft.set_scopes((*kept, *fragment.scopes))
    _expire(draft, command)
    return draft.applied()


def update(command: Update, before: Entity) -> Applied:
    """Replace attribute instances, add those that are not there, delete those given as Null.

    Spec: CIM 009 §5.6.2
    """
    fragment = command.fragment
    draft = Draft(before, command.at)
    for attribute, instances in fragment.attributes.items():
        for instance in instances:
            position = draft.position(attribute, instance)
            _put_or_remove(draft, attribute, position, instance)
    draft.add_types(fragment.types)
    if fragment.scopes is not None:
        if before.scopes:
            draft.set_scopes(fragment.scopes)
        else:
            draft.leave("scope", "the Entity has no scope that could be replaced")
    _expire(draft, command)
    return draft.applied()


def partial_update(command: PartialUpdate, before: Entity) -> Applied:
    """Overwrite members of one attribute instance and delete those given as Null.

    Spec: CIM 009 §5.6.4
    """
    draft = Draft(before, command.at)
    attribute, given = command.attribute, command.instance
    position = _stored_position(draft, attribute, given)
    if is_deletion(given):
        draft.remove(attribute, position)
        return draft.applied()
    old = draft.attributes[attribute][position]
    require_same_kind(attribute, old, given)
    new: Instance = {
        **{name: value for name, value in old.items() if name not in command.removed},
        **given,
        "modifiedAt": draft.stamp,
    }
    for name in given:
        if ":" in name:
            _overlay(new, old, name, draft.stamp)
    is_recorded = bool(command.removed - _NO_HISTORY or given.keys() - _NO_HISTORY)
    draft.exchange(attribute, position, new, is_recorded=is_recorded)
    return draft.applied()


def _overlay(new: Instance, old: Instance, name: str, stamp: str) -> None:
    """Put given instances of a sub-attribute over the stored ones, in the new parent."""
    result = list(sub_instances(old, name))
    for given in sub_instances(new, name):
        position = find(result, given.get("datasetId"))
        if is_deletion(given):
            if position >= 0:
                del result[position]
        elif position < 0:
            result.append(born(given, stamp))
        else:
            result[position] = renewed(given, result[position], stamp)
    if result:
        new[name] = cast("JsonValue", result)
    else:
        del new[name]


def replace_attribute(command: ReplaceAttribute, before: Entity) -> Applied:
    """Replace the one attribute instance that has the same datasetId.

    Spec: CIM 009 §5.6.19
    """
    draft = Draft(before, command.at)
    _stored_position(draft, command.attribute, command.instance)
    draft.put(command.attribute, command.instance)
    return draft.applied()


def delete_attribute(command: DeleteAttribute, before: Entity) -> Applied:
    """Delete one instance of an attribute, all of them, or the Entity's scopes.

    Spec: CIM 009 §5.6.5
    """
    draft = Draft(before, command.at)
    if command.attribute is None:
        if not before.scopes:
            raise ResourceNotFound(f"Entity {before.id} has no scope")
        draft.set_scopes(())
    elif not command.delete_all:
        wanted: Instance = {"datasetId": command.dataset_id} if command.dataset_id else {}
        draft.remove(command.attribute, _stored_position(draft, command.attribute, wanted))
    elif command.attribute in draft.attributes:
        draft.remove_all(command.attribute)
    else:
        raise ResourceNotFound(f"Entity {before.id} has no attribute {command.attribute}")
    return draft.applied()


def drop_attributes(command: DropAttributes, before: Entity) -> Applied:
    """Drop the attributes named, or all but these.

    Spec: CIM 009 §5.6.21
    """
    draft = Draft(before, command.at)
    for attribute in before.attributes:
        if (attribute in command.attributes) is not command.keep:
            draft.remove_all(attribute)
    return draft.applied()


def _put_or_remove(draft: Draft, attribute: Iri, position: int, instance: Instance) -> None:
    if not is_deletion(instance):
        draft.put(attribute, instance)
    elif position >= 0:
        draft.remove(attribute, position)


def _stored_position(draft: Draft, attribute: Iri, wanted: Instance) -> int:
    """Answer with where the instance meant is stored.

    Raises:
        ResourceNotFound: it is not.
    """
    position = draft.position(attribute, wanted)
    if position >= 0:
        return position
    entity_id = draft.before.id
    if attribute not in draft.attributes:
        raise ResourceNotFound(f"Entity {entity_id} has no attribute {attribute}")
    dataset_id = wanted.get("datasetId")
    which = f"instance with datasetId {dataset_id}" if dataset_id else "default instance"
    raise ResourceNotFound(f"Attribute {attribute} of Entity {entity_id} has no {which}")


def _expire(draft: Draft, command: Append | Update) -> None:
    fragment = command.fragment
    if fragment.expires_at is not None or fragment.removes_expiry:
        draft.set_expiry(fragment.expires_at)
