"""Geometries of GeoJSON as shapes, and distances in metres between them.

Edges are straight in longitude and latitude (RFC 7946 §3.1.1). Distances are great-circle distances
on a sphere with the Earth's mean radius: within 0.6 % of those on the WGS 84 ellipsoid, the same in
memory and in the database. A shape with longitudes beyond ±180 is cut at the antimeridian.
"""

import itertools
import json
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from broker.ngsi.errors import BadRequestData
from kit.json import JsonValue

EARTH_RADIUS_M = 6_371_008.8  # mean radius of WGS 84 (IUGG R1)
MAX_POSITIONS = 10_000
GEOMETRY_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
_DEPTHS = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
_EDGE_DEGREES = 0.1  # a straight edge this long strays about 1 m from its great circle
_MAX_PIECES = 1000
_BLOCK = 200_000  # pairs of a point and an arc looked at in one go
_POINTS = frozenset({"Point", "MultiPoint"})
_Points = npt.NDArray[np.float64]


def geometry_of(value: JsonValue) -> BaseGeometry | None:
    """Read a stored GeoJSON geometry; None where it is none."""
    if not isinstance(value, dict):
        return None
    kind = value.get("type")
    coordinates = value.get("coordinates")
    if kind == "Point":
        position = point_of(value)
        if position is not None:
            return shapely.Point(position)
    try:
        return parse_geometry(kind, coordinates, where="value")
    except BadRequestData:
        return None


def point_of(value: JsonValue) -> tuple[float, float] | None:
    """Read a stored Point as longitude and latitude, as they are for most; None: something else."""
    if not isinstance(value, dict) or value.get("type") != "Point":
        return None
    position = _position(value.get("coordinates"))
    return position if position is not None and abs(position[0]) <= 180 else None


def parse_geometry(kind: JsonValue, coordinates: JsonValue, *, where: str) -> BaseGeometry:
    """Read a geometry from its type and coordinates; these may be a text of JSON.

    Spec: CIM 009 §4.10, RFC 7946 §3.1
    Raises:
        BadRequestData: it is not a geometry.
    """
    if not isinstance(kind, str) or kind not in GEOMETRY_TYPES:
        raise BadRequestData(
            f"geometry {kind!r} is unknown; right are {', '.join(sorted(GEOMETRY_TYPES))}",
            where=where,
        )
    if isinstance(coordinates, str):
        coordinates = _json(coordinates, where)
    count = _check(coordinates, _DEPTHS[kind], kind, where)
    if count > MAX_POSITIONS:
        raise BadRequestData(f"{where} has more than {MAX_POSITIONS} positions", where=where)
    if kind == "Point":
        position = _position(coordinates)
        if position is not None and abs(position[0]) <= 180:
            return shapely.Point(position)
    try:
        geometry = shapely.force_2d(shape({"type": kind, "coordinates": coordinates}))
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise BadRequestData(
            f"{where} are no coordinates of a {kind}: {error}", where=where
        ) from error
    return _cut(geometry if geometry.is_valid else shapely.make_valid(geometry))


def _json(text: str, where: str) -> JsonValue:
    try:
        found: JsonValue = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadRequestData(
            f"{where} {text[:60]!r} is no JSON; right would be [141.35,43.06]", where=where
        ) from error
    return found


def _refuse(text: str) -> JsonValue:
    raise ValueError(text)


def _position(value: JsonValue) -> tuple[float, float] | None:
    """Read a position; an altitude is left out."""
    if not isinstance(value, list) or len(value) not in (2, 3):
        return None
    numbers = [
        float(number)
        for number in value
        if isinstance(number, int | float) and not isinstance(number, bool)
    ]
    if len(numbers) != len(value) or not all(map(math.isfinite, numbers)):
        return None
    longitude, latitude, *_ = numbers
    return (longitude, latitude) if abs(longitude) <= 540 and abs(latitude) <= 90 else None


def _check(coordinates: JsonValue, depth: int, kind: str, where: str) -> int:
    """Count positions; refuse another nesting, too few positions, rings that are not closed."""
    if depth == 0:
        if _position(coordinates) is not None:
            return 1
        raise BadRequestData(
            f"{where}: {coordinates!r} is no position; right would be [longitude, latitude] in "
            "degrees",
            where=where,
        )
    if not isinstance(coordinates, list) or not coordinates:
        raise BadRequestData(f"{where} nests no array where a {kind} needs one", where=where)
    if depth == 1 and kind.endswith("LineString") and len(coordinates) < 2:
        raise BadRequestData(f"{where}: a line has at least two positions", where=where)
    count = sum(_check(item, depth - 1, kind, where) for item in coordinates)
    if (
        depth == 1
        and kind.endswith("Polygon")
        and (len(coordinates) < 4 or coordinates[0] != coordinates[-1])
    ):
        raise BadRequestData(
            f"{where}: a ring has at least four positions, the last equal to the first",
            where=where,
        )
    return count


