"""Merge Entity: RFC 7396 over the stored form, down into values (§5.6.17, §5.5.12)."""

from typing import cast

from broker.ngsi.commands import Applied, Merge
from broker.ngsi.draft import Draft
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.instances import born, find, is_deletion, sub_instances
from broker.ngsi.kinds import BOUND_MEMBERS, VALUE_MEMBER, kind_of
from broker.ngsi.names import NULL, Iri
from broker.ngsi.simplified import full_form, inferred_form
from kit.json import JsonValue

_MERGED = frozenset({"value", "json", "languageMap"})
_NO_HISTORY = frozenset({"type", "datasetId", "expiresAt"})  # §4.22: expiry is no new state


def merge(command: Merge, before: Entity) -> Applied:
    """Merge a fragment into an Entity.

    Spec: CIM 009 §5.6.17
    Raises:
        BadRequestData: simplified values do not fit the kinds of the stored attributes.
    """
    fragment = command.fragment
    draft = Draft(before, command.at)
    for attribute, instances in fragment.attributes.items():
        for instance in instances:
            _merge_attribute(draft, command, attribute, instance)
    draft.add_types(fragment.types)
    if fragment.scopes is not None:
        draft.set_scopes(fragment.scopes)
    if fragment.expires_at is not None or fragment.removes_expiry:
        draft.set_expiry(fragment.expires_at)
    return draft.applied()


def _merge_attribute(draft: Draft, command: Merge, attribute: Iri, given: Instance) -> None:
    position = draft.position(attribute, given)
    if is_deletion(given):
        if position >= 0:
            draft.remove(attribute, position)
        return
    if position < 0:
        new = pruned(inferred_form(given))
        if new is not None:
            draft.add(attribute, new)
        return
    old = draft.attributes[attribute][position]
    given = full_form(attribute, old, given, command.language)
    merged = merged_instance(old, given, draft.stamp)
    if merged is None:
        draft.remove(attribute, position)
        return
    if command.observed_at and "observedAt" in old and "observedAt" not in given:
        merged["observedAt"] = command.observed_at
    draft.exchange(attribute, position, merged, is_recorded=bool(given.keys() - _NO_HISTORY))


def merged_instance(old: Instance, given: Instance, stamp: str) -> Instance | None:
    """Answer with an instance merged into a stored one; None: its value is deleted."""
    result = dict(old)
    if given.get("type", old["type"]) != old["type"]:
        for member in BOUND_MEMBERS & old.keys():
            del result[member]
    result["modifiedAt"] = stamp
    for name, value in given.items():
        if ":" in name:
            _merge_subs(result, name, sub_instances(given, name), stamp)
        elif value == NULL:
            result.pop(name, None)
        elif name in _MERGED and not _is_geo(result, given):
            result[name] = merged_value(result.get(name), value)
        else:
            result[name] = value
    return _if_valued(result)


def _merge_subs(parent: Instance, name: str, given: list[Instance], stamp: str) -> None:
    subs = list(sub_instances(parent, name))
    for one in given:
        position = find(subs, one.get("datasetId"))
        new: Instance | None = None
        if not is_deletion(one):
            new = (
                pruned(born(one, stamp))
                if position < 0
                else merged_instance(subs[position], one, stamp)
            )
        if position >= 0:
            del subs[position]
        if new is not None:
            subs.insert(position if position >= 0 else len(subs), new)
    if subs:
        parent[name] = cast("JsonValue", subs)
    else:
        parent.pop(name, None)


def merged_value(old: JsonValue, given: JsonValue) -> JsonValue:
    """Merge a value into a stored one; an NGSI-LD Null deletes the member that holds it.

    Spec: RFC 7396; CIM 009 §5.5.12

    >>> merged_value({"a": 1, "b": 2}, {"b": "urn:ngsi-ld:null", "c": {"d": 3}})
    {'a': 1, 'c': {'d': 3}}
    """
    if not isinstance(given, dict):
        return given
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in given.items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = merged_value(result.get(name), value)
    return result


def pruned(given: Instance) -> Instance | None:
    """Answer with a new instance without its NGSI-LD Nulls: there is nothing to delete yet.

    Raises:
        BadRequestData: an attribute that is not there yet is given no value.
    """
    if VALUE_MEMBER.get(str(given.get("type"))) not in given:
        raise BadRequestData("An attribute that is not there yet is given with its type and value")
    result: Instance = {}
    for name, value in given.items():
        if ":" in name:
            subs = [pruned(one) for one in sub_instances(given, name) if not is_deletion(one)]
            if kept := [one for one in subs if one is not None]:
                result[name] = cast("JsonValue", kept)
        elif value != NULL:
            result[name] = merged_value(None, value) if name in _MERGED else value
    return _if_valued(result)


def _if_valued(instance: Instance) -> Instance | None:
    """Answer with an instance that has its value; an empty languageMap is none."""
    value = instance.get(VALUE_MEMBER[kind_of(instance)])
    is_missing = value is None or (value == {} and "languageMap" in instance)
    return None if is_missing else instance


def _is_geo(stored: Instance, given: Instance) -> bool:
    """Tell whether the value is a geometry: it is replaced as one, never mixed of two."""
    return given.get("type", stored["type"]) == "GeoProperty"
