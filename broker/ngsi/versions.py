"""Entities for readers of an earlier version of the standard (§4.3.6.8)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.kinds import VALUE_MEMBER
from kit.json import JsonValue

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.\d{1,3})?", re.ASCII)

# What each table row of §4.3.6.8 says: the version something came in.
_MEMBERS = {
    "observedAt": (1, 3),
    "unitCode": (1, 3),
    "datasetId": (1, 3),
    "objectType": (1, 8),
    "expiresAt": (1, 9),
    "valueType": (1, 9),
}
_KINDS = {
    "LanguageProperty": ((1, 4), "Property"),
    "JsonProperty": ((1, 8), "Property"),
    "VocabProperty": ((1, 8), "Property"),
    "ListProperty": ((1, 8), "Property"),
    "ListRelationship": ((1, 8), "Relationship"),
}
_SCOPE = (1, 4)
_SEVERAL = (1, 3)  # several types, several instances


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version of the standard, `major.minor`."""

    number: tuple[int, int]

    def __str__(self) -> str:
        return "{}.{}".format(*self.number)


CURRENT = Version((1, 9))


def parse_version(text: str) -> Version | None:
    """Read a version; None where the text is none: a preference that cannot be read is none.

    >>> str(parse_version("1.5")), parse_version("latest")
    ('1.5', None)
    """
    found = _VERSION.fullmatch(text.strip())
    return Version((int(found[1]), int(found[2]))) if found else None


def fallback(entity: Entity, version: Version, context: Context) -> Entity:
    """Amend an Entity for a version; the same object where it conforms already.

    Spec: CIM 009 §4.3.6.8
    """
    number = version.number
    if number >= CURRENT.number:
        return entity
    attributes: Attributes = {
        iri: _instances(instances, number, context) for iri, instances in entity.attributes.items()
    }
    amended = replace(
        entity,
        types=entity.types if number >= _SEVERAL else entity.types[:1],
        scopes=entity.scopes if number >= _SCOPE else (),
        expires_at=None,
        attributes=attributes,
    )
    return entity if amended == entity else amended


def _instances(
    instances: list[Instance], number: tuple[int, int], context: Context
) -> list[Instance]:
    if number < _SEVERAL and len(instances) > 1:
        default = (one for one in instances if "datasetId" not in one)
        instances = [next(default, instances[0])]
    return [_amended(instance, number, context) for instance in instances]


def _amended(instance: Instance, number: tuple[int, int], context: Context) -> Instance:
    amended: Instance = {}
    for key, value in _known(instance, number):
        if ":" in key:
            subs = _instances(cast("list[Instance]", value), number, context)
            amended[key] = cast("JsonValue", subs)
        elif key != "type":
            amended[key] = value
    kind = str(instance["type"])
    introduced, older = _KINDS.get(kind, ((1, 0), kind))
    if number < introduced:
        value = amended.pop(VALUE_MEMBER[kind])
        value = _short(value, context) if kind == "VocabProperty" else value
        return {"type": older, VALUE_MEMBER[older]: value, **amended}
    return {"type": kind, **amended}


def _known(instance: Instance, number: tuple[int, int]) -> Iterable[tuple[str, JsonValue]]:
    for key, value in instance.items():
        if number >= _MEMBERS.get(key, (1, 0)):
            yield key, value


def _short(value: JsonValue, context: Context) -> JsonValue:
    """Write a vocab as its reader would see it: an opaque value is not compacted later."""
    if isinstance(value, list):
        return [context.compact_vocab(str(iri)) for iri in value]
    return context.compact_vocab(str(value))
