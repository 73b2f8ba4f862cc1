"""Geospatial Properties: CIM 009 §4.7."""

import json

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import a_shelter, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
RING: list[JsonValue] = [[143.0, 42.0], [144.0, 42.0], [144.0, 43.0], [143.0, 42.0]]
GEOMETRIES: list[JsonObject] = [
    {"type": "Point", "coordinates": [143.19, 42.65]},
    {"type": "Point", "coordinates": [143.19, 42.65, 120.5]},
    {"type": "MultiPoint", "coordinates": [[143.0, 42.0], [144.0, 42.0]]},
    {"type": "LineString", "coordinates": [[143.0, 42.0], [144.0, 42.0]]},
    {"type": "MultiLineString", "coordinates": [[[143.0, 42.0], [144.0, 42.0]]]},
    {"type": "Polygon", "coordinates": [RING]},
    {"type": "MultiPolygon", "coordinates": [[RING]]},
]


def geo(value: JsonValue) -> JsonObject:
    return {"type": "GeoProperty", "value": value}


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda one: str(one["type"]))
def test_every_form_tells_the_same(client: Client, geometry: JsonObject) -> None:
    forms = Forms(normalized=geo(geometry), concise=geometry, simplified=geometry)
    assert_round_trip(client, forms)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda one: str(one["type"]))
def test_a_geometry_as_text_comes_back_as_an_object(client: Client, geometry: JsonObject) -> None:
    client.create(a_shelter(held=geo(json.dumps(geometry))))
    assert stored(client)["held"] == geo(geometry)


@pytest.mark.parametrize(
    "value",
    [
        "here",
        "{}",
        5,
        {},
        {"type": "Point"},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [143.0]},
        {"type": "Point", "coordinates": ["143", "42"]},
        {"type": "Point", "coordinates": [[143.0, 42.0]]},
        {"type": "Point", "coordinates": [143.0, 42.0, 1.0, 2.0, None]},
        {"type": "LineString", "coordinates": [[143.0, 42.0]]},
        {"type": "Polygon", "coordinates": [RING[:3]]},
        {"type": "Polygon", "coordinates": [[*RING[:3], [0.0, 0.0]]]},
        {"type": "Polygon", "coordinates": RING},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Circle", "coordinates": [143.0, 42.0]},
        None,
    ],
)
def test_what_is_no_geometry_is_refused(client: Client, value: JsonValue) -> None:
    assert_refused(client, geo(value))
