"""Fragments into stored form: what updates, merges and replacements give and what they remove."""

import pytest

from broker.ngsi.attributes import Nulls
from broker.ngsi.contexts import core
from broker.ngsi.entity import DELETION, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.expand import (
    expand_attribute,
    expand_attribute_fragment,
    expand_fragment,
    expand_simplified,
)
from broker.ngsi.names import DEFAULT_VOCABULARY, NULL, Iri
from kit.json import JsonObject, JsonValue

DEFAULT = DEFAULT_VOCABULARY
A = Iri(f"{DEFAULT}a")
B = Iri(f"{DEFAULT}b")
LOCATION = Iri("https://uri.etsi.org/ngsi-ld/location")
POINT: JsonObject = {"type": "Point", "coordinates": [141.35, 43.06]}
DATASET = "urn:ngsi-ld:dataset:1"


@pytest.mark.parametrize("nulls", [Nulls.DELETE, Nulls.MERGE])
def test_an_update_deletes_instances_by_the_null(nulls: Nulls) -> None:
    of_dataset: Instance = {**DELETION, "datasetId": DATASET}
    fragment = expand_fragment(
        {
            "a": NULL,
            "b": [
                {"type": "GeoProperty", "value": NULL},
                {"languageMap": {"@none": NULL}, "datasetId": DATASET},
            ],
            "c": {"type": "ListProperty", "valueList": [NULL]},
            "d": {"object": NULL, "datasetId": "@none"},
            "location": NULL,
            "scope": NULL,
            "expiresAt": NULL,
        },
        core(),
        nulls=nulls,
    )

    assert fragment.attributes == {
        A: [DELETION],
        B: [DELETION, of_dataset],
        f"{DEFAULT}c": [DELETION],
        f"{DEFAULT}d": [DELETION],
        LOCATION: [DELETION],
    }
    assert fragment.scopes == ()
    assert fragment.removes_expiry
    assert fragment.expires_at is None


def test_what_replaces_an_instance_just_lacks_what_is_null() -> None:
    fragment = expand_fragment(
        {"a": {"value": 1, "unitCode": NULL, "b": NULL}}, core(), nulls=Nulls.DELETE
    )

    assert fragment.attributes[A] == [{"type": "Property", "value": 1}]


def test_a_null_inside_a_value_is_for_merges_only() -> None:
    value: JsonObject = {"value": {"street": "北1条", "country": NULL}}

    with pytest.raises(BadRequestData) as refused:
        expand_fragment({"a": value}, core(), nulls=Nulls.DELETE)
    assert refused.value.where == "/a/value/country"
    assert expand_fragment({"a": value}, core(), nulls=Nulls.MERGE).attributes[A] == [
        {"type": "Property", **value}
    ]


def test_a_merge_may_name_members_without_the_value() -> None:
    fragment = expand_fragment(
        {
            "a": {"unitCode": NULL, "observedAt": "2026-09-01T00:00:00Z"},
            "b": {"type": "Property", "b": NULL},
            "c": {"type": "LanguageProperty", "languageMap": {"fr": NULL}},
        },
        core(),
        nulls=Nulls.MERGE,
    )

    assert fragment.attributes == {
        A: [{"unitCode": NULL, "observedAt": "2026-09-01T00:00:00Z"}],
        B: [{"type": "Property", B: [DELETION]}],
        f"{DEFAULT}c": [{"type": "LanguageProperty", "languageMap": {"fr": NULL}}],
    }


def test_a_simplified_merge_keeps_values_for_the_stored_kind_to_read() -> None:
    fragment = expand_simplified(
        {
            "id": "urn:x:1",
            "a": {"vocab": "open"},
            "b": {"dataset": {"@none": 1, DATASET: NULL}},
            "location": POINT,
            "c": [1, 2],
        },
        core(),
    )

    assert fragment.attributes == {
        A: [{"simplified": {"vocab": f"{DEFAULT}open"}}],
        B: [{"simplified": 1}, {**DELETION, "datasetId": DATASET}],
        LOCATION: [{"simplified": POINT}],
        f"{DEFAULT}c": [{"simplified": [1, 2]}],
    }


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"dataset": {}}, "/a/dataset"),
        ({"dataset": {"no uri": 1}}, "/a/dataset/no uri"),
        ({"vocab": 5}, "/a"),
        (None, "/a"),
        ({"type": "Point", "coordinates": []}, "/a/coordinates"),
    ],
)
def test_a_simplified_value_that_breaks_a_rule_is_refused(value: JsonValue, where: str) -> None:
    with pytest.raises(BadRequestData) as refused:
        expand_simplified({"a": value}, core())
    assert refused.value.where == where


def test_a_partial_update_gives_members_and_removes_others() -> None:
    partial = expand_attribute_fragment(
        {
            "@context": "ignored",
            "value": 5,
            "unitCode": NULL,
            "b": NULL,
            "c": 1,
            "datasetId": DATASET,
        },
        core(),
    )

    assert partial.instance == {
        "value": 5,
        "datasetId": DATASET,
        f"{DEFAULT}c": [{"type": "Property", "value": 1}],
    }
    assert partial.removed == {"unitCode", B}


def test_a_partial_update_keeps_the_kind_that_it_says() -> None:
    partial = expand_attribute_fragment(
        {"type": "Property", "observedAt": "2026-09-01T00:00:00Z"}, core()
    )

    assert partial.instance == {"type": "Property", "observedAt": "2026-09-01T00:00:00Z"}


def test_a_partial_update_deletes_by_a_null_value() -> None:
    partial = expand_attribute_fragment(
        {"type": "GeoProperty", "value": NULL, "datasetId": DATASET}, core()
    )

    assert partial.instance == {**DELETION, "datasetId": DATASET}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, None),
        ({"@context": "x"}, None),
        ({"value": {"country": NULL}}, "/value/country"),
        ({"type": "Property", "value": None}, None),
        ({"datasetId": NULL}, "/datasetId"),
        ({"b": [{"value": NULL, "datasetId": DATASET}]}, f"/{B.replace('/', '~1')}"),
        ({"type": "Thing"}, "/type"),
    ],
)
def test_a_partial_update_that_breaks_a_rule_is_refused(
    document: JsonObject, where: str | None
) -> None:
    with pytest.raises(BadRequestData) as refused:
        expand_attribute_fragment(document, core())
    assert refused.value.where == where


def test_an_attribute_that_replaces_another_is_complete() -> None:
    assert expand_attribute({"value": 5}, core()) == {"type": "Property", "value": 5}
    with pytest.raises(BadRequestData, match="cannot be given here"):
        expand_attribute({"value": NULL}, core())
    with pytest.raises(BadRequestData, match="always a GeoProperty"):
        expand_attribute({"type": "Property", "value": 5}, core(), attribute=LOCATION)
