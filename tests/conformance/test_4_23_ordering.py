"""Entity Ordering: CIM 009 §4.23."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    bad_data,
    numbers,
    ok,
    point,
    prop,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """Five shelters, of which the last has neither capacity nor place."""
    names = ["う", "あ", "い", "あ", "え"]
    capacities: list[JsonValue] = [30, 10, 20, 10, None]
    batch: list[JsonValue] = []
    for number, (name, capacity) in enumerate(zip(names, capacities, strict=True), start=1):
        one = a_shelter(number, name=prop(name))
        if capacity is not None:
            one["capacity"] = prop(capacity, rank=prop(-number))
            one["location"] = point(141 + number / 10, 43)
            one["address"] = prop({"block": number % 2})
        batch.append(one)
    ok(reader.send("POST", "/entityOperations/create", batch), 201)
    return reader


def ordered(client: Client, order_by: str, **params: str) -> list[int]:
    answer = client.get(ENTITIES, type="EvacuationShelter", orderBy=order_by, **params)
    return numbers(answer)


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("id", [1, 2, 3, 4, 5]),
        ("id;desc", [5, 4, 3, 2, 1]),
        ("name,id", [2, 4, 3, 1, 5]),
        ("name;desc,id", [5, 1, 3, 2, 4]),
        ("name,id;desc", [4, 2, 3, 1, 5]),
        ("capacity,id", [2, 4, 3, 1, 5]),
        ("capacity.rank", [4, 3, 2, 1, 5]),
        ("address[block],id", [2, 4, 1, 3, 5]),
        ("capacity;asc,name;desc,id", [2, 4, 3, 1, 5]),
    ],
)
def test_entities_come_in_the_order_asked_for(
    filled: Client, order_by: str, expected: list[int]
) -> None:
    assert ordered(filled, order_by) == expected


def test_they_may_come_by_their_distance(filled: Client) -> None:
    assert ordered(filled, "location;dist-asc", orderFrom="[141.25,43]")[:2] == [2, 3]
    assert ordered(filled, "location;dist-desc", orderFrom="[141,43]")[:4] == [4, 3, 2, 1]
    assert ordered(filled, "location;dist-asc", orderFrom="[141,43]")[-1] == 5


def test_pages_go_on_where_the_last_ended(filled: Client) -> None:
    pages = [ordered(filled, "name,id", limit="2", offset=str(offset)) for offset in (0, 2, 4)]
    assert pages == [[2, 4], [3, 1], [5]]


def test_values_of_several_kinds_have_an_order(client: Client) -> None:
    values: list[JsonValue] = [{"a": 1}, True, "text", 5, [1], "2026-11-21T09:00:00Z"]
    for number, value in enumerate(values, start=1):
        client.create(a_shelter(number, held=prop(value)))
    client.create(a_shelter(7))
    assert ordered(client, "held") == [4, 3, 1, 5, 2, 6, 7]


def test_a_posted_query_is_ordered_too(filled: Client) -> None:
    body: JsonObject = {
        "type": "Query",
        "entities": [{"type": "EvacuationShelter"}],
        "ordering": {"orderBy": ["name;desc", "id"]},
    }
    assert numbers(filled.send("POST", "/entityOperations/query", body)) == [5, 1, 3, 2, 4]


@pytest.mark.parametrize(
    "params",
    [
        {"orderBy": ""},
        {"orderBy": "name;up"},
        {"orderBy": "name,,id"},
        {"orderBy": "na me"},
        {"orderBy": "location;dist-asc"},
        {"orderBy": "location;dist-asc", "orderFrom": "here"},
        {"orderBy": "location;dist-asc", "orderFrom": "[1]"},
        {"orderBy": "location;dist-asc", "orderFrom": "[141,43]", "orderGeometry": "Circle"},
        {"orderBy": "name", "collation": "no such collation"},
    ],
)
def test_what_is_no_order_is_refused(filled: Client, params: dict[str, str]) -> None:
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", **params))
