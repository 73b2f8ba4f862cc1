"""Cells: squares of longitude and latitude as integers, so that a typed column finds geometries.

The map is halved both ways again and again, 30 times at most; a cell's number interleaves the
halves of longitude and latitude and ends with a 1, so that all cells inside a cell are one range of
numbers around its own, and the cells around it are few. A Point is its smallest cell; any other
geometry is a few larger ones that cover it. Two geometries that meet have cells of which one holds
the other.
"""

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
_STORED, _SEARCHED = 9, 40  # cells at most for a box
_HALVINGS = 3  # of the smallest square around a box: no cell is smaller than that
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
    return sorted({cell for box in boxes for cell in cover([box], _STORED)})


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


def cover(boxes: Iterable[Box], most: int = _SEARCHED) -> list[int]:
    """Give cells that together hold the boxes, at most `most` for each of them."""
    found: set[int] = set()
    for box in boxes:
        west, east = _column(box.west), _column(box.east)
        south, north = _row(box.south), _row(box.north)
        shift = max(max(east - west, north - south).bit_length() - _HALVINGS, 0)
        while ((east >> shift) - (west >> shift) + 1) * (
            (north >> shift) - (south >> shift) + 1
        ) > most:
            shift += 1
        rows = range(south >> shift, (north >> shift) + 1)
        for column in range(west >> shift, (east >> shift) + 1):
            found.update(_cell(LEVELS - shift, column, row) for row in rows)
    return sorted(found)


def _cell(level: int, column: int, row: int) -> int:
    return ((_interleave(column, row) << 1) | 1) << (2 * (LEVELS - level))


def ranges(cells: Sequence[int]) -> list[tuple[int, int]]:
    """Give the ranges of cells that hold or are held by one of these: lowest and highest number."""
    inside = [(cell - (cell & -cell) + 1, cell + (cell & -cell) - 1) for cell in cells]
    around: set[int] = set()
    for cell in cells:
        _add_parents(cell, around)
    merged: list[tuple[int, int]] = []
    for low, high in sorted(inside + [(parent, parent) for parent in around]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _add_parents(cell: int, parents: set[int]) -> None:
    lowest = cell & -cell
    while lowest < 1 << (2 * LEVELS):
        lowest <<= 2
        cell = (cell & -lowest) | lowest
        if cell in parents:
            return
        parents.add(cell)


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
