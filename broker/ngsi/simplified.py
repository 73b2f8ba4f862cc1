"""Values given in simplified form, put into the form of the stored attribute (§5.6.17)."""

from broker.ngsi.entity import Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.kinds import VALUE_MEMBER, is_geometry, kind_of
from broker.ngsi.names import Iri
from broker.ngsi.values import is_uri
from kit.json import JsonValue

_WRAPPED = {
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
}


def full_form(attribute: Iri, stored: Instance, given: Instance, language: str | None) -> Instance:
    """Answer with the members that a given instance means for the stored one.

    Raises:
        BadRequestData: a simplified value does not fit the stored kind, which stays as it is.
    """
    kind = kind_of(stored)
    if "simplified" not in given:
        return _in_language(kind, given, language)
    value = given["simplified"]
    others = {name: member for name, member in given.items() if name != "simplified"}
    return {**others, VALUE_MEMBER[kind]: _value_for(attribute, kind, value, language)}


def inferred_form(given: Instance) -> Instance:
    """Answer with a given instance of an attribute that is not there yet, its kind inferred.

    >>> inferred_form({"simplified": {"vocab": "https://example.org/open"}})
    {'type': 'VocabProperty', 'vocab': 'https://example.org/open'}
    """
    if "simplified" not in given:
        return given
    value = given["simplified"]
    others = {name: member for name, member in given.items() if name != "simplified"}
    if is_geometry(value):
        return {"type": "GeoProperty", "value": value, **others}
    if isinstance(value, dict) and len(value) == 1:
        for kind, member in _WRAPPED.items():
            if member in value:
                return {"type": kind, member: value[member], **others}
    return {"type": "Property", "value": value, **others}


def _in_language(kind: str, given: Instance, language: str | None) -> Instance:
    """Read concise text for a LanguageProperty as the text in the common language."""
    text = given.get("value")
    if language is None or kind != "LanguageProperty" or not isinstance(text, str):
        return given
    others = {name: member for name, member in given.items() if name not in ("type", "value")}
    return {**others, "languageMap": {language: text}}


def _value_for(attribute: Iri, kind: str, value: JsonValue, language: str | None) -> JsonValue:
    wrapped = _WRAPPED.get(kind)
    if wrapped is not None:
        return _unwrapped(attribute, kind, wrapped, value, language)
    if not _fits(kind, value):
        raise BadRequestData(f"Attribute {attribute} is a {kind}; {_RIGHT[kind]}")
    return value


def _unwrapped(
    attribute: Iri, kind: str, member: str, value: JsonValue, language: str | None
) -> JsonValue:
    if isinstance(value, dict) and value.keys() == {member}:
        return value[member]
    if kind == "LanguageProperty" and language is not None and isinstance(value, str):
        return {language: value}
    raise BadRequestData(
        f"Attribute {attribute} is a {kind}; its simplified form is {{{member!r}: …}}"
    )


_RIGHT = {
    "GeoProperty": "its simplified form is a GeoJSON geometry",
    "Relationship": "its simplified form is a URI, or an array of them",
    "ListProperty": "its simplified form is an array",
    "ListRelationship": "its simplified form is an array of URIs",
}


def _fits(kind: str, value: JsonValue) -> bool:
    match kind:
        case "GeoProperty":
            return is_geometry(value)
        case "Relationship" | "ListRelationship":
            items = value if isinstance(value, list) else [value]
            return all(map(is_uri, items)) and (kind == "Relationship" or isinstance(value, list))
        case "ListProperty":
            return isinstance(value, list)
        case _:
            return True
