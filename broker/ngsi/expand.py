"""Documents as received, expanded into Fragments: the door of the pure room (§5.5.4, §5.5.7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from broker.ngsi.attributes import (
    Nulls,
    Reading,
    read_attribute,
    read_instance,
    read_partial_instance,
    require_new_dataset,
)
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Fragment, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL, EntityId, Iri
from broker.ngsi.opaque import within
from broker.ngsi.scopes import is_scope
from broker.ngsi.simplified_input import read_simplified
from broker.ngsi.values import is_uri, parse_instant
from kit.json import JsonObject, JsonValue

_ENTITY_MEMBERS = frozenset(
    {"id", "@id", "type", "@type", "scope", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
    | {"@context"}
)
_Read: TypeAlias = Callable[[JsonValue, Iri], list[Instance]]


@dataclass(frozen=True, slots=True)
class AttributeFragment:
    """What a partial update says of one attribute instance (see commands.PartialUpdate)."""

    instance: Instance
    removed: frozenset[str]


def expand_entity(
    document: JsonObject, context: Context, *, entity_id: EntityId | None = None
) -> Fragment:
    """Expand a complete Entity, for create, upsert and replace.

    Args:
        document: as received.
        context: the request's.
        entity_id: the id that the request's URL gives; the document may leave its own out.

    Spec: CIM 009 §4.5.1, §5.2.4
    Raises:
        BadRequestData: it is no Entity; `where` points to what is wrong.
    """
    fragment = expand_fragment(document, context, entity_id=entity_id)
    if fragment.id is None:
        raise BadRequestData("An Entity has no id; right would be a URI", where="/id")
    if not fragment.types:
        raise BadRequestData("An Entity has no type; right would be a name or a URI", where="/type")
    return fragment


def expand_fragment(
    document: JsonObject,
    context: Context,
    *,
    nulls: Nulls = Nulls.REFUSED,
    entity_id: EntityId | None = None,
) -> Fragment:
    """Expand an Entity Fragment, for append, update and merge.

    Args:
        document: as received.
        context: the request's.
        nulls: what the NGSI-LD Null may do: REFUSED in append, DELETE in update, MERGE in merge.
        entity_id: the id that the request's URL gives; the document's own, if any, is the same.

    Spec: CIM 009 §5.4, §5.5.4
    Raises:
        BadRequestData: it breaks a rule; `where` points to what is wrong.
    """
    reading = Reading(context, nulls)
    read = partial(read_attribute, reading=reading)
    return _expand(document, context, nulls, entity_id, read)


def expand_simplified(
    document: JsonObject, context: Context, *, entity_id: EntityId | None = None
) -> Fragment:
    """Expand a merge given in simplified form: attributes become `{"simplified": value}`.

    Spec: CIM 009 §5.6.17, §4.5.4
    Raises:
        BadRequestData: it breaks a rule; `where` points to what is wrong.
    """
    read = partial(read_simplified, context=context)
    return _expand(document, context, Nulls.MERGE, entity_id, read)


def expand_attribute(
    document: JsonObject, context: Context, *, attribute: Iri | None = None
) -> Instance:
    """Expand one complete attribute instance, for Replace Attribute.

    Args:
        document: as received.
        context: the request's.
        attribute: which one it is, where rules depend on it: `location` is a GeoProperty.

    Spec: CIM 009 §5.6.19
    Raises:
        BadRequestData: it is no attribute; `where` points to what is wrong.
    """
    members = _members_of(document)
    return read_instance(members, attribute or Iri(""), Reading(context))


def expand_attribute_fragment(
    document: JsonObject, context: Context, *, attribute: Iri | None = None
) -> AttributeFragment:
    """Expand what a partial update says of one attribute instance.

    Args:
        document: as received.
        context: the request's.
        attribute: which one it is, where rules depend on it: `location` is a GeoProperty.

    Spec: CIM 009 §5.6.4, §5.5.8
    Raises:
        BadRequestData: it breaks a rule; `where` points to what is wrong.
    """
    members = _members_of(document)
    return AttributeFragment(*read_partial_instance(members, attribute or Iri(""), context))


def _members_of(document: JsonObject) -> JsonObject:
    members = {key: value for key, value in document.items() if key != "@context"}
    if not members:
        raise BadRequestData("An attribute is given without any member")
    return members


def _expand(
    document: JsonObject,
    context: Context,
    nulls: Nulls,
    entity_id: EntityId | None,
    read: _Read,
) -> Fragment:
    document = _with_keywords(document, context)
    attributes: dict[Iri, list[Instance]] = {}
    for key, value in document.items():
        if key in _ENTITY_MEMBERS:
            continue
        try:
            iri = context.attribute_names.get(key) or context.attribute(key)
            instances = read(value, iri)
            attributes[iri] = instances if iri not in attributes else [*attributes[iri], *instances]
        except BadRequestData as refusal:
            raise within(refusal, key) from None
    return _fragment(document, context, nulls, entity_id, attributes)


def _fragment(
    document: JsonObject,
    context: Context,
    nulls: Nulls,
    entity_id: EntityId | None,
    attributes: Mapping[Iri, list[Instance]],
) -> Fragment:
    """Read the members of an Entity that are no attributes, and put all together."""
    expiry = document.get("expiresAt")
    removes_expiry = expiry == NULL and nulls is not Nulls.REFUSED
    _require_distinct(document, attributes)
    return Fragment(
        id=_id(document["id"], entity_id) if "id" in document else entity_id,
        types=_types(document["type"], context) if "type" in document else (),
        attributes=attributes,
        scopes=_scopes(document["scope"], nulls) if "scope" in document else None,
        expires_at=None if removes_expiry or "expiresAt" not in document else _instant(expiry),
        removes_expiry=removes_expiry,
    )


def _with_keywords(document: JsonObject, context: Context) -> JsonObject:
    """Spell id and type as core does, where a document writes @id, @type or the user's aliases."""
    if "id" in document and "type" in document and not context.aliases:
        if "@id" in document or "@type" in document:
            raise BadRequestData("A document says id or type twice, once as @id or @type")
        return document
    names = {"@id": "id", "@type": "type", **context.aliases}
    renamed = {names.get(key, key): value for key, value in document.items()}
    if len(renamed) < len(document):
        raise BadRequestData("A document says id or type twice, under two names")
    return renamed


