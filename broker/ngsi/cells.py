"""Cells: squares of longitude and latitude as integers, so that a typed column finds geometries.

The map is halved both ways again and again, 30 times at most; a cell's number interleaves the
halves of longitude and latitude and ends with a 1, so that all cells inside a cell are one range of
numbers around its own, and the cells around it are few. A Point is its smallest cell; any other
geometry is a few larger ones that cover it. Two geometries that meet have cells of which one holds
the other.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

from broker.ngsi.geometry import EARTH_RADIUS_M

LEVELS = 30
_SIDE = 1 << LEVELS  # smallest cells along each axis
_LAST = _SIDE - 1
_SLACK_DEGREES = 1e-7  # about a centimetre: more than rounding loses
_WIDE_DEGREES = 90.0  # circles that are wider are looked for as boxes
_STORED, _SEARCHED = 9, 81  # cells at most for a box
_ADJACENT = 2  # between neighbouring cells lies the number of a larger one
_MOST_RANGES = 12  # of a search: a range costs as much as some ten rows that are none
_HALVINGS = 3  # of the smallest square around a box: no cell is smaller than that
_SPREAD = [sum(((byte >> bit) & 1) << (2 * bit) for bit in range(8)) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class Box:
    """Longitudes west to east and latitudes south to north, in degrees; never across ±180."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Circle:
    """All positions within a distance of one, where that is neither near a pole nor very far."""

    longitude: float
    latitude: float
    radius_m: float

    def reach(self, south: float, north: float) -> float:
        """Give how far it reaches sideways between two latitudes, all in degrees; not too little.

        >>> 0.012 < Circle(135.0, 34.0, 1000.0).reach(33.999, 34.001) / 0.9 < 0.0122
        True
        """
        away = max(south - self.latitude, self.latitude - north, 0.0)
        across = _half_chord(math.degrees(self.radius_m / EARTH_RADIUS_M) * (1 + 1e-9))
        rest = across**2 - _half_chord(max(away - _SLACK_DEGREES, 0.0)) ** 2
        highest = math.radians(max(abs(south), abs(north), abs(self.latitude)))
        share = max(rest, 0.0) / (math.cos(math.radians(self.latitude)) * math.cos(highest))
        return 2 * math.degrees(math.asin(min(math.sqrt(share), 1.0))) + _SLACK_DEGREES


def _half_chord(degrees: float) -> float:
    return math.sin(math.radians(degrees) / 2)


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


@dataclass(frozen=True, slots=True)
class Search:
    """Which cells to look for: all numbers in ranges, and some single ones.

    Args:
        ranges: lowest and highest numbers, in order, apart from each other.
        around: the larger cells that hold what is looked for, under which large geometries are.
    """

    ranges: list[tuple[int, int]]
    around: list[int]


def circle_of(geometry: BaseGeometry, radius_m: float) -> Circle | None:
    """Give the circle around a Point; None: it is no Point, or its box is not around it alone."""
    if not isinstance(geometry, shapely.Point) or geometry.is_empty:
        return None
    boxes = _widened(Box(*geometry.bounds), radius_m)
    is_plain = len(boxes) == 1 and boxes[0].east - boxes[0].west < _WIDE_DEGREES
    return Circle(geometry.x, geometry.y, radius_m) if is_plain and radius_m else None


def cover(boxes: Iterable[Box], most: int) -> list[int]:
    """Give cells that together hold the boxes, at most `most` for each of them."""
    found: set[int] = set()
    for box in boxes:
        shift = _shift(box, most)
        codes = _codes(box, shift)
        found.update(_cell(code, shift) for code in codes)
    return sorted(found)


