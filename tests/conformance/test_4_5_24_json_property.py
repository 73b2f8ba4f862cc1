"""NGSI-LD JsonProperty Representations: CIM 009 §4.5.24."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import a_shelter, ok, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.mark.parametrize(
    "raw",
    [
        {"a": 1, "b": {"c": [1, 2]}},
        [{"a": 1}, {"b": 2}],
        {"id": "no uri", "type": "x", "value": {"object": 5}, "@context": "kept"},
        {"none": None, "null": "urn:ngsi-ld:null"},
    ],
    ids=["an object", "an array", "keys that mean something elsewhere", "nulls inside"],
)
def test_what_is_inside_is_kept_as_it_is_in_every_form(client: Client, raw: JsonValue) -> None:
    assert_round_trip(
        client,
        Forms(
            normalized={"type": "JsonProperty", "json": raw},
            concise={"json": raw},
            simplified={"json": raw},
        ),
    )


def test_keys_inside_are_not_renamed_by_a_context(client: Client) -> None:
    raw: JsonObject = {"階数": 2}
    terms: JsonObject = {"@context": [{"階数": "https://example.org/floors"}]}
    entity = a_shelter(held={"type": "JsonProperty", "json": raw})
    ok(client.send("POST", "/entities", {**entity, **terms}), 201)
    assert stored(client) == entity


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "JsonProperty"},
        {"type": "JsonProperty", "json": 5},
        {"type": "JsonProperty", "json": "text"},
        {"type": "JsonProperty", "json": None},
        {"type": "JsonProperty", "json": {"a": 1}, "value": 1},
        {"type": "JsonProperty", "json": {"a": 1}, "unitCode": "MTR"},
    ],
)
def test_what_is_no_json_property_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
