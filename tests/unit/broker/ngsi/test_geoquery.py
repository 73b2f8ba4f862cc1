from datetime import UTC, datetime
from typing import cast

import pytest

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geoquery import LOCATION, matches_geoquery, parse_geoquery
from broker.ngsi.names import EntityId, Iri, Term
from kit.json import JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
SQUARE = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]
HOLED = [*SQUARE, [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]]


def expand(term: Term) -> Iri:
    return Iri(f"x:{term}")


def matches(
    georel: str, geometry: str, coordinates: object, kind: str, target: object, **members: str
) -> bool:
    instance = {
        "type": "GeoProperty",
        "value": {"type": kind, "coordinates": cast(JsonValue, target)},
        **members,
    }
    entity = Entity(
        id=EntityId("urn:e"),
        types=(Iri("x:T"),),
        attributes={LOCATION: [cast("Instance", instance)]},
        created_at=NOW,
        modified_at=NOW,
    )
    query = parse_geoquery(georel, geometry, cast(JsonValue, coordinates), expand)
    return matches_geoquery(query, entity, NOW)


@pytest.mark.parametrize(
    ("georel", "kind", "target", "expected"),
    [
        ("within", "Point", [2, 2], True),
        ("within", "Point", [5, 5], False),
        ("within", "Point", [0, 2], False),
        ("intersects", "Point", [0, 2], True),
        ("disjoint", "Point", [5, 5], True),
        ("contains", "Polygon", [[[-1, -1], [11, -1], [11, 11], [-1, 11], [-1, -1]]], True),
        ("equals", "Polygon", [[*HOLED[0][::-1]], HOLED[1]], True),
        ("overlaps", "Polygon", [[[5, 5], [15, 5], [15, 15], [5, 15], [5, 5]]], True),
        ("overlaps", "Point", [2, 2], False),
    ],
)
def test_topology_of_a_polygon_with_a_hole(
    georel: str, kind: str, target: object, expected: bool
) -> None:
    assert matches(georel, "Polygon", HOLED, kind, target) is expected


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "kind", "target", "expected"),
    [
        ("near;maxDistance==112000", "Point", [0, 0], "Point", [1, 0], True),
        ("near;maxDistance==111000", "Point", [0, 0], "Point", [1, 0], False),
        ("near;minDistance==111000", "Point", [0, 0], "Point", [1, 0], True),
        # one degree of longitude at 85° N is 9.7 km, 0.6° of latitude 67 km
        ("near;maxDistance==20000", "Point", [0, 85], "LineString", [[1, 85], [0, 85.6]], True),
        ("near;maxDistance==5000", "Point", [0, 85], "LineString", [[1, 85], [0, 85.6]], False),
        # from a line, not from its first position
        ("near;maxDistance==2000", "LineString", [[0, 60], [10, 60]], "Point", [10, 60.009], True),
        ("near;maxDistance==2000", "LineString", [[0, 60], [10, 60]], "Point", [5, 60.009], True),
        ("near;maxDistance==2000", "LineString", [[0, 61], [10, 61]], "Point", [10, 60.009], False),
        # inside an area there is no distance
        ("near;maxDistance==1", "Polygon", SQUARE, "Point", [5, 5], True),
        # across the antimeridian
        ("near;maxDistance==23000", "Point", [179.9, 0], "Point", [-179.9, 0], True),
        ("near;maxDistance==23000", "Point", [179.9, 0], "LineString", [[-179.9, -1], [-179.9, 1]],
         True),
        ("intersects", "LineString", [[170, 0], [190, 0]], "Point", [-175, 0], True),
    ],
)  # fmt: skip
def test_distances_are_metres_on_the_globe(
    georel: str, geometry: str, coordinates: object, kind: str, target: object, expected: bool
) -> None:
    assert matches(georel, geometry, coordinates, kind, target) is expected


def test_coordinates_may_be_json_text_and_a_geoproperty_may_be_named() -> None:
    query = parse_geoquery("within", "Polygon", str(SQUARE), expand, "observationSpace")
    assert query.geoproperty == "x:observationSpace"
    assert query.reference.area == 100


def test_an_expired_geometry_and_one_that_is_missing_match_nothing() -> None:
    gone = {"expiresAt": "2026-08-31T00:00:00Z"}
    assert not matches("disjoint", "Point", [0, 0], "Point", [5, 5], **gone)
    assert not matches("disjoint", "Point", [0, 0], "Point", "nowhere")


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates"),
    [
        ("near", "Point", [8, 40]),
        ("near;maxDistance==0", "Point", [8, 40]),
        ("near;maxDistance==-1", "Point", [8, 40]),
        ("near;maxDistance==inf", "Point", [8, 40]),
        ("near;maxDistance==1e400", "Point", [8, 40]),
        ("near;maxDistance==01", "Point", [8, 40]),
        ("near;maxDistance==5;minDistance==1", "Point", [8, 40]),
        ("touches", "Point", [8, 40]),
        ("within", "GeometryCollection", []),
        ("within", "Polygon", [[8, 40]]),
        ("within", "Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        ("within", "Polygon", [[[0, 0], [1, 0], [0, 0]]]),
        ("within", "Point", [8]),
        ("within", "Point", [8, 95]),
        ("within", "Point", [True, 40]),
        ("within", "Point", "[8,NaN]"),
        ("within", "Point", "8,40"),
        ("within", "Point", "[" * 100_000),
        ("within", "LineString", [[8, 40]]),
        ("within", "MultiPoint", []),
        ("within", "Point", None),
    ],
)
def test_a_malformed_geoquery_is_refused(georel: str, geometry: str, coordinates: object) -> None:
    with pytest.raises(BadRequestData):
        parse_geoquery(georel, geometry, cast(JsonValue, coordinates), expand)
