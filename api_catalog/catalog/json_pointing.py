"""Following references inside a JSON document."""

from kit.json import JsonObject, JsonValue

_MOST_HOPS = 10  # a reference to a reference; never in a circle


def resolved(document: JsonObject, value: JsonValue) -> JsonObject:
    """Follow a reference inside a document; what leads nowhere or elsewhere is empty.

    Spec: RFC 6901

    >>> resolved({"components": {"schemas": {"A": {"type": "string"}}}},
    ...          {"$ref": "#/components/schemas/A"})
    {'type': 'string'}
    """
    found: JsonValue = value
    for _ in range(_MOST_HOPS):
        reference = object_of(found).get("$ref")
        if not isinstance(reference, str):
            return object_of(found)
        found = _pointed(document, reference)
    return {}


def object_of(value: JsonValue) -> JsonObject:
    """Answer with an object, or with an empty one for whatever is none."""
    return value if isinstance(value, dict) else {}


def text_of(value: JsonValue) -> str:
    """Answer with a text, or with an empty one for whatever is none."""
    return value if isinstance(value, str) else ""


def list_of(value: JsonValue) -> list[JsonValue]:
    """Answer with a list, or with an empty one for whatever is none."""
    return value if isinstance(value, list) else []


def _pointed(document: JsonObject, reference: str) -> JsonValue:
    if not reference.startswith("#/"):
        return None
    found: JsonValue = document
    for part in reference[2:].split("/"):
        found = object_of(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found
