"""Representation of Entities, by format and options: CIM 009 §6.3.7."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import ENTITIES, SHELTER, a_shelter, at, problem, prop
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
CONCISE: JsonObject = {
    "id": SHELTER,
    "type": "EvacuationShelter",
    "name": "更別小学校",
    "capacity": {"value": 1, "unitCode": "C62"},
}
SIMPLIFIED: JsonObject = {**CONCISE, "capacity": 1}
NORMALIZED = a_shelter(capacity=prop(1, unitCode="C62"))


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    reader.create(NORMALIZED)
    return reader


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, NORMALIZED),
        ({"format": "normalized"}, NORMALIZED),
        ({"options": "normalized"}, NORMALIZED),
        ({"format": "concise"}, CONCISE),
        ({"options": "concise"}, CONCISE),
        ({"format": "simplified"}, SIMPLIFIED),
        ({"format": "keyValues"}, SIMPLIFIED),
        ({"options": "simplified"}, SIMPLIFIED),
        ({"options": "keyValues"}, SIMPLIFIED),
        ({"format": "concise", "options": "keyValues"}, CONCISE),
    ],
)
def test_the_form_is_what_the_parameters_say(
    filled: Client, params: dict[str, str], expected: JsonObject
) -> None:
    assert filled.get(at(), **params).json() == expected
    assert filled.get(ENTITIES, type="EvacuationShelter", **params).json() == [expected]
    body: JsonObject = {"type": "Query", "entities": [{"type": "EvacuationShelter"}]}
    answer = filled.send("POST", "/entityOperations/query", body, params=params)
    assert answer.json() == [expected]


@pytest.mark.parametrize(
    "params",
    [
        {"format": "short"},
        {"format": ""},
        {"format": "sysAttrs"},
        {"format": "Concise"},
        {"options": "short"},
        {"options": "keyValues,short"},
        {"options": "keyValues,concise"},
        {"options": ""},
    ],
)
def test_an_unknown_form_is_an_invalid_request(filled: Client, params: dict[str, str]) -> None:
    problem(filled.get(at(), **params), 400, "InvalidRequest")
    problem(filled.get(ENTITIES, type="EvacuationShelter", **params), 400, "InvalidRequest")
