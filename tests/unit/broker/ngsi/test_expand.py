"""Documents into stored form: all kinds, normalized and concise, and everything that is refused."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.attributes import Nulls
from broker.ngsi.contexts import build_context, core
from broker.ngsi.entity import Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.expand import (
    expand_attribute,
    expand_attribute_fragment,
    expand_entity,
    expand_fragment,
    expand_simplified,
)
from broker.ngsi.names import DEFAULT_VOCABULARY, NULL, EntityId, Iri
from kit.json import JsonObject, JsonValue

DEFAULT = DEFAULT_VOCABULARY
A = Iri(f"{DEFAULT}a")
B = Iri(f"{DEFAULT}b")
PROOF = "https://uri.etsi.org/ngsi-ld/ngsildproof"
POINT: JsonObject = {"type": "Point", "coordinates": [141.35, 43.06]}
DATASET = "urn:ngsi-ld:dataset:1"


def entity(**members: JsonValue) -> JsonObject:
    return {"id": "urn:ngsi-ld:AED:1", "type": "AED", **members}


def stored(value: JsonValue) -> list[Instance]:
    return expand_entity(entity(a=value), core()).attributes[A]


def refusal(value: JsonValue) -> BadRequestData:
    with pytest.raises(BadRequestData) as refused:
        expand_fragment({"a": value}, core(), nulls=Nulls.REFUSED)
    return refused.value


def test_an_entity_has_its_id_types_scopes_and_expiry() -> None:
    fragment = expand_entity(
        entity(
            type=["AED", "Device", "AED"],
            scope=["/Hokkaido/Sapporo", "札幌", "札幌"],
            expiresAt="2027-01-01T00:00:00.5Z",
            createdAt="2020-01-01T00:00:00Z",
            **{"@context": "https://example.jp/ignored"},
        ),
        core(),
    )

    assert fragment.id == "urn:ngsi-ld:AED:1"
    assert fragment.types == (f"{DEFAULT}AED", f"{DEFAULT}Device")
    assert fragment.scopes == ("/Hokkaido/Sapporo", "札幌")
    assert fragment.expires_at is not None
    assert fragment.expires_at.isoformat() == "2027-01-01T00:00:00.500000+00:00"
    assert fragment.attributes == {}


def test_json_ld_keywords_and_aliases_stand_for_id_and_type() -> None:
    context = build_context({"identifier": "@id", "kind": "@type"}, {})
    plain = expand_entity(
        {"@id": "urn:x:1", "@type": "AED", "a": {"@type": "Property", "value": 1}}, core()
    )
    alias = expand_entity(
        {"identifier": "urn:x:1", "kind": "AED", "a": {"kind": "Property", "value": 1}}, context
    )

    assert plain == alias
    assert plain.id == "urn:x:1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"type": "Property", "value": 5}, {"type": "Property", "value": 5}),
        ({"type": "GeoProperty", "value": POINT}, {"type": "GeoProperty", "value": POINT}),
        (
            {"type": "GeoProperty", "value": '{"type":"Point","coordinates":[1,2]}'},
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
        ),
        (
            {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"], "objectType": "City"},
            {
                "type": "Relationship",
                "object": ["urn:x:1", "urn:x:2"],
                "objectType": f"{DEFAULT}City",
            },
        ),
        (
            {"type": "LanguageProperty", "languageMap": {"ja": "駅", "en-GB": ["a", "b"]}},
            {"type": "LanguageProperty", "languageMap": {"ja": "駅", "en-GB": ["a", "b"]}},
        ),
        (
            {"type": "VocabProperty", "vocab": ["open", "ngsi-ld:x", "Point"]},
            {
                "type": "VocabProperty",
                "vocab": [
                    f"{DEFAULT}open",
                    "https://uri.etsi.org/ngsi-ld/x",
                    "https://purl.org/geojson/vocab#Point",
                ],
            },
        ),
        (
            {"type": "JsonProperty", "json": {"id": None, "type": [NULL]}},
            {"type": "JsonProperty", "json": {"id": None, "type": [NULL]}},
        ),
        (
            {"type": "ListProperty", "valueList": [1, "a"], "unitCode": "CEL"},
            {"type": "ListProperty", "valueList": [1, "a"], "unitCode": "CEL"},
        ),
        (
            {"type": "ListRelationship", "objectList": ["urn:x:1", {"object": "urn:x:2"}]},
            {"type": "ListRelationship", "objectList": ["urn:x:1", "urn:x:2"]},
        ),
        (
            {"type": "ngsi-ld:Property", "value": 5, "valueType": "DateTime"},
            {"type": "Property", "value": 5, "valueType": "https://uri.etsi.org/ngsi-ld/DateTime"},
        ),
        (
            {"type": "Property", "value": {"@type": "@json", "@value": None}},
            {"type": "Property", "value": {"@type": "@json", "@value": None}},
        ),
    ],
)
def test_every_kind_is_kept_in_stored_form(given: JsonObject, kept: JsonObject) -> None:
    assert stored(given) == [kept]
    if given["type"] in {"Relationship", "ListRelationship", "VocabProperty", "JsonProperty"}:
        concise = {key: value for key, value in given.items() if key != "type"}
        assert stored(concise) == [kept]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (5, {"type": "Property", "value": 5}),
        ("text", {"type": "Property", "value": "text"}),
        ([], {"type": "Property", "value": []}),
        ([1, {"b": 2}], {"type": "Property", "value": [1, {"b": 2}]}),
        ({"street": "北1条"}, {"type": "Property", "value": {"street": "北1条"}}),
        (POINT, {"type": "GeoProperty", "value": POINT}),
        ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
        ({"type": "Property", "value": POINT}, {"type": "Property", "value": POINT}),
        ({"value": {"a": 1}, "unitCode": "CEL"},
         {"type": "Property", "value": {"a": 1}, "unitCode": "CEL"}),
    ],
)  # fmt: skip
def test_a_concise_attribute_says_its_kind_by_its_form(given: JsonValue, kept: Instance) -> None:
    assert stored(given) == [kept]


def test_members_are_read_and_the_brokers_own_are_left_out() -> None:
    (kept,) = stored(
        {
            "type": "Property",
            "value": 1,
            "observedAt": "2026-09-01T00:00:00,250Z",
            "expiresAt": "2027-09-01T00:00:00.000Z",
            "datasetId": "@none",
            "createdAt": "2020-01-01T00:00:00Z",
            "modifiedAt": "whenever",
            "instanceId": "urn:x:1",
            "b": {"object": "urn:x:2", "b": 3},
        }
    )

    assert kept == {
        "type": "Property",
        "value": 1,
        "observedAt": "2026-09-01T00:00:00.250000Z",
        "expiresAt": "2027-09-01T00:00:00Z",
        B: [{"type": "Relationship", "object": "urn:x:2", B: [{"type": "Property", "value": 3}]}],
    }


def test_instances_are_told_apart_by_their_dataset_ids() -> None:
    kept = stored([{"value": 1}, {"value": 2, "datasetId": DATASET}])

    assert [instance.get("datasetId") for instance in kept] == [None, DATASET]


def test_two_names_for_one_attribute_are_instances_of_it() -> None:
    fragment = expand_fragment({"a": 1, f"{A}": {"value": 2, "datasetId": DATASET}}, core())
    with pytest.raises(BadRequestData, match="no datasetId"):
        expand_fragment({"a": 1, f"{A}": 2}, core())

    assert len(fragment.attributes[A]) == 2


def test_a_proof_seals_the_id_and_type_of_its_entity() -> None:
    proof: JsonObject = {"type": "Property", "value": {"type": "DataIntegrityProof"},
                         "entityIdSealed": "urn:x:1", "entityTypeSealed": "AED"}  # fmt: skip
    (kept,) = stored({"type": "Property", "value": 1, "ngsildproof": proof})

    assert kept[PROOF] == [{**proof, "entityTypeSealed": f"{DEFAULT}AED"}]
    assert refusal({"value": 1, "ngsildproof": {"value": 1}}).where == "/a/ngsildproof"
    assert refusal({"value": 1, "entityIdSealed": "urn:x:1"}).where == "/a/entityIdSealed"


def _deep(levels: int, inside: str) -> JsonValue:
    value: JsonValue = 1
    for _ in range(levels):
        value = {inside: value, "value": 1} if inside == "b" else {inside: value}
    return value


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "/a"),
        ("\x00", "/a"),
        ({"type": "Property"}, "/a"),
        ({"type": "Property", "value": None}, "/a"),
        ({"type": "Property", "value": {"x": [1, None]}}, "/a/value/x/1"),
        ({"type": "Property", "value": {"x": "\x00"}}, "/a/value/x"),
        ({"type": "Property", "value": {"\x00": 1}}, "/a/value"),
        ({"type": "Property", "value": float("inf")}, "/a/value"),
        ({"type": "Property", "value": 1, "object": "urn:x:1"}, "/a/object"),
        ({"type": "Property", "value": 1, "previousValue": 0}, "/a/previousValue"),
        ({"type": "Property", "value": 1, "objectType": "City"}, "/a/objectType"),
        ({"type": "Property", "value": 1, "@context": {}}, "/a/@context"),
        ({"type": "Property", "value": 1, "entity": {}}, "/a/entity"),
        ({"type": "Property", "value": 1, "unitCode": 5}, "/a/unitCode"),
        ({"type": "Property", "value": 1, "observedAt": "2026-09-01"}, "/a/observedAt"),
        ({"type": "Property", "value": 1, "observedAt": "2026-09-01T09:00:00+09:00"},
         "/a/observedAt"),
        ({"type": "Property", "value": 1, "observedAt": {"value": "2026-09-01T00:00:00Z"}},
         "/a/observedAt"),
        ({"type": "Property", "value": 1, "datasetId": "no uri"}, "/a/datasetId"),
        ({"type": "Property", "value": 1, "datasetId": NULL}, "/a/datasetId"),
        ({"type": "Property", "value": 1, "b": {"type": "Property"}}, "/a/b"),
        ({"type": "Property", "value": 1, "b c": 1}, "/a/b c"),
        ({"type": "Property", "value": 1, "valueType": ""}, "/a/valueType"),
        ({"type": "Relationship", "object": "City 1"}, "/a/object"),
        ({"type": "Relationship", "object": []}, "/a/object"),
        ({"type": "Relationship", "object": ["urn:x:1", NULL]}, "/a/object"),
        ({"type": "Relationship", "object": "urn:x:1", "unitCode": "MTR"}, "/a/unitCode"),
        ({"type": "Relationship", "object": "urn:x:1", "valueType": "City"}, "/a/valueType"),
        ({"type": "LanguageProperty", "languageMap": {}}, "/a/languageMap"),
        ({"type": "LanguageProperty", "languageMap": {"": "x"}}, "/a/languageMap/"),
        ({"type": "LanguageProperty", "languageMap": {"ja": 5}}, "/a/languageMap/ja"),
        ({"type": "LanguageProperty", "languageMap": {"ja": "x"}, "valueType": "x"},
         "/a/valueType"),
        ({"type": "VocabProperty", "vocab": 5}, "/a/vocab"),
        ({"type": "VocabProperty", "vocab": "type"}, "/a/vocab"),
        ({"type": "JsonProperty", "json": 5}, "/a/json"),
        ({"type": "JsonProperty", "json": {"a": 1}, "unitCode": "MTR"}, "/a/unitCode"),
        ({"type": "ListProperty", "valueList": 5}, "/a/valueList"),
        ({"type": "ListProperty", "valueList": [1, NULL]}, "/a/valueList/1"),
        ({"type": "ListProperty", "valueList": [1], "value": 3}, "/a/value"),
        ({"type": "ListRelationship", "objectList": ["no uri"]}, "/a/objectList"),
        ({"type": "ListRelationship", "objectList": [{"object": "urn:x:1", "b": 1}]},
         "/a/objectList"),
        ({"type": "Thing", "value": 1}, "/a/type"),
        ({"type": 5, "value": 1}, "/a/type"),
        ({"type": ["Property"], "value": 1}, "/a/type"),
        ({"value": 1, "object": "urn:x:1"}, "/a"),
        ([{"value": 1}, {"value": 2}], "/a"),
        ([{"value": 1}, {"value": 2, "datasetId": "@none"}], "/a"),
        ([{"value": 1, "datasetId": DATASET}, {"value": 2, "datasetId": DATASET}], "/a"),
        ([{"type": "Property", "value": 1}, 5], "/a/1"),
        ([{"value": 1}, {"type": "Property"}], "/a/1"),
        (NULL, "/a"),
        ({"type": "Property", "value": NULL}, "/a"),
        ({"type": "Property", "value": {"b": NULL}}, "/a/value/b"),
        ({"type": "Property", "value": 1, "unitCode": NULL}, "/a/unitCode"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_and_pointed_to(value: JsonValue, where: str) -> None:
    assert refusal(value).where == where


@pytest.mark.parametrize("inside", ["b", "value"])
@pytest.mark.parametrize("levels", [60, 10_000])
def test_what_is_nested_too_deep_is_refused(inside: str, levels: int) -> None:
    assert (
        "32 levels" in refusal({"type": "Property", "value": 1, "b": _deep(levels, inside)}).detail
    )


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"type": "AED"}, "/id"),
        ({"id": "urn:x:1"}, "/type"),
        (entity(id="AED 1"), "/id"),
        (entity(id=5), "/id"),
        (entity(id=NULL), "/id"),
        (entity(id="urn:x:\u202e1"), "/id"),
        (entity(type="type"), "/type"),
        (entity(type="A ED"), "/type"),
        (entity(type=[]), "/type"),
        (entity(type=5), "/type"),
        (entity(type=NULL), "/type"),
        (entity(scope="9bad"), "/scope"),
        (entity(scope="/a//b"), "/scope"),
        (entity(scope="a-b"), "/scope"),
        (entity(scope=["/ok", "9bad"]), "/scope"),
        (entity(scope=[]), "/scope"),
        (entity(scope=NULL), "/scope"),
        (entity(expiresAt="tomorrow"), "/expiresAt"),
        (entity(expiresAt=NULL), "/expiresAt"),
        (entity(location={"type": "Property", "value": 7}), "/location"),
        (entity(location=7), "/location"),
        (entity(location={"type": "GeoProperty", "value": "nowhere"}), "/location/value"),
        (entity(datasetId={"type": "Property", "value": 1}), "/datasetId"),
        (entity(observedAt={"type": "Property", "value": 1}), "/observedAt"),
        (entity(value=1), "/value"),
        (entity(**{"a b": 1}), "/a b"),
        (entity(**{"x/y": 1}), "/x~1y"),
    ],
)
def test_what_is_no_entity_is_refused_and_pointed_to(document: JsonObject, where: str) -> None:
    with pytest.raises(BadRequestData) as refused:
        expand_entity(document, core())
    assert refused.value.where == where


def test_the_url_may_name_the_entity_and_the_document_may_not_name_another() -> None:
    named = EntityId("urn:ngsi-ld:AED:2")

    assert expand_entity({"type": "AED"}, core(), entity_id=named).id == named
    with pytest.raises(BadRequestData, match="which the URL names"):
        expand_entity(entity(), core(), entity_id=named)


_TEXTS = st.sampled_from(
    ["", "a", NULL, "\x00", "urn:x:1", "Property", "Relationship", "@none", "2026-09-01T00:00:00Z"]
)
_KEYS = st.sampled_from(
    ["id", "type", "@type", "value", "object", "languageMap", "json", "vocab", "valueList",
     "objectList", "datasetId", "unitCode", "observedAt", "location", "a", "b c", "dataset",
     "ngsildproof", "coordinates", "@context", "scope", "expiresAt", "objectType"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(document=st.dictionaries(_KEYS, _JSON, max_size=5), nulls=st.sampled_from(Nulls))
def test_any_document_is_read_or_refused(document: dict[str, object], nulls: Nulls) -> None:
    json = cast("JsonObject", document)
    for read in (
        lambda: expand_fragment(json, core(), nulls=nulls),
        lambda: expand_simplified(json, core()),
        lambda: expand_attribute(json, core()),
        lambda: expand_attribute_fragment(json, core()),
    ):
        where = None
        try:
            read()
        except BadRequestData as refused:
            where = refused.where
        assert where is None or where.startswith("/")