def search(boxes: Sequence[Box], circle: Circle | None = None) -> Search:
    """Give the cells that hold, or are held by, cells over the boxes, and few besides.

    Args:
        boxes: what is looked for.
        circle: what of the only box is looked for.

    >>> found = search([Box(0.0, 0.0, 1.0, 1.0)])
    >>> any(low <= point_cell(0.5, 0.5) <= high for low, high in found.ranges)
    True
    """
    ranges: list[tuple[int, int]] = []
    around: set[int] = set()
    for box in boxes:
        shift = _shift(box, _SEARCHED)
        codes = _codes(box, shift, circle)
        ranges += _joined(_runs(codes, shift), _MOST_RANGES)
        level = set(codes)
        for above in range(shift + 1, LEVELS + 1):
            level = {code >> 2 for code in level}
            around.update([_cell(code, above) for code in level])
    joined = _joined(sorted(ranges), len(ranges))
    ends = [0, *(high for _, high in joined)]
    lows = [low for low, _ in joined]
    return Search(joined, sorted(one for one in around if one > ends[bisect_right(lows, one)]))


def _runs(codes: Sequence[int], shift: int) -> list[tuple[int, int]]:
    """Give the ranges of all numbers inside squares of one size, those side by side together."""
    starts = [code for before, code in pairwise([-2, *codes]) if code > before + 1]
    ends = [code for code, after in pairwise([*codes, codes[-1] + 2]) if code + 1 < after]
    return [
        ((first << 2 * shift + 1) + 1, (last + 1 << 2 * shift + 1) - 1)
        for first, last in zip(starts, ends, strict=True)
    ]


def _shift(box: Box, most: int) -> int:
    """Give how many halvings are left out so that few squares cover a box."""
    west, east = _column(box.west), _column(box.east)
    south, north = _row(box.south), _row(box.north)
    shift = max(max(east - west, north - south).bit_length() - _HALVINGS, 0)
    while ((east >> shift) - (west >> shift) + 1) * (
        (north >> shift) - (south >> shift) + 1
    ) > most:
        shift += 1
    return shift


def _codes(box: Box, shift: int, circle: Circle | None = None) -> list[int]:
    """Give the numbers of the squares of one size that cover a box, in order."""
    west, east = _column(box.west) >> shift, _column(box.east) >> shift
    columns = [_spread(column) << 1 for column in range(west, east + 1)]
    codes: list[int] = []
    for row in range(_row(box.south) >> shift, (_row(box.north) >> shift) + 1):
        first, last = west, east
        if circle is not None:
            reach = circle.reach(_latitude(row << shift), _latitude(row + 1 << shift))
            first = max(first, _column(circle.longitude - reach) >> shift)
            last = min(last, _column(circle.longitude + reach) >> shift)
        spread = _spread(row)
        codes += [column | spread for column in columns[first - west : last - west + 1]]
    return sorted(codes)


def _cell(code: int, shift: int) -> int:
    return (code << 1 | 1) << 2 * shift


def _joined(ranges: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Join ranges in order across the smallest gaps, until there are no more than `most`."""
    gaps = [after[0] - before[1] for before, after in pairwise(ranges)]
    widest = sorted(gaps, reverse=True)
    bound = max(widest[most - 1], _ADJACENT) if len(widest) >= most else _ADJACENT
    found = ranges[:1]
    for gap, (low, high) in zip(gaps, ranges[1:], strict=True):
        if gap > bound:
            found.append((low, high))
        else:
            found[-1] = (found[-1][0], max(found[-1][1], high))
    return found


def _column(longitude: float) -> int:
    return min(max(int((longitude + 180.0) / 360.0 * _SIDE), 0), _LAST)


def _row(latitude: float) -> int:
    return min(max(int((latitude + 90.0) / 180.0 * _SIDE), 0), _LAST)


def _latitude(row: int) -> float:
    return row * 180.0 / _SIDE - 90.0


def _interleave(column: int, row: int) -> int:
    return (_spread(column) << 1) | _spread(row)


def _spread(number: int) -> int:
    return (
        _SPREAD[number & 255]
        | _SPREAD[(number >> 8) & 255] << 16
        | _SPREAD[(number >> 16) & 255] << 32
        | _SPREAD[number >> 24] << 48
    )
