"""A JSON Schema as the rows of a table: its members, indented as they are nested."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from api_catalog.catalog.json_pointing import list_of, object_of, resolved, text_of
from kit.json import JsonObject, JsonValue

_MOST_ROWS = 150
_DEEPEST = 4
_MOST_TYPES = 6
_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "{}–",
    "maxLength": "–{}",
    "pattern": "{}",
    "default": "= {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRow:
    """One member of a schema.

    Args:
        depth: 0 for members of the whole.
        bounds: what else must hold, in short.
    """

    name: str
    depth: int
    type: str
    is_required: bool = False
    description: str = ""
    values: Sequence[str] = ()
    bounds: str = ""


def rows_of(document: JsonObject, schema: JsonValue) -> Sequence[SchemaRow]:
    """Write a schema as rows, down to some depth.

    >>> [(row.name, row.type) for row in rows_of({}, {"properties": {"id": {"type": "string"}}})]
    [('id', 'string')]
    """
    return list(islice(_members(document, schema, 0), _MOST_ROWS))


def type_of(document: JsonObject, schema: JsonValue, depth: int = 0) -> str:
    """Say of what type a value is.

    >>> type_of({}, {"type": "array", "items": {"type": ["string", "null"]}})
    '[string | null]'
    """
    whole = resolved(document, schema)
    for word in ("anyOf", "oneOf"):
        parts = list_of(whole.get(word))
        if parts:
            return " | ".join(
                dict.fromkeys(_name(document, one, depth) for one in parts[:_MOST_TYPES])
            )
    return _name(document, whole, depth)


def parts_of(document: JsonObject, schema: JsonValue) -> tuple[JsonObject, frozenset[str]]:
    """Gather the members of a schema, those of its parts (allOf) too, and which are required."""
    whole = resolved(document, schema)
    members: JsonObject = dict(object_of(whole.get("properties")))
    required = {text_of(one) for one in list_of(whole.get("required"))}
    for part in list_of(whole.get("allOf")):
        inner = resolved(document, part)
        members.update(object_of(inner.get("properties")))
        required.update(text_of(one) for one in list_of(inner.get("required")))
    return members, frozenset(required)


def _members(document: JsonObject, schema: JsonValue, depth: int) -> Iterator[SchemaRow]:
    whole = resolved(document, schema)
    if "items" in whole and depth < _DEEPEST:
        yield from _members(document, whole["items"], depth + 1)
        return
    members, required = parts_of(document, whole)
    for name, told in members.items():
        member = resolved(document, told)
        yield SchemaRow(
            name=name,
            depth=depth,
            type=type_of(document, told),
            is_required=name in required,
            description=text_of(member.get("description")) or text_of(member.get("title")),
            values=[str(one) for one in list_of(member.get("enum"))],
            bounds=", ".join(
                said.format(member[word])
                for word, said in _BOUNDS.items()
                if word in member and not isinstance(member[word], dict | list)
            ),
        )
        if depth < _DEEPEST:
            yield from _members(document, told, depth + 1)


def _name(document: JsonObject, schema: JsonValue, depth: int) -> str:
    whole = resolved(document, schema)
    if "items" in whole and depth < _DEEPEST:
        return f"[{type_of(document, whole['items'], depth + 1)}]"
    said = whole.get("type")
    if isinstance(said, list):
        return " | ".join(str(one) for one in said)
    if isinstance(said, str):
        kind = text_of(whole.get("format"))
        return f"{said} ({kind})" if kind else said
    if "const" in whole:
        return repr(whole["const"])
    return "object" if "properties" in whole or "allOf" in whole else "any"
