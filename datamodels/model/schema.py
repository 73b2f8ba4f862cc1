"""JSON Schema 2020-12 of a model's entities, in each form in which they travel or are kept."""

from collections.abc import Sequence
from enum import Enum

from datamodels.model.model import PLACES, Column, Kind, Model
from datamodels.model.shapes import DEPTHS
from kit.json import JsonObject, JsonValue

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_URI = r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"
_INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_KIND_NAMES = {"value": "Property", "object": "Relationship", "languageMap": "LanguageProperty"}


class Form(Enum):
    """How an entity is written (§4.5.4); STORED is the broker's own form, which is checked."""

    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"
    STORED = "stored"


def schema_of(model: Model, form: Form = Form.NORMALIZED, *, gaps: bool = False) -> JsonObject:
    """Make the schema of a model's entities in one form.

    Attributes that the model does not know are allowed: an entity may say more.

    Args:
        model: whose entities.
        form: how they are written.
        gaps: what the model requires may be missing, but for its key.

    Spec: CIM 009 §4.5.1, §4.5.4; JSON Schema 2020-12
    """
    names = {name: model.iri_of(name) if form is Form.STORED else name for name in model.parts}
    attributes: JsonObject = {
        names[name]: _attribute(columns, form, gaps=gaps) for name, columns in model.parts.items()
    }
    key = {model.by_name[en].attribute for en in model.key}
    required: list[JsonValue] = [names[name] for name in model.required if name in key or not gaps]
    if form is not Form.STORED:
        attributes = {**_head(model), **attributes}
        required = ["id", "type", *required]
    return {
        "$schema": DIALECT,
        "$id": f"urn:renkei:datamodels:schema:{model.type}:{model.version}:{form.value}",
        "title": f"{model.name_ja} / {model.name_en}",
        "type": "object",
        "required": required,
        "properties": attributes,
    }


def value_schema(column: Column) -> JsonObject:
    """Make the schema of one column's value.

    >>> value_schema(Column(ja="人数", en="n", kind=Kind.NUMBER, attribute="n", minimum=0))
    {'type': 'number', 'minimum': 0}
    """
    if column.vocabulary is not None:
        return {"enum": list(column.vocabulary.values)}
    schema: JsonObject = dict(_VALUES[column.kind])
    if column.kind is Kind.CODE and column.digits is not None:
        schema["pattern"] = f"^[0-9]{{{column.digits}}}$"
    if column.minimum is not None:
        schema["minimum"] = column.minimum
    if column.maximum is not None:
        schema["maximum"] = column.maximum
    return schema


def _head(model: Model) -> JsonObject:
    either: JsonObject = {
        "if": {"type": "array"},
        "then": {"contains": {"const": model.type}},
        "else": {"const": model.type},
    }
    return {"id": {"type": "string", "pattern": _URI}, "type": either}


def _attribute(columns: Sequence[Column], form: Form, *, gaps: bool) -> JsonObject:
    """Make the schema of an attribute: where it may have several instances, of each."""
    member, value = _content(columns, gaps=gaps)
    titled: JsonObject = {"title": "、".join(column.ja for column in columns)}
    match form:
        case Form.STORED:
            return {"type": "array", "items": _instance(columns, member, value)}
        case Form.NORMALIZED:
            one = _instance(columns, member, value)
            return {**titled, "if": {"type": "array"}, "then": {"items": one}, "else": one}
        case Form.SIMPLIFIED if member == "languageMap":
            return {**titled, "type": "object", "properties": {member: value}, "required": [member]}
        case Form.SIMPLIFIED:
            return {**titled, **value}
        case Form.CONCISE:
            whole: JsonObject = {"required": [member], "properties": {member: value}}
            if member != "value":
                return {**titled, "type": "object", **whole}
            is_whole: JsonObject = {"type": "object", "required": ["value"]}
            return {**titled, "if": is_whole, "then": whole, "else": value}


def _instance(columns: Sequence[Column], member: str, value: JsonObject) -> JsonObject:
    kind = "GeoProperty" if columns[0].kind in PLACES else _KIND_NAMES[member]
    properties: JsonObject = {"type": {"const": kind}, member: value}
    if columns[0].unit_code is not None:
        properties["unitCode"] = {"const": columns[0].unit_code}
    return {"type": "object", "required": ["type", member], "properties": properties}


def _content(columns: Sequence[Column], *, gaps: bool) -> tuple[str, JsonObject]:
    """Answer with the member that holds an attribute's content, and the schema of it."""
    first = columns[0]
    if first.language is not None:
        return "languageMap", _languages(columns, gaps=gaps)
    if first.kind in PLACES:
        return "value", _geometry(any(column.kind is Kind.SHAPE for column in columns))
    return ("object" if first.kind is Kind.REFERENCE else "value"), value_schema(first)


def _languages(columns: Sequence[Column], *, gaps: bool) -> JsonObject:
    spoken = [column for column in columns if column.language is not None]
    return {
        "type": "object",
        "properties": {str(column.language): {"type": "string"} for column in spoken},
        "required": [column.language for column in spoken if column.required and not gaps],
    }


def _geometry(is_any: bool) -> JsonObject:
    kinds: JsonObject = {"enum": list(DEPTHS)} if is_any else {"const": "Point"}
    return {"type": "object", "required": ["type", "coordinates"], "properties": {"type": kinds}}


_VALUES: dict[Kind, JsonObject] = {
    Kind.TEXT: {"type": "string"},
    Kind.CODE: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.TIME: {"type": "string", "pattern": _TIME},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "pattern": _INSTANT},
    Kind.CHOICE: {"type": "string"},
    Kind.URI: {"type": "string", "pattern": _URI},
    Kind.TEXTS: {"type": ["array", "string"], "items": {"type": "string"}},
    Kind.URIS: {"type": ["array", "string"], "items": {"type": "string", "pattern": _URI}},
    Kind.REFERENCE: {
        "type": ["string", "array"], "pattern": _URI, "items": {"type": "string", "pattern": _URI}
    },
    Kind.MUNICIPALITY: {"type": "string", "pattern": r"^[0-9]{6}$"},
}  # fmt: skip
