"""Examples of values that a JSON Schema describes."""

import json

from api_catalog.catalog.json_pointing import list_of, resolved, text_of
from api_catalog.catalog.schema_rows import parts_of
from kit.json import JsonObject, JsonValue

_DEEPEST = 6
_MOST_VALUES = 300
_LONGEST = 20_000
_BY_FORMAT = {
    "uri": "urn:example:1",
    "date-time": "2026-04-01T00:00:00Z",
    "date": "2026-04-01",
    "email": "someone@example.jp",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
_BY_TYPE: dict[str, JsonValue] = {
    "string": "string",
    "integer": 0,
    "number": 0,
    "boolean": True,
    "null": None,
}


def example_of(document: JsonObject, schema: JsonValue) -> JsonValue:
    """Make a value as a schema describes it: its own example, or one of its type.

    >>> example_of({}, {"type": "object", "properties": {"n": {"type": "integer"}}})
    {'n': 0}
    """
    return _Making(document).value(schema, 0)


def written(value: JsonValue) -> str:
    """Write a value as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2)[:_LONGEST]


class _Making:
    """Makes one example; schemas may refer to themselves, so it ends after some values."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._left = _MOST_VALUES

    def value(self, schema: JsonValue, depth: int) -> JsonValue:
        """Make the value of a schema; null where it is too deep."""
        whole = resolved(self._document, schema)
        self._left -= 1
        for word in ("example", "default", "const"):
            if word in whole:
                return whole[word]
        for word in ("examples", "enum"):
            some = list_of(whole.get(word))
            if some:
                return some[0]
        if depth >= _DEEPEST or self._left < 0:
            return None
        return self._within(whole, depth + 1)

    def _within(self, whole: JsonObject, depth: int) -> JsonValue:
        for word in ("oneOf", "anyOf"):
            some = list_of(whole.get(word))
            if some:
                return self.value(some[0], depth)
        if "items" in whole:
            return [self.value(whole["items"], depth)]
        members, _ = parts_of(self._document, whole)
        if members:
            return {name: self.value(one, depth) for name, one in members.items() if self._left > 0}
        return _of_type(whole)


def _of_type(schema: JsonObject) -> JsonValue:
    told = schema.get("type")
    kind = told[0] if isinstance(told, list) and told else told
    if kind == "string":
        return _BY_FORMAT.get(text_of(schema.get("format")), "string")
    if kind == "object":
        return {}
    return _BY_TYPE.get(text_of(kind))
