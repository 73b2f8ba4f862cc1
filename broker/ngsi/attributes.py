"""Attributes as received, normalized and concise, read into stored form (§4.5.2 to §4.5.24)."""

from itertools import starmap
from typing import cast

from broker.ngsi.contexts import Context
from broker.ngsi.entity import DELETION, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geojson import read_geometry
from broker.ngsi.instances import is_deletion
from broker.ngsi.kinds import VALUE_MEMBER, is_geometry
from broker.ngsi.members import MEMBERS, PROOF_MEMBERS, read_dataset_id
from broker.ngsi.names import NGSI_LD, NULL, Iri
from broker.ngsi.opaque import MOST_LEVELS, pointer, require_value, within
from broker.ngsi.value_members import Nulls, Reading, read_value, require_nulls
from kit.json import JsonObject, JsonValue

__all__ = [
    "Nulls",
    "Reading",
    "read_attribute",
    "read_instance",
    "read_partial_instance",
    "require_new_dataset",
]

_GEO = frozenset(f"{NGSI_LD}{name}" for name in ("location", "observationSpace", "operationSpace"))
_PROOF = Iri(f"{NGSI_LD}ngsildproof")
_RULED = _GEO | {_PROOF}
_ANY = Iri("")  # a sub-attribute: what an Entity's location must be does not bind one called so
_KIND_OF_MEMBER = {member: kind for kind, member in VALUE_MEMBER.items() if kind != "GeoProperty"}
_NULLS: dict[str, JsonValue] = {
    "languageMap": {"@none": NULL},
    "valueList": [NULL],
    "objectList": [NULL],
}


def read_attribute(value: JsonValue, iri: Iri, reading: Reading, depth: int = 0) -> list[Instance]:
    """Read one attribute: an instance, an array of instances, or a bare value.

    Spec: CIM 009 §4.5.2.3, §4.5.5
    Raises:
        BadRequestData: it breaks a rule of the data model.
    """
    if type(value) is dict:
        return [read_instance(value, iri, reading, depth)]
    if isinstance(value, list) and any(map(_is_instance, value)):
        return _instances(value, iri, reading, depth)
    if value in (NULL, [NULL]):
        require_nulls(reading)
        return [DELETION]
    return [_bare(value, iri, reading)]


def _instances(values: list[JsonValue], iri: Iri, reading: Reading, depth: int) -> list[Instance]:
    """Read an array of instances, told apart by their datasetIds."""
    instances: list[Instance] = []
    seen: set[JsonValue] = set()
    for position, value in enumerate(values):
        if not isinstance(value, dict):
            raise BadRequestData(
                "An array mixes attribute instances with bare values; right would be one or the"
                ' other, or {"value": […]}',
                where=f"/{position}",
            )
        try:
            instance = read_instance(value, iri, reading, depth)
        except BadRequestData as refusal:
            raise within(refusal, position) from None
        require_new_dataset(instance.get("datasetId"), seen)
        instances.append(instance)
    return instances


def require_new_dataset(dataset_id: JsonValue, seen: set[JsonValue]) -> None:
    """Check that no two instances of an attribute have one datasetId (§4.5.5)."""
    if dataset_id in seen:
        raise BadRequestData(
            "An attribute has two instances with "
            + (f"the datasetId {dataset_id}" if dataset_id else "no datasetId")
            + "; right would be one datasetId each, and at most one default instance"
        )
    seen.add(dataset_id)


def _is_instance(value: JsonValue) -> bool:
    """Tell whether an item of an array says that it is an attribute instance."""
    return isinstance(value, dict) and (
        not _KIND_OF_MEMBER.keys().isdisjoint(value)
        or "datasetId" in value
        or (type(kind := value.get("type", value.get("@type"))) is str and kind in VALUE_MEMBER)
    )


