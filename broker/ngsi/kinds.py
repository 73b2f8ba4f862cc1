"""The eight kinds of attribute, and the member that holds each one's value (§4.5.2 …)."""

from collections.abc import Mapping
from typing import Final

from broker.ngsi.entity import Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import Iri
from kit.json import JsonValue

VALUE_MEMBER: Final[Mapping[str, str]] = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
BOUND_MEMBERS: Final = frozenset({*VALUE_MEMBER.values(), "unitCode", "valueType", "objectType"})
"""Members that belong to a kind: they go when the kind of an attribute changes."""

_VALUE_MEMBERS: Final = frozenset(VALUE_MEMBER.values())
_GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def kind_of(instance: Instance) -> str:
    """Answer with the kind of a stored instance."""
    return str(instance["type"])


def is_geometry(value: JsonValue) -> bool:
    """Tell whether a value has the form of a GeoJSON geometry (§4.7).

    >>> is_geometry({"type": "Point", "coordinates": [141.35, 43.06]}), is_geometry("Point")
    (True, False)
    """
    return (
        isinstance(value, dict)
        and "coordinates" in value
        and isinstance(kind := value.get("type"), str)
        and kind in _GEOMETRIES
    )


def require_same_kind(attribute: Iri, stored: Instance, given: Instance) -> None:
    """Check that members given for a stored instance are those of its kind.

    Spec: CIM 009 §5.6.4.4
    Raises:
        BadRequestData: they are of another kind.
    """
    kind = kind_of(stored)
    if given.get("type", kind) != kind:
        raise BadRequestData(
            f"Attribute {attribute} is a {kind} and cannot become a {given['type']}"
        )
    own = VALUE_MEMBER[kind]
    for member in given.keys() & _VALUE_MEMBERS:
        if member != own:
            raise BadRequestData(
                f"Attribute {attribute} is a {kind}: it has {own} and no {member}", where=member
            )
    if kind == "GeoProperty" and "value" in given and not is_geometry(given["value"]):
        raise BadRequestData(
            f"Attribute {attribute} is a GeoProperty: its value is a GeoJSON geometry",
            where="value",
        )
