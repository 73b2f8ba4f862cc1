"""NGSI-LD ListProperty Representations: CIM 009 §4.5.21."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.mark.parametrize("values", [[3, 1, 2], ["b", "a"], [[1, 2], [3]], [1, "a", {"b": 2}], []])
def test_every_form_tells_the_same_in_the_same_order(
    client: Client, values: list[JsonValue]
) -> None:
    listed: JsonObject = {"valueList": values}
    assert_round_trip(
        client,
        Forms(
            normalized={"type": "ListProperty", **listed},
            concise=listed,
            simplified=listed["valueList"],
        ),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "ListProperty"},
        {"type": "ListProperty", "valueList": 5},
        {"type": "ListProperty", "valueList": {"a": 1}},
        {"type": "ListProperty", "valueList": None},
        {"type": "ListProperty", "valueList": [None]},
        {"type": "ListProperty", "valueList": [1], "value": 1},
        {"type": "ListProperty", "valueList": ["urn:ngsi-ld:null"]},
    ],
)
def test_what_is_no_list_property_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