def _require_distinct(document: JsonObject, attributes: Mapping[Iri, list[Instance]]) -> None:
    """Check datasetIds where two names of a document mean one attribute."""
    if len(document) - len(_ENTITY_MEMBERS & document.keys()) == len(attributes):
        return
    for iri, instances in attributes.items():
        seen: set[JsonValue] = set()
        for instance in instances:
            try:
                require_new_dataset(instance.get("datasetId"), seen)
            except BadRequestData as refusal:
                raise within(refusal, iri) from None


def _id(given: JsonValue, expected: EntityId | None) -> EntityId:
    if not isinstance(given, str) or not is_uri(given) or given == NULL:
        raise BadRequestData(
            f"The id {str(given)[:120]!r} is not a URI; right would be urn:ngsi-ld:AED:1",
            where="/id",
        )
    if expected is not None and given != expected:
        raise BadRequestData(f"The id {given} is not {expected}, which the URL names", where="/id")
    return EntityId(given)


def _types(value: JsonValue, context: Context) -> tuple[Iri, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise BadRequestData(
            "A type is neither a name nor an array of names; right would be AED", where="/type"
        )
    if NULL in names:
        raise BadRequestData("A type cannot be removed by the NGSI-LD Null", where="/type")
    try:
        return tuple(dict.fromkeys(context.entity_type(str(name)) for name in names))
    except BadRequestData as refusal:
        raise within(refusal, "type") from None


def _scopes(value: JsonValue, nulls: Nulls) -> tuple[str, ...]:
    if value == NULL and nulls is not Nulls.REFUSED:
        return ()
    scopes = value if isinstance(value, list) else [value]
    for scope in scopes:
        if not isinstance(scope, str) or not is_scope(scope):
            raise BadRequestData(
                f"{str(scope)[:120]!r} is no Scope; right would be /Hokkaido/Sapporo: levels of"
                " letters, digits and _ that start with a letter",
                where="/scope",
            )
    if not scopes:
        raise BadRequestData("A scope is an empty array; one or more are right", where="/scope")
    return tuple(dict.fromkeys(map(str, scopes)))


def _instant(value: JsonValue) -> datetime:
    return parse_instant(value if isinstance(value, str) else str(value), where="/expiresAt")
