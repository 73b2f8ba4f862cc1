"""A row's values as an entity, and an entity as a row's values."""

import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from datamodels.model.model import PLACES, Column, Kind, Model
from kit.json import JsonObject, JsonValue

MEMBERS = ("value", "languageMap", "object", "unitCode")
"""The members of an attribute instance by which two are compared."""


def entity_id(model: Model, municipality: str | None, local_id: str) -> str:
    """Make the stable id of an entity: the same row gives the same id each time.

    What a URN may not hold is percent-encoded. Models whose rows belong to no municipality have
    none in their ids.

    Spec: CIM 009 §4.5.1, §A.3; RFC 8141
    """
    whose = f"{municipality}:" if municipality else ""
    return f"urn:ngsi-ld:{model.type}:{whose}{quote(local_id, safe='-._~')}"


def hashed_id(name: str, address: str) -> str:
    """Make the local id of a row that has neither an ID nor a number: of name and address.

    >>> hashed_id("新池", "屋島東町1055") == hashed_id("新池", "屋島東町1055")
    True
    """
    return hashlib.sha256(f"{name}\n{address}".encode()).hexdigest()[:16]


def entity_from(model: Model, id_: str, values: Mapping[str, JsonValue]) -> JsonObject:
    """Make a normalized entity of values by English column name; what is None is left out.

    Spec: CIM 009 §4.5.1
    """
    document: JsonObject = {"id": id_, "type": model.type}
    for attribute, columns in model.parts.items():
        instance = _instance(columns, values)
        if instance:
            document[attribute] = instance
    return document


def values_of(model: Model, document: JsonObject) -> dict[str, JsonValue]:
    """Read the values by English column name of a normalized entity; the reverse."""
    return {
        column.en: value
        for column in model.columns
        if (value := _value(column, default_instance(document.get(column.attribute)))) is not None
    }


def default_instance(attribute: JsonValue) -> JsonObject:
    """Answer with the instance without datasetId, empty where there is none.

    Spec: CIM 009 §4.5.5
    """
    instances = attribute if isinstance(attribute, list) else [attribute]
    for instance in instances:
        if isinstance(instance, dict) and "datasetId" not in instance:
            return instance
    return {}


def same_attribute(wanted: JsonValue, there: JsonValue) -> bool:
    """Tell whether an attribute says the same; sub-attributes and instants do not count."""
    left, right = default_instance(wanted), default_instance(there)
    return all(left.get(member) == right.get(member) for member in MEMBERS)


def _instance(columns: Sequence[Column], values: Mapping[str, JsonValue]) -> JsonObject | None:
    first = columns[0]
    if first.kind in PLACES:
        return _place(columns, values)
    if first.language:
        spoken: JsonObject = {
            column.language: value
            for column in columns
            if column.language and (value := values.get(column.en)) is not None
        }
        return {"type": "LanguageProperty", "languageMap": spoken} if spoken else None
    value = values.get(first.en)
    if value is None:
        return None
    if first.kind is Kind.REFERENCE:
        return {"type": "Relationship", "object": value}
    instance: JsonObject = {"type": "Property", "value": value}
    if first.unit_code:
        instance["unitCode"] = first.unit_code
    return instance


def _place(columns: Sequence[Column], values: Mapping[str, JsonValue]) -> JsonObject | None:
    degrees = {column.kind: values.get(column.en) for column in columns}
    shape = degrees.get(Kind.SHAPE)
    if shape is not None:
        return {"type": "GeoProperty", "value": shape}
    longitude, latitude = degrees.get(Kind.LONGITUDE), degrees.get(Kind.LATITUDE)
    if longitude is None or latitude is None:
        return None
    point: JsonObject = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "GeoProperty", "value": point}


def _value(column: Column, instance: JsonObject) -> JsonValue:
    if column.language:
        spoken = instance.get("languageMap")
        return spoken.get(column.language) if isinstance(spoken, dict) else None
    if column.kind is Kind.REFERENCE:
        return instance.get("object")
    value = instance.get("value")
    if column.kind not in PLACES:
        return value
    is_point = isinstance(value, dict) and value.get("type") == "Point"
    if column.kind is Kind.SHAPE:
        return None if is_point else value
    coordinates = value.get("coordinates") if isinstance(value, dict) and is_point else None
    if not isinstance(coordinates, list):
        return None
    return coordinates[1 if column.kind is Kind.LATITUDE else 0]