def read_instance(value: JsonObject, iri: Iri, reading: Reading, depth: int = 0) -> Instance:
    """Read one attribute instance given as an object.

    Raises:
        BadRequestData: it breaks a rule of the data model.
    """
    kind = value.get("type")
    member = VALUE_MEMBER.get(kind) if type(kind) is str else None
    if member is None or type(kind) is not str:
        return _unusual(value, iri, reading, depth)
    given = value.get(member)
    if iri in _RULED:
        _require_ruled(iri, kind, given)
    if given == NULL or (member in _NULLS and given == _NULLS[member]):
        return _deletion(value, reading)
    if given is None and (member in value or reading.nulls.value < Nulls.PARTIAL.value):
        raise BadRequestData(f"A {kind} has no {member}; right would be one that is not null")
    instance: Instance = {"type": kind}
    if given is not None:
        instance[member] = read_value(kind, member, given, reading)
    if len(value) > len(instance):
        read_members(value, instance, iri, reading, depth)
    return instance


def _require_ruled(iri: Iri, kind: str, value: JsonValue) -> None:
    """Check what the standard says of the attributes that it names itself."""
    if iri in _GEO and kind != "GeoProperty":
        raise BadRequestData(f"This attribute is always a GeoProperty and cannot be a {kind}")
    is_proof = kind == "Property" and (isinstance(value, dict) or value in (None, NULL))
    if iri == _PROOF and not is_proof:
        raise BadRequestData("An ngsildproof is not a Property whose value is an object (§4.5.2.2)")


def read_partial_instance(
    value: JsonObject, iri: Iri, context: Context
) -> tuple[Instance, frozenset[str]]:
    """Read the members that a partial update gives, and the names of those that it removes.

    Spec: CIM 009 §5.5.8
    Raises:
        BadRequestData: one breaks a rule of the data model.
    """
    reading = Reading(context, Nulls.PARTIAL)
    value = _with_type(value, context)
    is_typed = "type" in value
    if not is_typed and not _KIND_OF_MEMBER.keys().isdisjoint(value):
        instance = _concise(value, iri, reading, 0)
    elif is_typed:
        instance = read_instance(value, iri, reading)
    else:
        instance = {}
        read_members(value, instance, iri, reading, 0)
    removed = {name for name, given in instance.items() if given in (NULL, [DELETION])}
    for name in instance.keys() - removed:
        if ":" in name and any(map(is_deletion, cast("list[Instance]", instance[name]))):
            raise BadRequestData(
                "A partial update deletes one of several instances of a sub-attribute; right is"
                " to give those that stay",
                where=pointer(name),
            )
    kept = {
        name: given
        for name, given in instance.items()
        if name not in removed and (name != "type" or is_typed)
    }
    return kept, frozenset(removed)


def read_members(
    value: JsonObject, instance: Instance, iri: Iri, reading: Reading, depth: int
) -> None:
    """Read into an instance the members beside its value: the standard's own and sub-attributes.

    Raises:
        BadRequestData: one breaks a rule; `where` points to it.
    """
    if depth >= MOST_LEVELS:
        raise BadRequestData(f"Sub-attributes lie deeper than {MOST_LEVELS} levels")
    context = reading.context
    deeper = Reading(context, Nulls.DELETE) if reading.nulls is Nulls.PARTIAL else reading
    reads = PROOF_MEMBERS if iri == _PROOF else MEMBERS
    kind = cast("str | None", instance.get("type"))
    own = VALUE_MEMBER.get(kind or "")
    for key, given in value.items():
        if key == "type" or key == own:
            continue
        try:
            read = reads.get(key)
            if read is None:
                _read_sub_attribute(key, given, instance, deeper, depth + 1)
            elif given == NULL and key != "datasetId":
                _note_null(key, instance, reading)
            elif (kept := read(given, kind, context)) is not None:
                instance[key] = kept
        except BadRequestData as refusal:
            raise within(refusal, key) from None
    if reading.nulls is Nulls.DELETE:
        _drop_deleted(instance)


def _read_sub_attribute(
    key: str, given: JsonValue, instance: Instance, reading: Reading, depth: int
) -> None:
    name = reading.context.attribute_names.get(key) or reading.context.attribute(key)
    if name in instance:
        raise BadRequestData(f"An attribute is given twice, under two names for {name}")
    instances = read_attribute(given, name if name == _PROOF else _ANY, reading, depth)
    instance[name] = cast("JsonValue", instances)


