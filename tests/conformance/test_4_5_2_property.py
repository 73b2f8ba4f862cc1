"""NGSI-LD Property Representations: CIM 009 §4.5.2, and the simplified one of §4.5.4."""

import pytest

from kit.json import JsonObject
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import a_shelter, link_to, prop, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
NINE = "2026-11-21T09:00:00Z"


@pytest.mark.parametrize(
    "forms",
    [
        Forms(normalized=prop(120), concise=120, simplified=120),
        Forms(normalized=prop("文字"), concise="文字", simplified="文字"),
        Forms(normalized=prop([1, 2]), concise=[1, 2], simplified=[1, 2]),
        Forms(
            normalized=prop({"a": {"b": 1}}), concise={"a": {"b": 1}}, simplified={"a": {"b": 1}}
        ),
        Forms(
            normalized=prop(1.5, unitCode="MTR", observedAt=NINE),
            concise={"value": 1.5, "unitCode": "MTR", "observedAt": NINE},
            simplified=1.5,
        ),
        Forms(
            normalized=prop(1, countedBy=link_to("urn:a:b"), note=prop("x")),
            concise={"value": 1, "countedBy": {"object": "urn:a:b"}, "note": "x"},
            simplified=1,
        ),
    ],
)
def test_every_form_tells_the_same(client: Client, forms: Forms) -> None:
    assert_round_trip(client, forms)


def test_a_value_type_names_what_the_value_is(client: Client) -> None:
    held = prop("2026-11-21T09:00:00Z", valueType="DateTime")
    client.create(a_shelter(held=held))
    assert stored(client)["held"] == held


def test_a_typed_value_comes_back_typed(client: Client) -> None:
    held = prop({"@type": "DateTime", "@value": NINE})
    client.create(a_shelter(held=held))
    found = stored(client)["held"]
    assert found in (held, prop({"type": "DateTime", "@value": NINE}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Property"},
        {"type": "Property", "value": None},
        {"type": "Property", "object": "urn:a:b"},
        {"type": "Property", "value": 1, "object": "urn:a:b"},
        {"type": "Property", "value": 1, "languageMap": {"ja": "x"}},
        {"type": "Property", "value": 1, "previousObject": "urn:a:b"},
        {"type": "Property", "value": 1, "observedAt": "nine"},
        {"type": "Property", "value": 1, "observedAt": "2026-11-21T09:00:00+09:00"},
        {"type": "Property", "value": 1, "unitCode": 5},
        {"type": "Property", "value": 1, "datasetId": "no uri"},
        {"type": "Property", "value": 1, "@context": {"a": "urn:a"}},
        {"type": "property", "value": 1},
        {"type": ["Property"], "value": 1},
        {"type": "Property", "value": "urn:ngsi-ld:null"},
        {"type": "Property", "value": 1, "note": None},
        {"type": "Property", "value": 1, "no name": prop(1)},
    ],
)
def test_what_is_no_property_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
