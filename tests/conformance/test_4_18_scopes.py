"""NGSI-LD Scopes: CIM 009 §4.18, and how they are queried: §4.19."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    all_numbers,
    bad_data,
    is_stored,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.mark.parametrize(
    "scope", ["/Hokkaido/Sarabetsu", "Hokkaido", "/北海道/更別村", ["/A", "/B"]]
)
def test_scopes_come_back_as_they_were_given(client: Client, scope: JsonValue) -> None:
    client.create(a_shelter(scope=scope))
    assert stored(client)["scope"] == scope
    assert stored(client, format="simplified")["scope"] == scope


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "/",
        "//",
        "/A//B",
        "/A/",
        "/1",
        "/A B",
        "/#",
        "/A/+",
        5,
        [],
        [""],
        [5],
        None,
        "urn:ngsi-ld:null",
        {"value": "/A"},
    ],
)
def test_what_is_no_scope_is_refused(client: Client, scope: JsonValue) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(scope=scope)))
    assert not is_stored(client)


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    scopes: list[JsonValue] = [
        "/Hokkaido",
        "/Hokkaido/Sarabetsu",
        "/Hokkaido/Sarabetsu/East",
        ["/Hokkaido/Ebetsu", "/Schools"],
        "Kagawa/Takamatsu",
    ]
    for number, scope in enumerate(scopes, start=1):
        reader.create(a_shelter(number, scope=scope))
    reader.create(a_shelter(6))
    return reader


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("/Hokkaido", [1]),
        ("/Hokkaido/Sarabetsu", [2]),
        ("/Hokkaido/#", [1, 2, 3, 4]),
        ("/Hokkaido/Sarabetsu/#", [2, 3]),
        ("/Hokkaido/+", [2, 4]),
        ("/+/Sarabetsu", [2]),
        ("/Hokkaido/+/East", [3]),
        ("/#", [1, 2, 3, 4, 5]),
        ("/Hokkaido,/Schools", [1, 4]),
        ("/Hokkaido|/Schools", [1, 4]),
        ("/Hokkaido/#;/Schools", [4]),
        ("(/Hokkaido/#;/Schools)|/Kagawa/+", [4, 5]),
        ("/Kagawa/Takamatsu", [5]),
        ("/Nowhere", []),
    ],
)
def test_a_scope_query_finds_what_it_says(filled: Client, query: str, expected: list[int]) -> None:
    assert all_numbers(filled.get(ENTITIES, type="EvacuationShelter", scopeQ=query)) == expected


@pytest.mark.parametrize(
    "query", ["", "Hokkaido", "/", "/A//B", "/#/A", "/A,", ";/A", "(/A", "/A B"]
)
def test_what_is_no_scope_query_is_refused(filled: Client, query: str) -> None:
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", scopeQ=query))