def _note_null(key: str, instance: Instance, reading: Reading) -> None:
    """Keep the NGSI-LD Null of a member for a merge; what replaces an instance just lacks it."""
    require_nulls(reading)
    if reading.nulls is not Nulls.DELETE:
        instance[key] = NULL


def _drop_deleted(instance: Instance) -> None:
    """Leave out deleted sub-attributes of an instance that replaces the stored one anyway."""
    for name in [key for key in instance if ":" in key]:
        subs = cast("list[Instance]", instance[name])
        kept = [sub for sub in subs if not is_deletion(sub)]
        if kept:
            instance[name] = cast("JsonValue", kept)
        else:
            del instance[name]


def _deletion(value: JsonObject, reading: Reading) -> Instance:
    require_nulls(reading)
    dataset_id = read_dataset_id(value["datasetId"]) if "datasetId" in value else None
    return {**DELETION, "datasetId": dataset_id} if dataset_id else DELETION


def _unusual(value: JsonObject, iri: Iri, reading: Reading, depth: int) -> Instance:
    """Read an object without the short name of a kind: concise, a geometry, or spelt otherwise."""
    renamed = _with_type(value, reading.context)
    kind = renamed.get("type")
    if "type" not in renamed:
        return _concise(renamed, iri, reading, depth)
    if is_geometry(renamed):
        return {"type": "GeoProperty", "value": read_geometry(renamed)}
    if isinstance(kind, str) and kind in VALUE_MEMBER:
        return read_instance(renamed, iri, reading, depth)
    raise BadRequestData(
        f"{str(kind)[:60]!r} is no kind of attribute; right would be one of"
        f" {', '.join(VALUE_MEMBER)}",
        where="/type",
    )


def _with_type(value: JsonObject, context: Context) -> JsonObject:
    """Spell an object's type as core does: `@type`, the user's own alias, a full IRI."""
    aliases = {"@type": "type", **context.aliases}
    renamed = {
        aliases[key] if aliases.get(key) == "type" else key: given for key, given in value.items()
    }
    kind = renamed.get("type")
    if isinstance(kind, str) and kind not in VALUE_MEMBER:
        name = context.expand(kind).removeprefix(NGSI_LD)
        if name in VALUE_MEMBER:
            renamed["type"] = name
    return renamed


def _concise(value: JsonObject, iri: Iri, reading: Reading, depth: int) -> Instance:
    """Read an object that does not say its kind (§4.5.2.3)."""
    members = _KIND_OF_MEMBER.keys() & value.keys()
    if len(members) > 1:
        raise BadRequestData(
            f"An attribute has several values ({', '.join(sorted(members))}); right would be one"
        )
    if members:
        member = members.pop()
        kind = _KIND_OF_MEMBER[member]
        if member == "value" and (is_geometry(value["value"]) or iri in _GEO):
            kind = "GeoProperty"
        return read_instance({"type": kind, **value}, iri, reading, depth)
    if reading.nulls is Nulls.MERGE and value and all(starmap(_is_beside_value, value.items())):
        instance: Instance = {}  # a merge into what is there, of whichever kind
        read_members(value, instance, iri, reading, depth)
        return instance
    return _bare(value, iri, reading)


def _is_beside_value(key: str, given: JsonValue) -> bool:
    """Tell whether a member is one of an attribute, never of a value: by its name or its type."""
    one = given[0] if isinstance(given, list) and given else given
    if key in MEMBERS or not isinstance(one, dict):
        return key in MEMBERS
    kind = one.get("type")
    return isinstance(kind, str) and VALUE_MEMBER.get(kind) in one


def _bare(value: JsonValue, iri: Iri, reading: Reading) -> Instance:
    """Read a value without anything around it: a Property, or a geometry given as text."""
    if iri in _GEO:
        return {"type": "GeoProperty", "value": read_geometry(value)}
    require_value(value, merge=reading.nulls is Nulls.MERGE)
    if iri == _PROOF:
        _require_ruled(iri, "Property", value)
    return {"type": "Property", "value": value}
