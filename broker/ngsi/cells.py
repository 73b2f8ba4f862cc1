"""Cells: squares of longitude and latitude as integers, so that a typed column finds geometries.

The map is halved both ways again and again, 30 times at most; a cell's number interleaves the
halves of longitude and latitude and ends with a 1, so that all cells inside a cell are one range of
numbers around its own, and the cells around it are few. A Point is its smallest cell; any other
geometry is a few larger ones that cover it. Two geometries that meet have cells of which one holds
the other.
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from broker.ngsi.geometry import EARTH_RADIUS_M

LEVELS = 30
_SIDE = 1 << LEVELS  # smallest cells along each axis
_LAST = _SIDE - 1
_SLACK_DEGREES = 1e-7  # about a centimetre: more than rounding loses
_STORED_CELLS = 8  # at most, for each part of a geometry
_SEARCHED_CELLS = 8
_SPREAD = [sum(((byte >> bit) & 1) << (2 * bit) for bit in range(8)) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class Box:
    """Longitudes west to east and latitudes south to north, in degrees; never across ±180."""

    west: float
    south: float
    east: float
    north: float


def point_cell(longitude: float, latitude: float) -> int:
    """Give the smallest cell around a position."""
    return (_interleave(_column(longitude), _row(latitude)) << 1) | 1


def cells_of(geometry: BaseGeometry) -> list[int]:
    """Give the cells under which a geometry is stored."""
    if isinstance(geometry, shapely.Point):
        return [point_cell(geometry.x, geometry.y)]
    boxes = (Box(*part.bounds) for part in shapely.get_parts(geometry) if not part.is_empty)
    return sorted({cell for box in boxes for cell in cover([box], _STORED_CELLS)})


def boxes_of(geometry: BaseGeometry, margin_m: float = 0.0) -> list[Box]:
    """Give boxes that hold every position within a distance of a geometry's parts."""
    return [
        box
        for part in shapely.get_parts(geometry)
        if not part.is_empty
        for box in _widened(Box(*part.bounds), margin_m)
    ]


def _widened(box: Box, margin_m: float) -> list[Box]:
    angle = margin_m / EARTH_RADIUS_M * (1 + 1e-9)
    degrees = math.degrees(angle) + _SLACK_DEGREES
    south, north = max(box.south - degrees, -90.0), min(box.north + degrees, 90.0)
    highest = math.radians(max(abs(box.south), abs(box.north)))
    if highest + angle >= math.pi / 2 - 1e-9:
        return [Box(-180.0, south, 180.0, north)]
    sideways = math.degrees(math.asin(min(math.sin(angle) / math.cos(highest), 1.0)))
    sideways += _SLACK_DEGREES
    return _turned(box.west - sideways, south, box.east + sideways, north)


def _turned(west: float, south: float, east: float, north: float) -> list[Box]:
    """Cut what goes past the antimeridian and put it on the other side."""
    if east - west >= 360:
        return [Box(-180.0, south, 180.0, north)]
    boxes = [Box(max(west, -180.0), south, min(east, 180.0), north)]
    if west < -180:
        boxes.append(Box(west + 360, south, 180.0, north))
    if east > 180:
        boxes.append(Box(-180.0, south, east - 360, north))
    return boxes


def cover(boxes: Iterable[Box], most: int = _SEARCHED_CELLS) -> list[int]:
    """Give at most `most` cells (for several boxes a few more) that together hold the boxes."""
    found: list[int] = []
    for box in boxes:
        found.extend(_cover(box, most))
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class _Window:
    """A box in smallest cells, all four inside it."""

    west: int
    south: int
    east: int
    north: int


def _cover(box: Box, most: int) -> list[int]:
    window = _Window(_column(box.west), _row(box.south), _column(box.east), _row(box.north))
    queue = [(0, 0, 0)]  # level, column and row at that level: the coarsest first
    done: list[int] = []
    while queue:
        level, column, row = heapq.heappop(queue)
        if level == LEVELS or _is_inside(window, level, column, row):
            done.append(_cell(level, column, row))
            continue
        children = _children(window, level, column, row)
        if len(done) + len(queue) + len(children) > most:
            done.append(_cell(level, column, row))
        else:
            for child in children:
                heapq.heappush(queue, child)
    return done


def _children(window: _Window, level: int, column: int, row: int) -> list[tuple[int, int, int]]:
    shift = LEVELS - level - 1
    return [
        (level + 1, east, north)
        for east in (2 * column, 2 * column + 1)
        if window.west >> shift <= east <= window.east >> shift
        for north in (2 * row, 2 * row + 1)
        if window.south >> shift <= north <= window.north >> shift
    ]


def _is_inside(window: _Window, level: int, column: int, row: int) -> bool:
    shift = LEVELS - level
    return (
        window.west <= column << shift
        and ((column + 1) << shift) - 1 <= window.east
        and window.south <= row << shift
        and ((row + 1) << shift) - 1 <= window.north
    )


def _cell(level: int, column: int, row: int) -> int:
    return ((_interleave(column, row) << 1) | 1) << (2 * (LEVELS - level))


def ranges(cells: Sequence[int]) -> list[tuple[int, int]]:
    """Give the ranges of cells that hold or are held by one of these: lowest and highest number."""
    inside = [(cell - (cell & -cell) + 1, cell + (cell & -cell) - 1) for cell in cells]
    around = {parent for cell in cells for parent in _parents(cell)}
    merged: list[tuple[int, int]] = []
    for low, high in sorted(inside + [(parent, parent) for parent in around]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _parents(cell: int) -> list[int]:
    parents = []
    lowest = cell & -cell
    while lowest < 1 << (2 * LEVELS):
        lowest <<= 2
        cell = (cell & -lowest) | lowest
        parents.append(cell)
    return parents


def _column(longitude: float) -> int:
    return min(max(int((longitude + 180.0) / 360.0 * _SIDE), 0), _LAST)


def _row(latitude: float) -> int:
    return min(max(int((latitude + 90.0) / 180.0 * _SIDE), 0), _LAST)


def _interleave(column: int, row: int) -> int:
    return (_spread(column) << 1) | _spread(row)


def _spread(number: int) -> int:
    return (
        _SPREAD[number & 255]
        | _SPREAD[(number >> 8) & 255] << 16
        | _SPREAD[(number >> 16) & 255] << 32
        | _SPREAD[number >> 24] << 48
    )
