"""GeoJSON Representation of Entities: CIM 009 §4.5.16, simplified §4.5.17, over HTTP §6.3.15."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    ENTITIES,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    point,
    prop,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
GEO = {"Accept": "application/geo+json"}
HERE: JsonObject = {"type": "Point", "coordinates": [143.19, 42.65]}
GATE: JsonObject = {"type": "Point", "coordinates": [143.2, 42.66]}


@pytest.fixture
def filled(client: Client) -> Client:
    client.create(
        a_shelter(location=point(143.19, 42.65), gate={"type": "GeoProperty", "value": GATE})
    )
    return client


def get(client: Client, path: str = at(), **params: str) -> JsonObject:
    answer = client.send("GET", path, params=params or None, headers=GEO)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/geo+json"
    found: JsonObject = answer.json()
    return found


def test_an_entity_is_a_feature(filled: Client) -> None:
    feature = get(filled)
    assert (feature["id"], feature["type"]) == (SHELTER, "Feature")
    assert feature["geometry"] == HERE
    assert feature["properties"] == {
        "type": "EvacuationShelter",
        "name": prop("更別小学校"),
        "location": point(143.19, 42.65),
        "gate": {"type": "GeoProperty", "value": GATE},
    }
    assert "@context" in feature


def test_entities_are_a_feature_collection_with_one_context(filled: Client) -> None:
    collection = get(filled, ENTITIES, type="EvacuationShelter")
    assert collection["type"] == "FeatureCollection"
    assert "@context" in collection
    assert isinstance(collection["features"], list)
    (feature,) = collection["features"]
    assert isinstance(feature, dict)
    assert feature["geometry"] == HERE
    assert "@context" not in feature


def test_nothing_found_is_a_collection_of_no_features(filled: Client) -> None:
    assert get(filled, ENTITIES, type="School")["features"] == []


def test_the_geometry_may_be_another_geo_property(filled: Client) -> None:
    assert get(filled, geometryProperty="gate")["geometry"] == GATE


def test_a_geometry_that_is_missing_is_null(filled: Client) -> None:
    assert get(filled, geometryProperty="name")["geometry"] is None
    assert get(filled, geometryProperty="unknown")["geometry"] is None


def test_properties_may_be_simplified(filled: Client) -> None:
    assert get(filled, format="simplified")["properties"] == {
        "type": "EvacuationShelter",
        "name": "更別小学校",
        "location": HERE,
        "gate": GATE,
    }


def test_a_plain_body_has_its_context_in_a_link(filled: Client) -> None:
    headers = {**GEO, "Prefer": "body=json"}
    answer = filled.send("GET", at(), headers=headers)
    assert "@context" not in answer.json()
    assert "json-ld#context" in answer.headers["Link"]


def test_a_posted_query_is_answered_so_too(filled: Client) -> None:
    body: JsonObject = {"type": "Query", "entities": [{"type": "EvacuationShelter"}]}
    answer = filled.send("POST", "/entityOperations/query", body, headers=GEO)
    assert answer.json()["features"][0]["geometry"] == HERE


def test_a_geometry_property_without_geojson_is_refused(filled: Client) -> None:
    bad_data(filled.get(at(), geometryProperty="gate"))
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", geometryProperty="gate"))


@pytest.mark.parametrize("path", ["/types", "/attributes", "/jsonldContexts/urn:a:b"])
def test_other_resources_have_no_geojson(filled: Client, path: str) -> None:
    assert filled.send("GET", path, headers=GEO).status_code == 406
