"""Follows a path through an Entity in stored form to its targets, and names paths as keys."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.names import Iri
from broker.ngsi.q.syntax import Path
from broker.ngsi.values import format_instant, parse_instant
from kit.json import JsonValue

ANY_LANGUAGE = ("*",)
_NO_INSTANCES: list[Instance] = []


@dataclass(frozen=True, slots=True)
class Target:
    """What a path leads to; `relational`: the object of a Relationship or ListRelationship."""

    value: JsonValue
    relational: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """An instance and when it was created, by itself or with what holds it."""

    instance: Instance
    created_at: str


def is_visible(instance: Instance, now: datetime) -> bool:
    """Tell whether an instance has not expired.

    Spec: CIM 009 §4.22
    """
    expires_at = instance.get("expiresAt")
    return not isinstance(expires_at, str) or parse_instant(expires_at) > now


def targets(path: Path, entity: Entity, now: datetime) -> Iterator[Target]:
    """Give every target of a path in an Entity, in stored order."""
    if not path.attributes:
        moment = _entity_member(entity, path.member)
        if moment is not None:
            yield Target(format_instant(moment))
        return
    for found in _chain(entity.attributes, path.attributes, format_instant(entity.created_at), now):
        if path.member is not None:
            yield from _member(found, path.member)
        elif path.keys:
            yield from _inside(found.instance, path.keys)
        else:
            yield from _whole(found.instance)


def leads_somewhere(path: Path, entity: Entity, now: datetime) -> bool:
    """Tell whether a path leads to a target, whatever its value."""
    if path.attributes and path.member is None and not path.keys:
        created_at = ""  # not looked at
        return any(True for _ in _chain(entity.attributes, path.attributes, created_at, now))
    return any(True for _ in targets(path, entity, now))


def instances(entity: Entity, attributes: tuple[Iri, ...], now: datetime) -> Iterator[Instance]:
    """Give the visible instances of an attribute or, below it, of a sub-attribute."""
    for found in _chain(entity.attributes, attributes, "", now):
        yield found.instance


def _entity_member(entity: Entity, member: str | None) -> datetime | None:
    if member == "createdAt":
        return entity.created_at
    if member == "modifiedAt":
        return entity.modified_at
    return entity.expires_at if member == "expiresAt" else None


def _chain(
    level: Attributes, attributes: tuple[Iri, ...], created_at: str, now: datetime
) -> Iterator[_Found]:
    for instance in level.get(attributes[0], _NO_INSTANCES):
        if not is_visible(instance, now):
            continue
        own = instance.get("createdAt")
        created = own if isinstance(own, str) else created_at
        if len(attributes) == 1:
            yield _Found(instance, created)
        else:
            below = _sub_attributes(instance, attributes[1])
            yield from _chain(below, attributes[1:], created, now)


def _sub_attributes(instance: Instance, name: Iri) -> Attributes:
    below = instance.get(name)
    if not isinstance(below, list):
        return {}
    return {name: [item for item in below if isinstance(item, dict)]}


def _member(found: _Found, member: str) -> Iterator[Target]:
    if member == "createdAt":
        yield Target(found.created_at)
    elif member == "modifiedAt":
        yield Target(found.instance.get("modifiedAt", found.created_at))
    elif member in found.instance:
        yield Target(found.instance[member])


def _whole(instance: Instance) -> Iterator[Target]:
    if "object" in instance:
        yield Target(instance["object"], relational=True)
    elif "objectList" in instance:
        yield Target(instance["objectList"], relational=True)
    elif "languageMap" in instance:
        yield from _texts(instance["languageMap"], ANY_LANGUAGE)
    else:
        for member in ("value", "vocab", "valueList", "json"):
            if member in instance:
                value = instance[member]
                typed = isinstance(value, dict) and "@value" in value and member == "value"
                yield Target(value["@value"] if typed and isinstance(value, dict) else value)


def _inside(instance: Instance, keys: tuple[str, ...]) -> Iterator[Target]:
    if "languageMap" in instance:
        yield from _texts(instance["languageMap"], keys)
        return
    for member in ("value", "json"):
        value: JsonValue = instance.get(member)
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                break
            value = value[key]
        else:
            yield Target(value)


def _texts(languages: JsonValue, keys: tuple[str, ...]) -> Iterator[Target]:
    if not isinstance(languages, dict) or len(keys) != 1:
        return
    if keys == ANY_LANGUAGE:
        found = list(languages.values())
    else:
        found = [languages[keys[0]]] if keys[0] in languages else []
    for texts in found:
        for text in texts if isinstance(texts, list) else [texts]:
            yield Target(text)


def path_key(path: Path) -> str:
    """Name a path of indexed values: an attribute's IRI alone, otherwise a JSON array.

    >>> path_key(Path((Iri("https://a.example/capacity"),)))
    'https://a.example/capacity'
    """
    if len(path.attributes) == 1 and path.member is None and not path.keys:
        return path.attributes[0]
    return json.dumps([path.attributes, path.member, path.keys], ensure_ascii=False)


def path_of_key(key: str) -> Path:
    """Read a path from its name, as `path_key` wrote it."""
    if not key.startswith("["):
        return Path((Iri(key),))
    attributes, member, keys = json.loads(key)
    return Path(tuple(map(Iri, attributes)), member, tuple(keys))
