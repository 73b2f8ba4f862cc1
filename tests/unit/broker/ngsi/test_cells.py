from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from broker.ngsi.cells import Box, boxes_of, cells_of, cover, point_cell, ranges
from broker.ngsi.geometry import haversine_m

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def is_found(cell: int, among: list[tuple[int, int]]) -> bool:
    return any(low <= cell <= high for low, high in among)


@given(longitudes, latitudes, longitudes, latitudes, st.floats(0, 1), st.floats(0, 1))
def test_a_point_in_a_box_is_found_under_the_cells_of_the_box(
    west: float, south: float, east: float, north: float, along: float, up: float
) -> None:
    west, east = sorted((west, east))
    south, north = sorted((south, north))
    longitude = min(west + along * (east - west), east)
    latitude = min(south + up * (north - south), north)
    among = ranges(cover([Box(west, south, east, north)]))
    assert is_found(point_cell(longitude, latitude), among)


@settings(max_examples=300)
@given(longitudes, latitudes, st.floats(1, 2e7), st.floats(-200, 200), st.floats(-100, 100))
def test_a_point_within_a_distance_is_found_across_poles_and_antimeridian(
    longitude: float, latitude: float, distance_m: float, east: float, north: float
) -> None:
    there = ((longitude + east + 180) % 360 - 180, max(-90.0, min(90.0, latitude + north)))
    if haversine_m(longitude, latitude, *there) <= distance_m:
        among = ranges(cover(boxes_of(Point(longitude, latitude), distance_m)))
        assert is_found(point_cell(*there), among)


@given(longitudes, latitudes, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))
def test_a_line_is_found_from_each_of_its_points(
    longitude: float, latitude: float, east: float, north: float, along: float
) -> None:
    end = (max(-180.0, min(180.0, longitude + east)), max(-90.0, min(90.0, latitude + north)))
    line = LineString([(longitude, latitude), end])
    on_line = line.interpolate(along, normalized=True)
    among = ranges(cover(boxes_of(on_line)))
    assert any(is_found(cell, among) for cell in cells_of(line))


def test_few_cells_and_ranges_are_enough() -> None:
    cells = cover(boxes_of(Point(141.35, 43.06), 50_000))
    assert len(cells) <= 40
    assert len(ranges(cells)) <= 80
