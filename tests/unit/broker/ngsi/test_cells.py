import math
from itertools import pairwise
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from broker.ngsi.cells import Box, Search, boxes_of, cells_of, circle_of, point_cell, search
from broker.ngsi.geometry import EARTH_RADIUS_M, haversine_m

Position: TypeAlias = tuple[float, float]
longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def is_found(cell: int, among: Search) -> bool:
    return cell in among.around or any(low <= cell <= high for low, high in among.ranges)


def destination(longitude: float, latitude: float, bearing: float, way_m: float) -> Position:
    """Give the position that lies so far away in a direction."""
    east, north, course = (math.radians(one) for one in (longitude, latitude, bearing))
    angle = way_m / EARTH_RADIUS_M
    sine = math.sin(north) * math.cos(angle) + math.cos(north) * math.sin(angle) * math.cos(course)
    there = math.asin(max(-1.0, min(1.0, sine)))
    turned = east + math.atan2(
        math.sin(course) * math.sin(angle) * math.cos(north),
        math.cos(angle) - math.sin(north) * math.sin(there),
    )
    return (math.degrees(turned) + 540) % 360 - 180, math.degrees(there)


@given(longitudes, latitudes, longitudes, latitudes, st.floats(0, 1), st.floats(0, 1))
def test_a_point_in_a_box_is_found_under_the_cells_of_the_box(
    west: float, south: float, east: float, north: float, along: float, up: float
) -> None:
    west, east = sorted((west, east))
    south, north = sorted((south, north))
    longitude = min(west + along * (east - west), east)
    latitude = min(south + up * (north - south), north)
    among = search([Box(west, south, east, north)])
    assert is_found(point_cell(longitude, latitude), among)


@settings(max_examples=300)
@given(longitudes, latitudes, st.floats(1, 2e7), st.floats(-200, 200), st.floats(-100, 100))
def test_a_point_within_a_distance_is_found_across_poles_and_antimeridian(
    longitude: float, latitude: float, distance_m: float, east: float, north: float
) -> None:
    there = ((longitude + east + 180) % 360 - 180, max(-90.0, min(90.0, latitude + north)))
    if haversine_m(longitude, latitude, *there) <= distance_m:
        origin = Point(longitude, latitude)
        among = search(boxes_of(origin, distance_m), circle_of(origin, distance_m))
        assert is_found(point_cell(*there), among)


@settings(max_examples=500)
@given(longitudes, latitudes, st.floats(1, 4e6), st.floats(0, 360), st.floats(0, 1))
def test_a_point_in_a_circle_is_found_in_each_direction(
    longitude: float, latitude: float, distance_m: float, bearing: float, share: float
) -> None:
    origin = Point(longitude, latitude)
    there = destination(longitude, latitude, bearing, distance_m * share)
    if haversine_m(longitude, latitude, *there) <= distance_m:
        among = search(boxes_of(origin, distance_m), circle_of(origin, distance_m))
        assert is_found(point_cell(*there), among)


@given(longitudes, latitudes, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))
def test_a_line_is_found_from_each_of_its_points(
    longitude: float, latitude: float, east: float, north: float, along: float
) -> None:
    end = (max(-180.0, min(180.0, longitude + east)), max(-90.0, min(90.0, latitude + north)))
    line = LineString([(longitude, latitude), end])
    on_line = line.interpolate(along, normalized=True)
    among = search(boxes_of(on_line))
    assert any(is_found(cell, among) for cell in cells_of(line))


@given(longitudes, latitudes, st.floats(1, 2e7))
def test_a_search_has_few_ranges_that_are_apart_and_few_cells_around(
    longitude: float, latitude: float, distance_m: float
) -> None:
    boxes = boxes_of(Point(longitude, latitude), distance_m)
    found = search(boxes)
    assert len(found.ranges) <= 12 * len(boxes)
    assert all(low <= high for low, high in found.ranges)
    assert all(before[1] < after[0] for before, after in pairwise(found.ranges))
    assert not any(low <= cell <= high for cell in found.around for low, high in found.ranges)
    assert len(found.around) <= 300 * len(boxes)


def test_cells_far_away_are_not_looked_for() -> None:
    found = search(boxes_of(Point(141.35, 43.06), 2_000))
    for east, north in ((0.05, 0.0), (0.0, 0.05), (-1.0, 0.0), (10.0, 10.0), (-100.0, -60.0)):
        assert not is_found(point_cell(141.35 + east, 43.06 + north), found)
