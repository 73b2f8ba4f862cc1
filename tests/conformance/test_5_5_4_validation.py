"""General NGSI-LD validation, and the NGSI-LD Null: CIM 009 §5.5.4, §4.5.0."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    NULL,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    ok,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ATTRS = at(SHELTER, "attrs")
WITH_NULL: list[JsonObject] = [
    {"name": NULL},
    {"name": prop(NULL)},
    {"name": {"type": "Relationship", "object": NULL}},
    {"name": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}},
    {"name": {"type": "VocabProperty", "vocab": NULL}},
    {"name": {"type": "JsonProperty", "json": NULL}},
    {"name": {"type": "ListProperty", "valueList": [NULL]}},
    {"name": {"type": "ListRelationship", "objectList": [NULL]}},
]


@pytest.mark.parametrize("fragment", WITH_NULL)
def test_the_ngsi_ld_null_has_no_place_where_nothing_can_be_deleted(
    client: Client, fragment: JsonObject
) -> None:
    bad_data(client.send("POST", ENTITIES, {**a_shelter(), **fragment}))
    client.create(a_shelter())
    bad_data(client.send("POST", ATTRS, fragment))
    bad_data(client.send("PUT", at(), {**a_shelter(), **fragment}))
    assert stored(client) == a_shelter()


@pytest.mark.parametrize("fragment", WITH_NULL[:2])
@pytest.mark.parametrize("path", [ATTRS, at()])
def test_it_deletes_where_a_fragment_changes_an_entity(
    client: Client, path: str, fragment: JsonObject
) -> None:
    client.create(a_shelter(capacity=prop(1)))
    ok(client.send("PATCH", path, fragment))
    assert "name" not in stored(client)


@pytest.mark.parametrize(
    "value",
    [None, {"a": None}, [None], {"a": [{"b": None}]}],
    ids=["bare", "member", "item", "deep"],
)
def test_the_null_of_json_has_no_place_at_all(client: Client, value: JsonValue) -> None:
    client.create(a_shelter())
    for method, path in (("POST", ATTRS), ("PATCH", ATTRS), ("PATCH", at()), ("PUT", at())):
        body: JsonObject = {"type": "EvacuationShelter", "held": prop(value)}
        bad_data(client.send(method, path, body))
    assert stored(client) == a_shelter()


def test_a_null_of_json_can_be_carried_as_json(client: Client) -> None:
    carried: JsonObject = {"@type": "@json", "@value": None}
    client.create(a_shelter(held=prop(carried)))
    found = stored(client)["held"]
    assert found in (prop(carried), prop({"type": "@json", "@value": None}))