def _cut(geometry: BaseGeometry) -> BaseGeometry:
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts = []
    for turn in (-360, 0, 360):
        window = box(turn - 180, -90, turn + 180, 90)
        part = geometry.intersection(window)
        if not part.is_empty:
            parts.append(shapely.transform(part, _turned(-turn)))
    return shapely.union_all(parts)


def _turned(degrees: int) -> Callable[[_Points], _Points]:
    return lambda points: points + np.array([degrees, 0.0])


def haversine_m(longitude: float, latitude: float, longitude2: float, latitude2: float) -> float:
    """Tell the great-circle distance of two positions.

    >>> round(haversine_m(141.3545, 43.0621, 140.7288, 41.7687) / 1000)
    153
    """
    south, north = math.radians(latitude), math.radians(latitude2)
    half = (
        math.sin((north - south) / 2) ** 2
        + math.cos(south)
        * math.cos(north)
        * math.sin(math.radians(longitude2 - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def distance_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """Tell the shortest distance of two geometries; 0 where they meet."""
    if isinstance(one, shapely.Point) and isinstance(other, shapely.Point):
        return haversine_m(one.x, one.y, other.x, other.y)
    if one.is_empty or other.is_empty:
        return math.inf
    if one.intersects(other):
        return 0.0
    if one.geom_type in _POINTS:
        return EARTH_RADIUS_M * _angle(_edges(one)[0], _edges(other))
    angle = _angle(_edges(other)[0], _edges(one))
    if other.geom_type not in _POINTS:
        angle = min(angle, _angle(_edges(one)[0], _edges(other)))
    return EARTH_RADIUS_M * angle


def _lines(geometry: BaseGeometry) -> list[_Points]:
    lines: list[_Points] = []
    for part in shapely.get_parts(shapely.get_parts(geometry)):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        lines.extend(shapely.get_coordinates(ring) for ring in rings)
    return lines


def _pieces(line: _Points) -> _Points:
    """Cut each edge of a line into pieces short enough to be great-circle arcs."""
    parts = [line[:1]]
    for start, end in itertools.pairwise(line):
        length = float(np.max(np.abs(end - start)))
        count = min(max(math.ceil(length / _EDGE_DEGREES), 1), _MAX_PIECES)
        steps = np.linspace(0, 1, count + 1)[1:, None]
        parts.append(start + steps * (end - start))
    return np.concatenate(parts)


def _on_sphere(points: _Points) -> _Points:
    longitude, latitude = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack(
        (
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        )
    )


@lru_cache(maxsize=128)
def _edges(geometry: BaseGeometry) -> tuple[_Points, _Points]:
    """Give the arcs of a geometry as starts and ends; a point is an arc without length."""
    if geometry.geom_type in _POINTS:
        points = _on_sphere(shapely.get_coordinates(geometry))
        return points, points
    lines = [_on_sphere(_pieces(line)) for line in _lines(geometry)]
    return (
        np.concatenate([line[:-1] for line in lines]),
        np.concatenate([line[1:] for line in lines]),
    )


def _angle(points: _Points, arcs: tuple[_Points, _Points]) -> float:
    """Tell the smallest angle at the Earth's centre between any point and any arc."""
    starts, ends = arcs
    poles = np.cross(starts, ends)
    norms = np.linalg.norm(poles, axis=1, keepdims=True)
    poles = np.divide(poles, norms, out=np.zeros_like(poles), where=norms > 0)
    before, after = np.cross(poles, starts), np.cross(ends, poles)
    norms = norms[:, 0]
    step = max(_BLOCK // len(starts), 1)
    best = math.inf
    for first in range(0, len(points), step):
        block = points[first : first + step]
        chords = np.minimum(_chords(block, starts), _chords(block, ends))
        beside = (block @ before.T > 0) & (block @ after.T > 0) & (norms > 0)
        across = np.abs(np.arcsin(np.clip(block @ poles.T, -1.0, 1.0)))
        angles = np.where(beside, across, 2 * np.arcsin(np.minimum(chords / 2, 1.0)))
        best = min(best, float(np.min(angles)))
    return best


def _chords(points: _Points, corners: _Points) -> _Points:
    lengths: _Points = np.linalg.norm(points[:, None, :] - corners[None, :, :], axis=2)
    return lengths
