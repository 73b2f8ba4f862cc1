"""Entities for readers of an earlier version: CIM 009 §4.3.6.8, over HTTP §6.3.6."""

import pytest

from kit.json import JsonObject
from tests.platforms import Client

TYPE = "EvacuationShelter"
SHELTER = f"urn:ngsi-ld:{TYPE}:016390:1"
WARD = "urn:ngsi-ld:Ward:1"
PATH = f"/entities/{SHELTER}"


@pytest.fixture
def filled(client: Client) -> Client:
    capacity: JsonObject = {
        "type": "Property",
        "value": 120,
        "unitCode": "C62",
        "observedAt": "2026-09-01T00:00:00Z",
    }
    client.create(
        {
            "id": SHELTER,
            "type": TYPE,
            "scope": "/Hokkaido",
            "name": {"type": "LanguageProperty", "languageMap": {"ja": "更別小学校"}},
            "category": {"type": "VocabProperty", "vocab": "Designated"},
            "capacity": capacity,
            "ward": {"type": "Relationship", "object": WARD},
        }
    )
    client.create({"id": WARD, "type": "Ward", "kind": {"type": "VocabProperty", "vocab": "Rural"}})
    return client


def preferring(version: str) -> dict[str, str]:
    return {"Prefer": f"ngsi-ld={version}"}


def test_a_retrieved_entity_is_amended_and_that_is_said(filled: Client) -> None:
    answer = filled.send("GET", PATH, headers=preferring("1.5"))
    assert answer.status_code == 203
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.5"
    found = answer.json()
    assert found["category"] == {"type": "Property", "value": "Designated"}
    assert found["name"]["type"] == "LanguageProperty"
    assert found["scope"] == "/Hokkaido"


def test_the_first_version_knows_neither_scopes_nor_units(filled: Client) -> None:
    found = filled.send("GET", PATH, headers=preferring("1.0")).json()
    assert "scope" not in found
    assert found["capacity"] == {"type": "Property", "value": 120}
    assert found["name"] == {"type": "Property", "value": {"ja": "更別小学校"}}


@pytest.mark.parametrize("version", ["1.9", "1.9.1", "2.0"])
def test_what_conforms_already_is_served_as_it_is(filled: Client, version: str) -> None:
    answer = filled.send("GET", PATH, headers=preferring(version))
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.9"
    assert answer.json() == filled.get(PATH).json()


def test_an_amendment_that_does_not_show_is_none(filled: Client) -> None:
    answer = filled.send("GET", PATH, params={"pick": "ward"}, headers=preferring("1.3"))
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.3"


def test_queries_are_amended_by_url_and_by_document(filled: Client) -> None:
    by_url = filled.send("GET", "/entities", params={"type": TYPE}, headers=preferring("1.5"))
    query: JsonObject = {"type": "Query", "entities": [{"type": TYPE}]}
    by_post = filled.send("POST", "/entityOperations/query", query, headers=preferring("1.5"))
    for answer in (by_url, by_post):
        assert answer.status_code == 203
        assert answer.headers["Preference-Applied"] == "ngsi-ld=1.5"
        assert answer.json()[0]["category"]["type"] == "Property"


def test_linked_entities_are_amended_too(filled: Client) -> None:
    params = {"join": "inline", "pick": "ward{kind}"}
    answer = filled.send("GET", PATH, params=params, headers=preferring("1.5"))
    assert answer.status_code == 203
    assert answer.json()["ward"]["entity"]["kind"]["type"] == "Property"


def test_an_amended_query_that_makes_a_map_still_names_it(filled: Client) -> None:
    params = {"type": TYPE, "entityMap": "true"}
    answer = filled.send("GET", "/entities", params=params, headers=preferring("1.5"))
    assert answer.status_code == 203
    assert answer.headers["NGSILD-EntityMap"]


def test_geojson_is_not_amended(filled: Client) -> None:
    headers = {"Accept": "application/geo+json", **preferring("1.5")}
    answer = filled.send("GET", PATH, headers=headers)
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer.headers


def test_what_is_no_entity_conforms_to_every_version(filled: Client) -> None:
    plain = filled.get("/types")
    answer = filled.send("GET", "/types", headers=preferring("1.0"))
    assert (answer.status_code, answer.json()["typeList"]) == (200, plain.json()["typeList"])
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.0"


@pytest.mark.parametrize("prefer", ["respond-async", "ngsi-ld=latest", "ngsi-ld", "body=json"])
def test_without_a_version_none_is_applied(filled: Client, prefer: str) -> None:
    answer = filled.send("GET", PATH, headers={"Prefer": prefer})
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer.headers


def test_errors_name_no_version(client: Client) -> None:
    answer = client.send("GET", PATH, headers=preferring("1.0"))
    assert answer.status_code == 404
    assert "Preference-Applied" not in answer.headers
