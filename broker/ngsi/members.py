"""Members of an attribute that the standard defines, not reified (§4.5.2 to §4.5.24)."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.kinds import VALUE_MEMBER
from broker.ngsi.names import DEFAULT_DATASET, NULL
from broker.ngsi.values import format_instant, parse_instant, require_uri
from kit.json import JsonValue

_CANONICAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_LISTS_AND_VALUES = frozenset({"Property", "GeoProperty", "ListProperty"})
_LINKS = frozenset({"Relationship", "ListRelationship"})

Read = Callable[[JsonValue, str | None, Context], JsonValue]
"""Reads a member of an attribute of a kind (None: not said yet); None: it is not to be kept."""


def read_instant(value: JsonValue) -> str:
    """Read a DateTime into its stored form.

    Spec: CIM 009 §4.6.3

    >>> read_instant("2026-09-01T03:00:00.000Z")
    '2026-09-01T03:00:00Z'
    """
    if not isinstance(value, str):
        raise BadRequestData(
            f"{str(value)[:60]!r} is not a DateTime; right would be a text 2026-09-01T03:00:00Z"
        )
    return _instant(value)


@lru_cache(maxsize=4096)  # attributes observed together carry the same instant
def _instant(text: str) -> str:
    instant = parse_instant(text)
    return text if _CANONICAL.fullmatch(text) else format_instant(instant)


def read_uris(value: JsonValue) -> JsonValue:
    """Read a URI or an array of at least one.

    Raises:
        BadRequestData: one is no URI, or is the NGSI-LD Null.
    """
    if isinstance(value, list) and value:
        for item in value:
            read_uri(item)
        return value
    return read_uri(value)


def read_uri(value: JsonValue) -> str:
    """Read one URI that is not the NGSI-LD Null."""
    if value == NULL:
        raise BadRequestData(f"The NGSI-LD Null {NULL} stands for no resource here")
    return require_uri(value, what="The value")


def read_vocab(value: JsonValue, context: Context) -> JsonValue:
    """Read a text or an array of texts coerced into IRIs (§4.5.20).

    Raises:
        BadRequestData: it is neither, or one cannot be an IRI.
    """
    if isinstance(value, str):
        if "\x00" in value or value == NULL:
            raise BadRequestData(f"{value!r} cannot be read as an IRI")
        return context.expand_vocab(value)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [read_vocab(item, context) for item in value]
    raise BadRequestData(
        f"{str(value)[:60]!r} is neither a text nor an array of texts that can be read as IRIs"
    )


def read_dataset_id(value: JsonValue) -> str | None:
    """Read a datasetId; the default instance has none (§4.5.5)."""
    if value == DEFAULT_DATASET:
        return None
    if value == NULL:
        raise BadRequestData("A datasetId cannot be removed; right would be to delete the instance")
    return require_uri(value, what="The datasetId")


def _unit_code(value: JsonValue, kind: str | None, _context: Context) -> JsonValue:
    if kind is not None and kind not in _LISTS_AND_VALUES:
        raise BadRequestData(f"A {kind} has no unit; right would be to leave unitCode out")
    return _text(value, "unitCode")


def _text(value: JsonValue, what: str) -> str:
    if not isinstance(value, str) or not value or "\x00" in value:
        raise BadRequestData(f"{what} {str(value)[:60]!r} is not a text of one or more characters")
    return value


def _value_type(value: JsonValue, kind: str | None, context: Context) -> JsonValue:
    if kind in _LINKS:
        raise BadRequestData(f"A {kind} has no valueType; right would be objectType")
    iri = context.expand_vocab(_text(value, "valueType"))
    if kind == "LanguageProperty" and iri != _LANG_STRING:
        raise BadRequestData("The valueType of a LanguageProperty can only be langString")
    return iri


def _object_type(value: JsonValue, kind: str | None, context: Context) -> JsonValue:
    if kind is not None and kind not in _LINKS:
        raise BadRequestData(f"A {kind} has no objectType; right would be valueType")
    return read_vocab(value, context)


def _ignored(_value: JsonValue, _kind: str | None, _context: Context) -> None:
    """Leave out what the broker generates itself (§4.8)."""


def _instant_member(value: JsonValue, _kind: str | None, _context: Context) -> JsonValue:
    return read_instant(value)


def _refused(name: str, why: str) -> Read:
    def refuse(_value: JsonValue, kind: str | None, _context: Context) -> JsonValue:
        raise BadRequestData(f"A {kind or 'attribute'} cannot have {name}: {why}")

    return refuse


def _members() -> dict[str, Read]:
    reads: dict[str, Read] = {
        "observedAt": _instant_member,
        "expiresAt": _instant_member,
        "createdAt": _ignored,
        "modifiedAt": _ignored,
        "deletedAt": _ignored,
        "instanceId": _ignored,
        "datasetId": lambda value, _kind, _context: read_dataset_id(value),
        "unitCode": _unit_code,
        "valueType": _value_type,
        "objectType": _object_type,
        "lang": lambda value, _kind, _context: _text(value, "lang"),
        "@context": _refused("@context", "it stands at the top of a document (§5.5.7)"),
    }
    for name in dict.fromkeys(VALUE_MEMBER.values()):
        reads[name] = _refused(name, "it is the value of another kind of attribute")
        previous = f"previous{name[0].upper()}{name[1:]}"
        reads[previous] = _refused(previous, "it is for notifications only")
    for name in ("entity", "entityList"):
        reads[name] = _refused(name, "it is for answers only")
    for name in ("entityIdSealed", "entityTypeSealed"):
        reads[name] = _refused(name, "it belongs to ngsildproof")
    return reads


MEMBERS: Mapping[str, Read] = MappingProxyType(_members())
"""How each member is read that is not the attribute's own value."""

PROOF_MEMBERS: Mapping[str, Read] = MappingProxyType(
    {
        **MEMBERS,
        "entityIdSealed": lambda value, _kind, _context: read_uri(value),
        "entityTypeSealed": lambda value, _kind, context: read_vocab(value, context),
    }
)
"""The same for ngsildproof (§4.5.2.2)."""
