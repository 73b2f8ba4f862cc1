"""Supporting Multiple Entity Types: CIM 009 §4.16, chosen by §4.17."""

import pytest

from tests.conformance.shelters import (
    ENTITIES,
    a_shelter,
    all_numbers,
    bad_data,
    shelter_id,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """1 is A, 2 is B, 3 is A and B, 4 is A and C, 5 is D."""
    for number, types in enumerate((["A"], ["B"], ["A", "B"], ["A", "C"], ["D"]), start=1):
        reader.create({"id": shelter_id(number), "type": [*types]})
    return reader


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("A", [1, 3, 4]),
        ("A,B", [1, 2, 3, 4]),
        ("A|B", [1, 2, 3, 4]),
        ("(A;B)", [3]),
        ("A;B", [3]),
        ("(A;B)|D", [3, 5]),
        ("(A;B),(A;C)", [3, 4]),
        ("(A;(B|C))", [3, 4]),
        ("https://uri.etsi.org/ngsi-ld/default-context/D", [5]),
        ("D,D", [5]),
        ("*", [1, 2, 3, 4, 5]),
    ],
)
def test_types_are_selected(filled: Client, types: str, expected: list[int]) -> None:
    assert all_numbers(filled.get(ENTITIES, type=types)) == expected


@pytest.mark.parametrize("types", ["", ",", "A,", "(A", "A)", "A;;B", "()", "A B", "A||B", "1a"])
def test_what_is_no_selection_is_refused(filled: Client, types: str) -> None:
    bad_data(filled.get(ENTITIES, type=types))


def test_all_types_of_an_entity_come_back(client: Client) -> None:
    client.create({**a_shelter(), "type": ["School", "EvacuationShelter"]})
    (found,) = client.get(ENTITIES, type="School").json()
    assert sorted(found["type"]) == ["EvacuationShelter", "School"]
