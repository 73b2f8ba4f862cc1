"""Query Entities: CIM 009 §5.7.2, over HTTP §6.4.3.2 and, by POST, §6.23.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    all_numbers,
    bad_data,
    point,
    problem,
    prop,
    shelter_id,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
QUERY = "/entityOperations/query"
NEAR = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[141.2,43.0]"}


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """Four shelters of which the second is a school too, and one school."""
    for number in range(1, 5):
        one = a_shelter(
            number,
            capacity=prop(100 * number),
            scope=f"/Hokkaido/{'Sarabetsu' if number < 3 else 'Ebetsu'}",
            location=point(141 + number / 10, 43),
        )
        if number == 2:
            one = {**one, "type": ["EvacuationShelter", "School"]}
        reader.create(one)
    reader.create({"id": "urn:ngsi-ld:School:5", "type": "School", "pupils": prop(30)})
    return reader


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"type": "EvacuationShelter"}, [1, 2, 3, 4]),
        ({"type": "School"}, [2, 5]),
        ({"type": "*"}, [1, 2, 3, 4, 5]),
        ({"local": "true"}, [1, 2, 3, 4, 5]),
        ({"type": "Nothing"}, []),
        ({"type": "https://uri.etsi.org/ngsi-ld/default-context/School"}, [2, 5]),
        ({"type": "EvacuationShelter", "id": f"{shelter_id(1)},{shelter_id(3)}"}, [1, 3]),
        ({"type": "School", "id": shelter_id(1)}, []),
        ({"type": "EvacuationShelter", "idPattern": "[34]$"}, [3, 4]),
        ({"attrs": "pupils"}, [5]),
        ({"attrs": "pupils,capacity"}, [1, 2, 3, 4, 5]),
        ({"q": "capacity>200"}, [3, 4]),
        ({"type": "School", "q": "capacity"}, [2]),
        ({"type": "EvacuationShelter", "scopeQ": "/Hokkaido/Ebetsu"}, [3, 4]),
        (NEAR, [2]),
        ({**NEAR, "type": "School", "q": "capacity<500", "scopeQ": "/Hokkaido/#"}, [2]),
    ],
)
def test_what_matches_every_filter_is_found(
    filled: Client, params: dict[str, str], expected: list[int]
) -> None:
    assert all_numbers(filled.get(ENTITIES, **params)) == expected


def test_entities_come_as_they_were_written(filled: Client) -> None:
    assert filled.get(ENTITIES, q="pupils").json() == [
        {"id": "urn:ngsi-ld:School:5", "type": "School", "pupils": prop(30)}
    ]


def test_attrs_keeps_these_attributes_alone(filled: Client) -> None:
    found = filled.get(ENTITIES, attrs="pupils,capacity").json()
    assert all(set(one) <= {"id", "type", "scope", "pupils", "capacity"} for one in found)


def test_pick_that_leaves_nothing_of_an_entity_is_no_error(filled: Client) -> None:
    answer = filled.get(ENTITIES, type="School", pick="pupils")
    assert answer.status_code == 200
    assert {"pupils": prop(30)} in answer.json()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"id": shelter_id(1)},
        {"idPattern": ".*"},
        {"scopeQ": "/Hokkaido"},
        {"pick": "name"},
        {"q": "createdAt>2020-01-01T00:00:00Z"},
        {"attrs": "createdAt"},
        {"local": "false"},
    ],
)
def test_a_query_that_is_too_wide_is_refused(filled: Client, params: dict[str, str]) -> None:
    bad_data(filled.get(ENTITIES, **params))


@pytest.mark.parametrize(
    "params",
    [
        {"id": "no uri"},
        {"idPattern": "["},
        {"attrs": "a b"},
        {"attrs": ","},
        {"q": "capacity>"},
        {"q": "capacity>1;"},
        {"scopeQ": "Hokkaido"},
        {"georel": "near;maxDistance==1"},
        {**NEAR, "georel": "touches"},
        {**NEAR, "coordinates": "[141"},
        {"limit": "-1"},
        {"limit": "many"},
        {"offset": "-1"},
        {"count": "yes"},
        {"attrs": "name", "pick": "name"},
        {"attrs": "name", "omit": "name"},
        {"pick": "name", "omit": "name"},
        {"join": "sideways"},
        {"orderBy": "name;sideways"},
        {"lang": ";"},
        {"geometryProperty": "location"},
        {"csf": "(("},
        {"datasetId": "no uri"},
    ],
)
def test_a_parameter_that_breaks_its_form_is_refused(
    filled: Client, params: dict[str, str]
) -> None:
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", **params))


def test_all_types_with_local_false_contradict_each_other(filled: Client) -> None:
    bad_data(filled.get(ENTITIES, type="*", local="false"))


# by POST


def query(**members: JsonValue) -> JsonObject:
    return {"type": "Query", **members}


SHELTERS: list[JsonValue] = [{"type": "EvacuationShelter"}]
SELECTORS: list[JsonValue] = [
    {"type": "EvacuationShelter", "idPattern": "1$"},
    {"type": "School", "id": ["urn:ngsi-ld:School:5", "urn:ngsi-ld:School:6"]},
]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (query(entities=SHELTERS), [1, 2, 3, 4]),
        (query(entities=SELECTORS), [1, 5]),
        (query(entities=SHELTERS, q="capacity>=300"), [3, 4]),
        (query(q="pupils==30"), [5]),
        (query(entities=SHELTERS, scopeQ="/Hokkaido/Ebetsu"), [3, 4]),
        (query(attrs=["pupils"]), [5]),
        (query(geoQ={**NEAR, "coordinates": [141.2, 43.0]}), [2]),
        (query(geoQ={**NEAR}), [2]),
        (query(entities=[{"type": "(EvacuationShelter;School)"}]), [2]),
    ],
)
def test_a_posted_query_finds_what_the_same_in_the_url_would(
    filled: Client, body: JsonObject, expected: list[int]
) -> None:
    assert all_numbers(filled.send("POST", QUERY, body)) == expected


def test_a_posted_query_is_paged_and_counted_by_the_url(filled: Client) -> None:
    params = {"limit": "2", "offset": "2", "count": "true", "format": "simplified"}
    answer = filled.send("POST", QUERY, query(entities=SHELTERS, pick=["name"]), params=params)
    assert answer.json() == [{"name": "更別小学校"}, {"name": "更別小学校"}]
    assert answer.headers["NGSILD-Results-Count"] == "4"


def test_a_posted_query_is_read_with_its_own_context(filled: Client) -> None:
    context: JsonObject = {
        "@context": {"学校": "https://uri.etsi.org/ngsi-ld/default-context/School"}
    }
    body = query(entities=[{"type": "学校"}], **context)
    answer = filled.send("POST", QUERY, body)
    assert len(answer.json()) == 2
    assert answer.json()[1]["type"] == "学校"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "EvacuationShelter"},
        query(),
        query(entities=[]),
        query(entities={"type": "EvacuationShelter"}),
        query(entities=[{"id": shelter_id(1)}]),
        query(entities=[{"type": "EvacuationShelter", "colour": "red"}]),
        query(entities=SHELTERS, q=5),
        query(entities=SHELTERS, pick=[]),
        query(entities=SHELTERS, pick=["name"], attrs=["name"]),
        query(entities=SHELTERS, geoQ={"georel": "near;maxDistance==1"}),
        query(entities=SHELTERS, temporalQ={"timerel": "before", "timeAt": "2026-01-01T00:00:00Z"}),
        query(entities=SHELTERS, colour="red"),
        query(entities=SHELTERS, joinLevel="2"),
        query(entities=SHELTERS, q=None),
    ],
)
def test_a_posted_query_that_is_none_is_refused(filled: Client, body: JsonObject) -> None:
    bad_data(filled.send("POST", QUERY, body))


def test_an_array_is_no_query(filled: Client) -> None:
    problem(filled.send("POST", QUERY, [query(entities=SHELTERS)]), 400, "InvalidRequest")
