"""Merge-patch: deep into values, simplified input, common language and observedAt."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.apply import apply
from broker.ngsi.apply_merge import merged_value
from broker.ngsi.commands import Applied, Merge
from broker.ngsi.entity import DELETION, Entity, Fragment, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL, EntityId, Iri
from kit.json import JsonValue

ID = EntityId("urn:ngsi-ld:Shelter:1")
TYPE, OTHER_TYPE = Iri("https://example.org/Shelter"), Iri("https://example.org/School")
X, Y = Iri("https://example.org/x"), Iri("https://example.org/y")
SUB = "https://example.org/sub"
T0 = datetime(2026, 9, 1, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)
AT1 = "2026-09-01T01:00:00Z"
SEEN, SEEN_LATER = "2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z"
POINT: JsonValue = {"type": "Point", "coordinates": [141.35, 43.06]}


def stored(instance: Instance) -> Entity:
    return Entity(id=ID, types=(TYPE,), attributes={X: [instance]}, created_at=T0, modified_at=T0)


def a_merge(instance: Instance, attribute: Iri = X, **options: Any) -> Merge:
    fragment = Fragment(attributes={attribute: [instance]})
    return Merge(id=ID, at=T1, fragment=fragment, **options)


def merged(before: Instance, instance: Instance, **options: Any) -> Instance | None:
    entity = after(apply(a_merge(instance, **options), stored(before)))
    instances = entity.attributes.get(X)
    if instances is None:
        return None
    assert instances[0].pop("modifiedAt") == AT1
    return instances[0]


def after(applied: Applied) -> Entity:
    assert applied.change is not None
    assert applied.change.after is not None
    return applied.change.after


@pytest.mark.parametrize(
    ("before", "instance", "result"),
    [
        (
            {"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": SEEN},
            {"type": "Property", "value": 100, "observedAt": SEEN_LATER},
            {"type": "Property", "value": 100, "unitCode": "CEL", "observedAt": SEEN_LATER},
        ),
        (
            {"type": "Property", "value": {"street": "A", "city": "B", "country": "C"}},
            {"type": "Property", "value": {"street": "D", "country": NULL}},
            {"type": "Property", "value": {"street": "D", "city": "B"}},
        ),
        (
            {"type": "LanguageProperty", "languageMap": {"ja": "あ", "en": "a"}},
            {"type": "LanguageProperty", "languageMap": {"en": NULL, "fr": "à"}},
            {"type": "LanguageProperty", "languageMap": {"ja": "あ", "fr": "à"}},
        ),
        (
            {"type": "Property", "value": 1, "unitCode": "CEL"},
            {"unitCode": NULL},
            {"type": "Property", "value": 1},
        ),
        (
            {"type": "Property", "value": 1, "unitCode": "CEL"},
            {"type": "Relationship", "object": "urn:x:1"},
            {"type": "Relationship", "object": "urn:x:1"},
        ),
        (
            {"type": "JsonProperty", "json": {"a": {"b": 1, "c": 2}}},
            {"type": "JsonProperty", "json": {"a": {"c": 3}}},
            {"type": "JsonProperty", "json": {"a": {"b": 1, "c": 3}}},
        ),
        (
            {"type": "GeoProperty", "value": {**POINT, "bbox": [1, 1, 1, 1]}},  # type: ignore[dict-item]  # a dict
            {"type": "GeoProperty", "value": POINT},
            {"type": "GeoProperty", "value": POINT},
        ),
        (
            {"type": "ListProperty", "valueList": [1, 2]},
            {"type": "ListProperty", "valueList": [3]},
            {"type": "ListProperty", "valueList": [3]},
        ),
    ],
)
def test_a_merge_goes_down_into_the_instance(
    before: Instance, instance: Instance, result: Instance
) -> None:
    assert merged(before, instance) == result


@pytest.mark.parametrize(
    ("before", "instance"),
    [
        ({"type": "Property", "value": 1}, DELETION),
        ({"type": "LanguageProperty", "languageMap": {"ja": "あ"}},
         {"type": "LanguageProperty", "languageMap": {"ja": NULL}}),
    ],
)  # fmt: skip
def test_an_instance_without_value_is_gone(before: Instance, instance: Instance) -> None:
    assert merged(before, instance) is None


def test_sub_attributes_are_merged_added_and_deleted() -> None:
    other = "https://example.org/other"
    before: Instance = {
        "type": "Property",
        "value": 1,
        SUB: [{"type": "Property", "value": {"a": 1}}],
        other: [{"type": "Property", "value": 1}],
    }
    new = "https://example.org/new"
    given_: Instance = {
        SUB: [{"type": "Property", "value": {"b": 2}}],
        other: [DELETION],
        new: [{"type": "Property", "value": {"c": NULL}}],
    }
    assert merged(before, given_) == {
        "type": "Property",
        "value": 1,
        SUB: [{"type": "Property", "value": {"a": 1, "b": 2}, "modifiedAt": AT1}],
        new: [{"type": "Property", "value": {}, "createdAt": AT1}],
    }


def test_sub_instances_are_told_apart_by_datasetid() -> None:
    def sub(value: int, dataset: str) -> Instance:
        return {"type": "Property", "value": value, "datasetId": dataset}

    before: Instance = {"type": "Property", "value": 1, SUB: [sub(1, "urn:d:1"), sub(2, "urn:d:2")]}
    given_: Instance = {SUB: [sub(9, "urn:d:3"), sub(8, "urn:d:1")]}
    result = merged(before, given_)
    assert result is not None
    assert result[SUB] == [
        {**sub(8, "urn:d:1"), "modifiedAt": AT1},
        sub(2, "urn:d:2"),
        {**sub(9, "urn:d:3"), "createdAt": AT1},
    ]


def test_a_new_attribute_keeps_no_nulls() -> None:
    given_: Instance = {"type": "Property", "value": {"a": NULL, "b": 1}, SUB: [DELETION]}
    entity = after(apply(a_merge(given_, attribute=Y), stored({"type": "Property", "value": 1})))
    assert entity.attributes[Y] == [{"type": "Property", "value": {"b": 1}, "createdAt": AT1}]


def test_a_new_attribute_needs_a_value() -> None:
    with pytest.raises(BadRequestData, match="with its type and value"):
        apply(a_merge({"unitCode": "CEL"}, attribute=Y), stored({"type": "Property", "value": 1}))


@pytest.mark.parametrize(
    ("before", "value", "member", "result"),
    [
        ({"type": "Property", "value": 1}, 2, "value", 2),
        ({"type": "Property", "value": {"a": 1}}, {"b": 2}, "value", {"a": 1, "b": 2}),
        ({"type": "GeoProperty", "value": POINT}, POINT, "value", POINT),
        ({"type": "Relationship", "object": "urn:x:1"}, "urn:x:2", "object", "urn:x:2"),
        ({"type": "VocabProperty", "vocab": "urn:v:1"}, {"vocab": "urn:v:2"}, "vocab", "urn:v:2"),
        ({"type": "JsonProperty", "json": {"a": 1}}, {"json": {"b": 1}}, "json", {"a": 1, "b": 1}),
        ({"type": "ListProperty", "valueList": [1]}, [2, 3], "valueList", [2, 3]),
        ({"type": "ListRelationship", "objectList": ["urn:x:1"]}, ["urn:x:2"], "objectList",
         ["urn:x:2"]),
        ({"type": "LanguageProperty", "languageMap": {"ja": "あ"}}, {"languageMap": {"en": "a"}},
         "languageMap", {"ja": "あ", "en": "a"}),
    ],
)  # fmt: skip
def test_a_simplified_value_takes_the_stored_kind(
    before: Instance, value: JsonValue, member: str, result: JsonValue
) -> None:
    instance = merged(before, {"simplified": value}, simplified=True)
    assert instance is not None
    assert instance["type"] == before["type"]
    assert instance[member] == result


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ({"type": "GeoProperty", "value": POINT}, 5),
        ({"type": "Relationship", "object": "urn:x:1"}, "not a uri"),
        ({"type": "ListProperty", "valueList": [1]}, 5),
        ({"type": "LanguageProperty", "languageMap": {"ja": "あ"}}, "a"),
        ({"type": "VocabProperty", "vocab": "urn:v:1"}, 7),
    ],
)
def test_a_simplified_value_of_another_kind_is_refused(before: Instance, value: JsonValue) -> None:
    with pytest.raises(BadRequestData, match="Attribute https"):
        merged(before, {"simplified": value}, simplified=True)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, "Property"),
        ({"a": 1}, "Property"),
        (POINT, "GeoProperty"),
        ({"languageMap": {"ja": "あ"}}, "LanguageProperty"),
        ({"vocab": "urn:v:1"}, "VocabProperty"),
        ({"json": {"a": 1}}, "JsonProperty"),
    ],
)
def test_the_kind_of_a_new_simplified_attribute_is_inferred(value: JsonValue, kind: str) -> None:
    command = a_merge({"simplified": value}, attribute=Y, simplified=True)
    entity = after(apply(command, stored({"type": "Property", "value": 1})))
    assert entity.attributes[Y][0]["type"] == kind


@pytest.mark.parametrize(
    "text", [{"simplified": "bonjour"}, {"type": "Property", "value": "bonjour"}]
)
def test_text_in_the_common_language_changes_only_that_language(text: Instance) -> None:
    before: Instance = {"type": "LanguageProperty", "languageMap": {"ja": "あ", "fr": "salut"}}
    assert merged(before, text, language="fr") == {
        "type": "LanguageProperty",
        "languageMap": {"ja": "あ", "fr": "bonjour"},
    }


@pytest.mark.parametrize(
    ("before", "given_", "observed_at"),
    [
        ({"observedAt": SEEN}, {}, SEEN_LATER),
        ({"observedAt": SEEN}, {"observedAt": "2026-08-09T00:00:00Z"}, "2026-08-09T00:00:00Z"),
        ({}, {}, None),
    ],
)
def test_the_common_observedat_stamps_what_had_one(
    before: Instance, given_: Instance, observed_at: str | None
) -> None:
    instance = merged(
        {"type": "Property", "value": 1, **before},
        {"type": "Property", "value": 2, **given_},
        observed_at=SEEN_LATER,
    )
    assert instance is not None
    assert instance.get("observedAt") == observed_at


def test_scope_types_and_expiry_are_merged_at_the_top() -> None:
    fragment = Fragment(types=(OTHER_TYPE,), scopes=("/A",), expires_at=T1 + timedelta(days=1))
    entity = after(
        apply(Merge(id=ID, at=T1, fragment=fragment), stored({"type": "Property", "value": 1}))
    )
    assert (entity.types, entity.scopes) == ((TYPE, OTHER_TYPE), ("/A",))
    assert entity.expires_at == T1 + timedelta(days=1)


scalars = st.integers(0, 5) | st.booleans() | st.sampled_from(["a", NULL])
documents = st.recursive(
    scalars,
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.lists(st.integers(0, 3), max_size=2)
    ),
    max_leaves=8,
)


def rfc_7396(target: JsonValue, patch: JsonValue) -> JsonValue:
    """The algorithm as the RFC writes it, with the NGSI-LD Null for null."""
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    for name, value in patch.items():
        if value == NULL:
            target.pop(name, None)
        else:
            target[name] = rfc_7396(target.get(name), value)
    return target


@given(documents, documents)
def test_values_merge_as_the_rfc_says(target: JsonValue, patch: JsonValue) -> None:
    mine = merged_value(target, patch)
    assert mine == rfc_7396(target, patch)
