"""Geometries as received: the six types, and what is no geometry."""

import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.geojson import read_geometry
from kit.json import JsonValue

RING: JsonValue = [[0, 0], [1, 0], [1, 1], [0, 0]]
BOW_TIE: JsonValue = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [141.35, 43.06]),
        ("Point", [141.35, 43.06, 12.5]),
        ("MultiPoint", [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [1, 1]]),
        ("MultiLineString", [[[0, 0], [1, 1]]]),
        ("Polygon", [RING]),
        ("Polygon", [BOW_TIE]),
        ("MultiPolygon", [[RING], [RING]]),
    ],
)
def test_a_geometry_is_kept_as_it_came(kind: str, coordinates: JsonValue) -> None:
    geometry: JsonValue = {"type": kind, "coordinates": coordinates, "bbox": [0, 0, 1, 1]}

    assert read_geometry(geometry) is geometry


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [141.35]),
        ("Point", [1, 2, 3, 4]),
        ("Point", ["141.35", "43.06"]),
        ("Point", [True, False]),
        ("Point", [float("nan"), 0]),
        ("Point", None),
        ("MultiPoint", []),
        ("LineString", [[0, 0]]),
        ("Polygon", [[[0, 0], [1, 0], [1, 1]]]),
        ("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        ("Polygon", []),
        ("Polygon", RING),
        ("MultiPolygon", [RING]),
    ],
)
def test_coordinates_that_are_not_of_the_type_are_refused(
    kind: str, coordinates: JsonValue
) -> None:
    with pytest.raises(BadRequestData, match=f"not those of a {kind}") as refusal:
        read_geometry({"type": kind, "coordinates": coordinates})
    assert refusal.value.where == "/coordinates"


@pytest.mark.parametrize(
    "value",
    [5, "here", "5", {"type": "GeometryCollection", "geometries": []}, {"type": ["Point"]}, [1, 2]],
    ids=str,
)
def test_what_is_no_geometry_is_refused(value: JsonValue) -> None:
    with pytest.raises(BadRequestData, match="is no GeoJSON geometry"):
        read_geometry(value)
