"""GeoJSON geometries received as the values of GeoProperties (§4.7)."""

from collections.abc import Callable
from math import isfinite

import orjson

from broker.ngsi.errors import BadRequestData
from kit.json import JsonObject, JsonValue


def read_geometry(value: JsonValue) -> JsonObject:
    """Read a geometry, given as an object or as a text holding one (§4.7.2).

    A polygon may cross itself: it is accepted and kept as it came.

    Spec: CIM 009 §4.7; RFC 7946 §3.1
    Raises:
        BadRequestData: it is no geometry of the six types, or its coordinates are not of the type.
    """
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise _refusal(value) from None
    if not isinstance(value, dict):
        raise _refusal(value)
    kind = value.get("type")
    is_right = _CHECKS.get(kind) if isinstance(kind, str) else None
    if is_right is None:
        raise _refusal(value)
    if not is_right(value.get("coordinates")):
        raise BadRequestData(
            f"The coordinates are not those of a {kind}; right would be {_RIGHT[str(kind)]}",
            where="/coordinates",
        )
    return value


def _refusal(value: JsonValue) -> BadRequestData:
    return BadRequestData(
        f"{str(value)[:60]!r} is no GeoJSON geometry; right is a Point, MultiPoint, LineString,"
        " MultiLineString, Polygon or MultiPolygon with its coordinates"
    )


def _is_number(value: JsonValue) -> bool:
    return (type(value) is float and isfinite(value)) or type(value) is int


def _is_position(value: JsonValue) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 3 and all(map(_is_number, value))


def _is_positions(value: JsonValue) -> bool:
    return isinstance(value, list) and len(value) >= 1 and all(map(_is_position, value))


def _is_line(value: JsonValue) -> bool:
    return isinstance(value, list) and len(value) >= 2 and _is_positions(value)


def _is_ring(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 4  # §3.1.6: closed, so the first position comes again as the last
        and value[0] == value[-1]
        and _is_positions(value)
    )


def _are(check: Callable[[JsonValue], bool]) -> Callable[[JsonValue], bool]:
    return lambda value: isinstance(value, list) and len(value) >= 1 and all(map(check, value))


_CHECKS: dict[str, Callable[[JsonValue], bool]] = {
    "Point": _is_position,
    "MultiPoint": _is_positions,
    "LineString": _is_line,
    "MultiLineString": _are(_is_line),
    "Polygon": _are(_is_ring),
    "MultiPolygon": _are(_are(_is_ring)),
}
_RIGHT = {
    "Point": "[longitude, latitude]",
    "MultiPoint": "an array of positions",
    "LineString": "an array of two or more positions",
    "MultiLineString": "an array of arrays of two or more positions",
    "Polygon": "an array of rings of four or more positions, each ending where it begins",
    "MultiPolygon": "an array of polygons, their rings ending where they begin",
}
