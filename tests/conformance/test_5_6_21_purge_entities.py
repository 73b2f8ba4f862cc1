"""Purge Entities: CIM 009 §5.6.21, over HTTP §6.4.3.3."""

import pytest

from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    all_numbers,
    bad_data,
    ok,
    point,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.fixture
def filled(client: Client) -> Client:
    """Four shelters: odd ones with floors, each with a capacity of a hundred times its number."""
    for number in range(1, 5):
        more = {"floors": prop(number)} if number % 2 else {}
        client.create(
            a_shelter(
                number,
                capacity=prop(100 * number),
                scope=f"/Hokkaido/{'Sarabetsu' if number < 3 else 'Ebetsu'}",
                location=point(141 + number / 10, 43),
                **more,
            )
        )
    return client


def left(client: Client) -> list[int]:
    return all_numbers(client.get(ENTITIES, type="EvacuationShelter"))


@pytest.mark.parametrize(
    ("params", "remaining"),
    [
        ({"type": "EvacuationShelter"}, []),
        ({"type": "School"}, [1, 2, 3, 4]),
        ({"type": "*"}, []),
        ({"local": "true"}, []),
        ({"type": "EvacuationShelter", "id": f"{shelter_id(1)},{shelter_id(4)}"}, [2, 3]),
        ({"type": "EvacuationShelter", "idPattern": ":[23]$"}, [1, 4]),
        ({"q": "capacity>=300"}, [1, 2]),
        ({"q": "floors"}, [2, 4]),
        ({"type": "EvacuationShelter", "scopeQ": "/Hokkaido/Ebetsu"}, [1, 2]),
        (
            {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[141.2,43]"},
            [1, 3, 4],
        ),
    ],
)
def test_all_that_matches_is_deleted_and_the_rest_stays(
    filled: Client, params: dict[str, str], remaining: list[int]
) -> None:
    ok(filled.send("DELETE", ENTITIES, params=params))
    assert left(filled) == remaining


def test_with_drop_these_attributes_go_and_the_entities_stay(filled: Client) -> None:
    params = {"type": "EvacuationShelter", "drop": "capacity,floors"}
    ok(filled.send("DELETE", ENTITIES, params=params))
    assert left(filled) == [1, 2, 3, 4]
    one = stored(filled)
    assert set(one) == {"id", "type", "name", "scope", "location"}


def test_with_keep_all_other_attributes_go(filled: Client) -> None:
    params = {"q": "floors", "keep": "capacity"}
    ok(filled.send("DELETE", ENTITIES, params=params))
    assert {"name", "floors", "location"} & set(stored(filled, shelter_id(1))) == set()
    assert stored(filled, shelter_id(1))["capacity"] == prop(100)
    assert "name" in stored(filled, shelter_id(2))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"id": shelter_id(1)},
        {"idPattern": ".*"},
        {"q": "createdAt>2020-01-01T00:00:00Z"},
        {"type": "EvacuationShelter", "keep": "name", "drop": "floors"},
        {"type": "EvacuationShelter", "q": 'managedBy{name}=="x"'},
        {"type": "EvacuationShelter", "q": "(("},
        {"type": "EvacuationShelter", "drop": "managedBy{name}"},
        {"type": "EvacuationShelter", "drop": "a,,b"},
        {"type": "A;;B"},
    ],
    ids=[
        "no filter",
        "an id alone",
        "a pattern alone",
        "system attributes alone",
        "keep and drop",
        "a linked entity's attribute",
        "no query",
        "what is linked",
        "no name between commas",
        "no type selection",
    ],
)
def test_what_is_too_wide_or_malformed_is_refused_and_deletes_nothing(
    filled: Client, params: dict[str, str]
) -> None:
    bad_data(filled.send("DELETE", ENTITIES, params=params))
    assert left(filled) == [1, 2, 3, 4]


def test_more_than_a_page_is_purged(client: Client) -> None:
    shelters = [a_shelter(number) for number in range(1200)]
    ok(client.send("POST", "/entityOperations/create", [*shelters]), 201)
    ok(client.send("DELETE", ENTITIES, params={"type": "EvacuationShelter"}))
    answer = client.get(ENTITIES, type="EvacuationShelter", count="true", limit="0")
    assert answer.headers["NGSILD-Results-Count"] == "0"
