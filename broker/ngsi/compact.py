"""Attribute instances written normalized, concise and simplified (§4.5.2 to §4.5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import cast

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Instance
from broker.ngsi.instances import is_expired
from broker.ngsi.kinds import VALUE_MEMBER, is_geometry
from broker.ngsi.languages import Languages, choose
from broker.ngsi.members import MEMBERS
from broker.ngsi.names import NULL
from kit.json import JsonObject, JsonValue

# An instance with no other keys than these looks the same stored and normalized.
PLAIN = frozenset(
    {"type", "value", "object", "languageMap", "json", "valueList", "unitCode", "observedAt"}
    | {"datasetId", "lang", "entityIdSealed"}
)
_SYSTEM = frozenset({"createdAt", "modifiedAt", "expiresAt"})
_VOCABULARY = frozenset({"vocab", "objectType", "valueType", "entityTypeSealed"}) | {
    "previousVocab"
}
_VALUES = frozenset(VALUE_MEMBER.values())
_WRAPPED = frozenset({"languageMap", "json", "vocab"})  # §4.5.4: in simplified form too


class Form(Enum):
    """The representation of attributes that a request asks for (§6.3.7)."""

    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


@dataclass(frozen=True, slots=True)
class Writing:
    """How attribute instances are written.

    Args:
        context: the request's.
        form: the representation.
        sys_attrs: with createdAt, modifiedAt and expiresAt.
        languages: one text of a LanguageProperty instead of all.
        now: instances that expired before are not shown; None: all are.
    """

    context: Context
    form: Form = Form.NORMALIZED
    sys_attrs: bool = False
    languages: Languages | None = None
    now: datetime | None = None

    def name(self, iri: str) -> str:
        """Write the name of an attribute."""
        if self.form is Form.SIMPLIFIED:
            return self.context.compact_simplified(iri)
        return self.context.short_names.get(iri) or self.context.compact(iri)

    def is_shown(self, instance: Instance) -> bool:
        """Tell whether an instance is not expired (§4.22)."""
        return "expiresAt" not in instance or self.now is None or not is_expired(instance, self.now)


def write_attribute(
    instances: Sequence[Instance], writing: Writing, created_at: str = ""
) -> JsonValue:
    """Write the instances of one attribute, at least one: an object, an array, or a bare value.

    Args:
        instances: those to be shown.
        writing: how.
        created_at: when what holds the attribute was created; needed with sys_attrs only.

    Spec: CIM 009 §4.5.2, §4.5.4, §4.5.5
    """
    if writing.languages is not None:
        instances = [_in_language(instance, writing.languages) for instance in instances]
    if writing.form is Form.SIMPLIFIED:
        return _simplified(instances, writing)
    if writing.form is Form.CONCISE:
        if len(instances) == 1:
            return _concise(instances[0], writing, created_at, alone=True)
        return [_concise(one, writing, created_at, alone=False) for one in instances]
    if len(instances) == 1:
        return _normalized(instances[0], writing, created_at)
    return [_normalized(one, writing, created_at) for one in instances]


def _normalized(instance: Instance, writing: Writing, created_at: str) -> JsonObject:
    """Write an instance with its type (§4.5.2.2)."""
    if not writing.sys_attrs and PLAIN.issuperset(instance):
        return instance
    created_at = str(instance.get("createdAt", created_at))
    written: JsonObject = {}
    for key, value in instance.items():
        if ":" in key:
            subs = [sub for sub in cast("list[Instance]", value) if writing.is_shown(sub)]
            if subs:
                written[writing.name(key)] = write_attribute(subs, writing, created_at)
        elif key in _VOCABULARY:
            written[key] = _short(value, writing.context)
        elif key in ("objectList", "previousObjectList"):
            written[key] = _objects(value, writing)
        elif key not in _SYSTEM:
            written[key] = value
    if writing.sys_attrs:
        written["createdAt"] = created_at
        written["modifiedAt"] = instance.get("modifiedAt", created_at)
        if "expiresAt" in instance:
            written["expiresAt"] = instance["expiresAt"]
    return written


def _concise(instance: Instance, writing: Writing, created_at: str, *, alone: bool) -> JsonValue:
    """Write an instance as briefly as it can be read back without a loss (§4.5.2.3)."""
    kind = instance["type"]
    value = instance.get("value")
    if kind == "Property" and is_geometry(value):
        return _normalized(instance, writing, created_at)  # without a type it would be read as Geo
    written = dict(_normalized(instance, writing, created_at))
    del written["type"]
    if (
        alone
        and written.keys() == {"value"}
        and (kind == "GeoProperty" or _is_bare(value, writing))
    ):
        return value
    return written


def _is_bare(value: JsonValue, writing: Writing) -> bool:
    """Tell whether a value standing alone is read as the value of a Property."""
    if isinstance(value, list):
        return all(_is_bare(item, writing) for item in value) and not any(
            isinstance(item, dict) and "datasetId" in item for item in value
        )
    if not isinstance(value, dict):
        return True
    keys = value.keys()
    return not (
        "type" in keys
        or "@type" in keys
        or keys & _VALUES
        or keys & writing.context.aliases.keys()
        or keys <= MEMBERS.keys()
    )


def _simplified(instances: Sequence[Instance], writing: Writing) -> JsonValue:
    """Write values alone, by datasetId where there is more than the default instance (§4.5.4)."""
    if len(instances) == 1 and "datasetId" not in instances[0]:
        return simplified_value(instances[0], writing)
    return {
        "dataset": {
            str(instance.get("datasetId", "@none")): simplified_value(instance, writing)
            for instance in instances
        }
    }


def simplified_value(instance: Instance, writing: Writing) -> JsonValue:
    """Write the value of one instance in simplified form (§4.5.4)."""
    member = VALUE_MEMBER[str(instance["type"])]
    value = instance[member]
    if member == "vocab":
        value = _short(value, writing.context)
    return {member: value} if member in _WRAPPED else value


def _short(value: JsonValue, context: Context) -> JsonValue:
    if isinstance(value, list):
        return [context.compact_vocab(str(iri)) for iri in value]
    return context.compact_vocab(str(value))


def _objects(value: JsonValue, writing: Writing) -> JsonValue:
    """Write an objectList: objects normalized, bare URIs concise and deleted ones (§4.5.22)."""
    if writing.form is Form.CONCISE or value == [NULL]:
        return value
    return [{"object": uri} for uri in cast("list[JsonValue]", value)]


def _in_language(instance: Instance, languages: Languages) -> Instance:
    """Turn a LanguageProperty into a Property with one text (§4.15)."""
    texts = instance.get("languageMap")
    if instance["type"] != "LanguageProperty" or not isinstance(texts, dict):
        return instance
    tag = choose(texts, languages)
    if tag is None:
        return instance
    others = {key: value for key, value in instance.items() if key not in ("type", "languageMap")}
    return {"type": "Property", "value": texts[tag], "lang": tag, **others}
