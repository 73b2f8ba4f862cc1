"""GeoJSON geometries in the cell of a table (RFC 7946 §3.1)."""

import json

from kit.json import JsonObject, JsonValue

DEPTHS = {
    "Point": 1,
    "MultiPoint": 2,
    "LineString": 2,
    "MultiLineString": 3,
    "Polygon": 3,
    "MultiPolygon": 4,
}
"""How deep the coordinates of each geometry are nested (RFC 7946 §3.1)."""


def read_shape(text: str) -> JsonObject | None:
    """Read a geometry; None where it is none.

    >>> read_shape('{"type":"LineString","coordinates":[[134.0,34.3],[134.1,34.4]]}')["type"]
    'LineString'
    """
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) and is_shape(value) else None


def is_shape(value: JsonObject) -> bool:
    """Tell whether an object is a geometry whose coordinates are nested as its type asks."""
    depth = DEPTHS.get(str(value.get("type")))
    return depth is not None and _is_nested(value.get("coordinates"), depth)


def write_shape(shape: JsonObject) -> str:
    """Write a geometry as the text of a cell; the reverse of `read_shape`."""
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))


def _is_nested(value: JsonValue, depth: int) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if depth > 1:
        return all(_is_nested(part, depth - 1) for part in value)
    return len(value) >= 2 and all(_is_number(part) for part in value)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
