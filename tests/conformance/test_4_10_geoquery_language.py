"""NGSI-LD Geoquery Language: CIM 009 §4.10."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    all_numbers,
    bad_data,
    ok,
    point,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
SQUARE = "[[[141.0,43.0],[142.0,43.0],[142.0,44.0],[141.0,44.0],[141.0,43.0]]]"
HOLED = (
    "[[[141,43],[142,43],[142,44],[141,44],[141,43]],"
    "[[141.4,43.4],[141.6,43.4],[141.6,43.6],[141.4,43.6],[141.4,43.4]]]"
)


def geo(geometry: str, coordinates: JsonValue) -> JsonObject:
    return {"type": "GeoProperty", "value": {"type": geometry, "coordinates": coordinates}}


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """1 inside the square, 2 outside, 3 a larger square, 4 a line across, 5 nowhere, 6 at 180°."""
    large: JsonValue = [[[140.5, 42.5], [142.5, 42.5], [142.5, 44.5], [140.5, 44.5], [140.5, 42.5]]]
    batch: list[JsonValue] = [
        a_shelter(1, location=point(141.5, 43.5)),
        a_shelter(2, location=point(143.19, 42.65)),
        a_shelter(3, location=geo("Polygon", large)),
        a_shelter(4, location=geo("LineString", [[140.0, 43.2], [143.0, 43.2]])),
        a_shelter(5, entrance=point(141.5, 43.5)),
        a_shelter(6, location=point(179.9, 0.0)),
    ]
    ok(reader.send("POST", "/entityOperations/create", batch), 201)
    return reader


def query(georel: str, geometry: str, coordinates: str, **more: str) -> dict[str, str]:
    return {"georel": georel, "geometry": geometry, "coordinates": coordinates, **more}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (query("near;maxDistance==1000", "Point", "[141.5,43.5]"), [1, 3]),
        (query("near;maxDistance==200000", "Point", "[143.19,42.65]"), [1, 2, 3, 4]),
        (query("near;minDistance==200000", "Point", "[143.19,42.65]"), [6]),
        (query("near;maxDistance==30000", "Point", "[-179.9,0.0]"), [6]),
        (query("near;maxDistance==20000", "LineString", "[[141,43.5],[142,43.6]]"), [1, 3]),
        (query("within", "Polygon", SQUARE), [1]),
        (query("within", "Polygon", HOLED), []),
        (query("contains", "Point", "[141.5,43.5]"), [1, 3]),
        (query("intersects", "Polygon", SQUARE), [1, 3, 4]),
        (query("disjoint", "Polygon", SQUARE), [2, 6]),
        (query("equals", "Point", "[143.19,42.65]"), [2]),
        (query("overlaps", "Polygon", "[[[140,42],[141,42],[141,43],[140,43],[140,42]]]"), [3]),
        (query("within", "MultiPolygon", f"[{SQUARE}]"), [1]),
        (query("within", "Polygon", SQUARE, geoproperty="entrance"), [5]),
    ],
)
def test_a_geoquery_finds_what_it_says(
    filled: Client, params: dict[str, str], expected: list[int]
) -> None:
    assert all_numbers(filled.get(ENTITIES, **params)) == expected
    narrowed = filled.get(ENTITIES, type="EvacuationShelter", **params)
    assert all_numbers(narrowed) == expected


def test_the_count_is_of_those_that_match_exactly(filled: Client) -> None:
    params = query("within", "Polygon", SQUARE, count="true", limit="0")
    assert filled.get(ENTITIES, **params).headers["NGSILD-Results-Count"] == "1"


@pytest.mark.parametrize(
    "params",
    [
        query("touches", "Point", "[141.5,43.5]"),
        query("near", "Point", "[141.5,43.5]"),
        query("near;maxDistance==0", "Point", "[141.5,43.5]"),
        query("near;maxDistance==-5", "Point", "[141.5,43.5]"),
        query("near;maxDistance==inf", "Point", "[141.5,43.5]"),
        query("near;maxDistance==nan", "Point", "[141.5,43.5]"),
        query("near;maxDistance==far", "Point", "[141.5,43.5]"),
        query("near;maxDistance==1;minDistance==1", "Point", "[141.5,43.5]"),
        query("near;maxDistance==1e400", "Point", "[141.5,43.5]"),
        query("within;maxDistance==5", "Polygon", SQUARE),
        query("within", "Point", "141.5,43.5"),
        query("within", "Point", "[141.5]"),
        query("within", "Point", '["141.5","43.5"]'),
        query("within", "Point", "[NaN,1]"),
        query("within", "Point", "[1e999,1]"),
        query("within", "Polygon", "[[141,43],[142,43],[142,44],[141,43]]"),
        query("within", "Polygon", "[[[141,43],[142,43],[142,44]]]"),
        query("within", "Circle", "[141.5,43.5]"),
        query("within", "GeometryCollection", "[]"),
        query("within", "Polygon", SQUARE, geoproperty="a b"),
        {"georel": "within"},
        {"geometry": "Point", "coordinates": "[141.5,43.5]"},
    ],
)
def test_what_is_no_geoquery_is_refused(filled: Client, params: dict[str, str]) -> None:
    bad_data(filled.get(ENTITIES, **params))
