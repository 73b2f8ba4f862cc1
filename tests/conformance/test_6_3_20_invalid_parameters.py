"""Invalid parameters: CIM 009 §6.3.20."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import SHELTER, a_shelter, at, problem, prop, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
OPERATIONS: list[tuple[str, str, JsonValue]] = [
    ("GET", "/entities", None),
    ("POST", "/entities", a_shelter(2)),
    ("DELETE", "/entities", None),
    ("GET", at(), None),
    ("PUT", at(), a_shelter(floors=prop(2))),
    ("PATCH", at(), {"floors": prop(2)}),
    ("DELETE", at(), None),
    ("POST", at(SHELTER, "attrs"), {"floors": prop(2)}),
    ("PATCH", at(SHELTER, "attrs"), {"floors": prop(2)}),
    ("PATCH", at(SHELTER, "attrs", "name"), {"value": "x"}),
    ("PUT", at(SHELTER, "attrs", "name"), prop("x")),
    ("DELETE", at(SHELTER, "attrs", "name"), None),
    ("POST", "/entityOperations/create", [a_shelter(2)]),
    ("POST", "/entityOperations/upsert", [a_shelter(2)]),
    ("POST", "/entityOperations/update", [a_shelter(1, floors=prop(2))]),
    ("POST", "/entityOperations/merge", [a_shelter(1, floors=prop(2))]),
    ("POST", "/entityOperations/delete", [SHELTER]),
    ("POST", "/entityOperations/query", {"type": "Query", "entities": [{"type": "T"}]}),
    ("GET", "/types", None),
    ("GET", "/types/EvacuationShelter", None),
    ("GET", "/attributes", None),
    ("GET", "/attributes/name", None),
    ("GET", "/jsonldContexts", None),
    ("POST", "/jsonldContexts", {"@context": {"a": "urn:a:b"}}),
    ("GET", "/info/sourceIdentity", None),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), OPERATIONS, ids=[f"{one[0]} {one[1]}" for one in OPERATIONS]
)
def test_an_unknown_parameter_or_option_is_refused_and_nothing_is_done(
    client: Client, method: str, path: str, body: JsonValue
) -> None:
    client.create(a_shelter())
    for params in ({"colour": "red", "type": "EvacuationShelter"}, {"options": "colourful"}):
        answer = client.send(method, path, body, params=params)
        told = problem(answer, 400, "InvalidRequest")
        assert told["where"] in params
    assert stored(client) == a_shelter()
    assert len(client.get("/entities", local="true").json()) == 1


def test_a_parameter_given_twice_is_refused(client: Client) -> None:
    problem(client.send("GET", "/entities?type=A&type=B"), 400, "InvalidRequest")
