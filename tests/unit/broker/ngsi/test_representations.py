"""Entities as documents: normalized, concise, simplified, with and without what was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.contexts import build_context, core
from broker.ngsi.entity import Entity
from broker.ngsi.expand import expand_entity
from broker.ngsi.features import feature, feature_collection
from broker.ngsi.languages import parse_languages
from broker.ngsi.names import DEFAULT_VOCABULARY, EntityId, Iri
from broker.ngsi.projection import parse_projection
from broker.ngsi.representations import Form, Presentation, present
from broker.ngsi.versions import fallback, parse_version
from kit.json import JsonObject, JsonValue

T0 = datetime(2026, 9, 1, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)
DEFAULT = DEFAULT_VOCABULARY
DATASET = "urn:ngsi-ld:dataset:1"
POINT: JsonObject = {"type": "Point", "coordinates": [141.35, 43.06]}
SIMPLIFIED = Presentation(form=Form.SIMPLIFIED)
CONCISE = Presentation(form=Form.CONCISE)

SHELTER: JsonObject = {
    "id": "urn:ngsi-ld:EvacuationShelter:sapporo-0123",
    "type": "EvacuationShelter",
    "scope": "/Hokkaido/Sapporo/Chuo",
    "name": {"type": "LanguageProperty", "languageMap": {"ja": "中央小学校", "en": "Chuo School"}},
    "capacity": {"type": "Property", "value": 480, "unitCode": "IE",
                 "observedAt": "2026-09-01T00:00:00Z"},
    "location": {"type": "GeoProperty", "value": POINT},
    "managedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Organization:sapporo-city"},
    "category": {"type": "VocabProperty", "vocab": "DesignatedShelter"},
    "rooms": {"type": "ListProperty", "valueList": [1, 2]},
    "routes": {"type": "ListRelationship",
               "objectList": [{"object": "urn:x:1"}, {"object": "urn:x:2"}]},
    "raw": {"type": "JsonProperty", "json": {"id": None}},
}  # fmt: skip


def stored(document: JsonObject, **members: JsonValue) -> Entity:
    fragment = expand_entity({"id": "urn:x:1", "type": "T", **document, **members}, core())
    return Entity(
        id=fragment.id or EntityId(""),
        types=fragment.types,
        attributes=fragment.attributes,
        scopes=fragment.scopes or (),
        created_at=T0,
        modified_at=T1,
        expires_at=fragment.expires_at,
    )


def test_normalized_is_what_came_in_id_and_type_first() -> None:
    document = present(stored(SHELTER), core())

    assert document == SHELTER
    assert list(document)[:3] == ["id", "type", "scope"]


def test_several_types_scopes_and_instances_are_arrays() -> None:
    document: JsonObject = {
        "id": "urn:x:1",
        "type": ["A", "B"],
        "scope": ["/a", "/b"],
        "a": [
            {"type": "Property", "value": 1},
            {"type": "Property", "value": 2, "datasetId": DATASET},
        ],
    }

    assert present(stored(document), core()) == document


def test_concise_is_as_brief_as_it_can_be() -> None:
    assert present(stored(SHELTER), core(), CONCISE) == {
        "id": SHELTER["id"],
        "type": "EvacuationShelter",
        "scope": "/Hokkaido/Sapporo/Chuo",
        "name": {"languageMap": {"ja": "中央小学校", "en": "Chuo School"}},
        "capacity": {"value": 480, "unitCode": "IE", "observedAt": "2026-09-01T00:00:00Z"},
        "location": POINT,
        "managedBy": {"object": "urn:ngsi-ld:Organization:sapporo-city"},
        "category": {"vocab": "DesignatedShelter"},
        "rooms": {"valueList": [1, 2]},
        "routes": {"objectList": ["urn:x:1", "urn:x:2"]},
        "raw": {"json": {"id": None}},
    }


@pytest.mark.parametrize(
    ("value", "concise"),
    [
        ({"street": 1}, {"street": 1}),
        ({"type": "x"}, {"value": {"type": "x"}}),
        ({"object": "x"}, {"value": {"object": "x"}}),
        ({"unitCode": "x"}, {"value": {"unitCode": "x"}}),
        ([{"value": 1}], {"value": [{"value": 1}]}),
        (POINT, {"type": "Property", "value": POINT}),
    ],
)
def test_concise_says_as_much_as_reading_back_needs(value: JsonValue, concise: JsonValue) -> None:
    entity = stored({}, a={"type": "Property", "value": value})

    assert present(entity, core(), CONCISE)["a"] == concise


def test_simplified_is_values_alone() -> None:
    assert present(stored(SHELTER), core(), SIMPLIFIED) == {
        "id": SHELTER["id"],
        "type": "EvacuationShelter",
        "scope": "/Hokkaido/Sapporo/Chuo",
        "name": {"languageMap": {"ja": "中央小学校", "en": "Chuo School"}},
        "capacity": 480,
        "location": POINT,
        "managedBy": "urn:ngsi-ld:Organization:sapporo-city",
        "category": {"vocab": "DesignatedShelter"},
        "rooms": [1, 2],
        "routes": ["urn:x:1", "urn:x:2"],
        "raw": {"json": {"id": None}},
    }


def test_simplified_names_datasets_where_there_are_any() -> None:
    entity = stored({}, a=[{"value": 1}, {"value": 2, "datasetId": DATASET}],
                    b={"object": "urn:x:1", "datasetId": DATASET})  # fmt: skip
    document = present(entity, core(), SIMPLIFIED)

    assert document["a"] == {"dataset": {"@none": 1, DATASET: 2}}
    assert document["b"] == {"dataset": {DATASET: "urn:x:1"}}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [({"@none"}, [1]), ({DATASET}, [2]), ({"@none", DATASET}, [1, 2]), ({"urn:x:other"}, [])],
)
def test_only_instances_of_the_datasets_asked_for_are_shown(
    wanted: set[str], left: list[int]
) -> None:
    entity = stored({}, a=[{"value": 1}, {"value": 2, "datasetId": DATASET}])
    document = present(entity, core(), Presentation(dataset_ids=frozenset(wanted)))
    shown = document.get("a", [])
    instances = shown if isinstance(shown, list) else [shown]

    assert [one["value"] for one in instances if isinstance(one, dict)] == left


def test_a_language_filter_turns_maps_into_one_text() -> None:
    how = Presentation(languages=parse_languages("ja"))
    entity = stored(SHELTER, name={"languageMap": {"ja": "駅", "en": "x"}, "b": 1})

    assert present(entity, core(), how)["name"] == {
        "type": "Property",
        "value": "駅",
        "lang": "ja",
        "b": {"type": "Property", "value": 1},
    }
    assert present(entity, core(), replace(how, form=Form.SIMPLIFIED))["name"] == "駅"
    assert present(stored(SHELTER), core(), replace(how, form=Form.CONCISE))["name"] == {
        "value": "中央小学校",
        "lang": "ja",
    }


def test_system_attributes_are_inherited_from_what_holds_an_instance() -> None:
    a, b = Iri(f"{DEFAULT}a"), Iri(f"{DEFAULT}b")
    entity = Entity(
        id=EntityId("urn:x:1"),
        types=(Iri(f"{DEFAULT}T"),),
        attributes={
            a: [{"type": "Property", "value": 1, b: [{"type": "Property", "value": 2}]}],
            b: [{"type": "Property", "value": 1, "createdAt": "2026-09-01T00:30:00Z",
                 a: [{"type": "Property", "value": 2, "modifiedAt": "2026-09-01T00:45:00Z"}]}],
        },
        created_at=T0,
        modified_at=T1,
        expires_at=T1,
    )  # fmt: skip
    document = present(entity, core(), Presentation(sys_attrs=True))
    born, later = "2026-09-01T00:00:00Z", "2026-09-01T00:30:00Z"

    assert document["createdAt"] == born
    assert document["modifiedAt"] == document["expiresAt"] == "2026-09-01T01:00:00Z"
    assert document["a"] == {
        "type": "Property", "value": 1, "createdAt": born, "modifiedAt": born,
        "b": {"type": "Property", "value": 2, "createdAt": born, "modifiedAt": born},
    }  # fmt: skip
    assert document["b"] == {
        "type": "Property", "value": 1, "createdAt": later, "modifiedAt": later,
        "a": {"type": "Property", "value": 2, "createdAt": later,
              "modifiedAt": "2026-09-01T00:45:00Z"},
    }  # fmt: skip


def test_expiry_is_shown_with_system_attributes_only() -> None:
    expiry: JsonObject = {"expiresAt": "2027-01-01T00:00:00Z"}
    entity = stored(expiry, a={"value": 1, **expiry})

    assert present(entity, core()) == {
        "id": "urn:x:1",
        "type": "T",
        "a": {"type": "Property", "value": 1},
    }
    document = present(entity, core(), Presentation(form=Form.CONCISE, sys_attrs=True))
    assert isinstance(document["a"], dict)
    assert document["expiresAt"] == document["a"]["expiresAt"] == "2027-01-01T00:00:00Z"


def test_what_is_expired_is_not_shown_at_any_depth() -> None:
    gone: JsonObject = {"value": 1, "expiresAt": "2026-09-01T00:00:00Z"}
    stays: JsonObject = {"value": 2, "datasetId": DATASET}
    entity = stored({}, a=gone, b={"value": 1, "c": gone, "d": 1}, c=[gone, stays])
    document = present(entity, core(), Presentation(now=T1))

    assert "a" not in document
    assert document["b"] == {"type": "Property", "value": 1, "d": {"type": "Property", "value": 1}}
    assert document["c"] == {"type": "Property", "value": 2, "datasetId": DATASET}


@pytest.mark.parametrize(
    ("pick", "omit", "members"),
    [
        ("name", None, {"name"}),
        ("id,name", None, {"id", "name"}),
        ("id,unknown", None, {"id"}),
        ("unknown", None, set()),
        (None, "id,scope,name,capacity,location,managedBy,category,rooms,routes,raw", {"type"}),
        (None, "managedBy{name},type,scope", SHELTER.keys() - {"type", "scope"}),
        ("id,type,name", "type", {"id", "name"}),
    ],
)
def test_pick_and_omit_choose_members(
    pick: str | None, omit: str | None, members: set[str]
) -> None:
    how = Presentation(
        pick=parse_projection(pick, core()) if pick else None,
        omit=parse_projection(omit, core()) if omit else None,
    )

    assert present(stored(SHELTER), core(), how).keys() == members


def test_attrs_chooses_attributes_and_leaves_the_rest() -> None:
    how = Presentation(attributes=frozenset({Iri(f"{DEFAULT}name")}))

    assert present(stored(SHELTER), core(), how).keys() == {"id", "type", "scope", "name"}


def test_every_name_follows_the_readers_context() -> None:
    reader = build_context({"名称": f"{DEFAULT}name", "避難所": f"{DEFAULT}EvacuationShelter",
                            "指定": f"{DEFAULT}DesignatedShelter"}, {})  # fmt: skip
    document = present(stored(SHELTER), reader)

    assert document["type"] == "避難所"
    assert "名称" in document
    assert document["category"] == {"type": "VocabProperty", "vocab": "指定"}


def test_a_feature_has_the_location_as_its_geometry() -> None:
    document = feature(stored(SHELTER), core(), SIMPLIFIED)
    properties = present(stored(SHELTER), core(), SIMPLIFIED)
    del properties["id"]

    assert document == {
        "id": SHELTER["id"],
        "type": "Feature",
        "geometry": POINT,
        "properties": properties,
    }
    assert feature_collection([document]) == {"type": "FeatureCollection", "features": [document]}
    assert feature_collection([]) == {"type": "FeatureCollection", "features": []}


def test_a_feature_without_the_geometry_asked_for_has_none() -> None:
    entity = stored(SHELTER)

    for name in ("operationSpace", "capacity", "unknown"):
        how = Presentation(geometry_property=core().attribute(name))
        assert feature(entity, core(), how)["geometry"] is None


def test_a_features_geometry_is_the_default_instance_or_the_one_asked_for() -> None:
    other: JsonObject = {"type": "Point", "coordinates": [9, 9]}
    entity = stored({}, location=[{"value": other, "datasetId": DATASET}, {"value": POINT}])
    wanted = Presentation(dataset_ids=frozenset({DATASET}))

    assert feature(entity, core(), Presentation())["geometry"] == POINT
    assert feature(entity, core(), wanted)["geometry"] == other
    entity = stored({}, location={"value": other, "datasetId": DATASET})
    assert feature(entity, core(), Presentation())["geometry"] is None


def test_a_feature_keeps_id_and_type_whatever_is_picked() -> None:
    how = Presentation(pick=parse_projection("name", core()), form=Form.SIMPLIFIED)
    document = feature(stored(SHELTER), core(), how)

    assert document["id"] == SHELTER["id"]
    assert document["geometry"] == POINT
    assert document["properties"] == {
        "type": "EvacuationShelter",
        "name": {"languageMap": {"ja": "中央小学校", "en": "Chuo School"}},
    }


def test_a_reader_of_an_earlier_version_gets_kinds_that_it_knows() -> None:
    version = parse_version("1.5")
    assert version is not None
    older = fallback(stored(SHELTER), version, core())
    document = present(older, core())

    assert document["category"] == {"type": "Property", "value": "DesignatedShelter"}
    assert document["rooms"] == {"type": "Property", "value": [1, 2]}
    assert document["routes"] == {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]}
    assert document["raw"] == {"type": "Property", "value": {"id": None}}
    assert document["name"] == SHELTER["name"]
    assert document["scope"] == SHELTER["scope"]


def test_a_reader_of_the_first_version_gets_one_type_and_default_instances() -> None:
    version = parse_version("1.0")
    assert version is not None
    entity = stored(
        {"type": ["A", "B"], "scope": "/a", "expiresAt": "2027-01-01T00:00:00Z"},
        a=[{"value": 2, "datasetId": DATASET}, {"value": 1, "unitCode": "CEL"}],
        b={"languageMap": {"ja": "駅"}, "c": {"vocab": ["x"], "valueType": "y"}},
    )

    assert present(fallback(entity, version, core()), core(), Presentation(sys_attrs=False)) == {
        "id": "urn:x:1",
        "type": "A",
        "a": {"type": "Property", "value": 1},
        "b": {
            "type": "Property",
            "value": {"ja": "駅"},
            "c": {"type": "Property", "value": ["x"]},
        },
    }


@pytest.mark.parametrize("text", ["1.9", "1.9.1", "2.0"])
def test_what_conforms_already_is_left_as_it_is(text: str) -> None:
    version = parse_version(text)
    assert version is not None
    entity = stored(SHELTER)
    plain = stored({}, a=1)
    earliest = parse_version("1.0")
    assert earliest is not None

    assert fallback(entity, version, core()) is entity
    assert fallback(plain, earliest, core()) is plain


def test_a_version_that_cannot_be_read_is_none() -> None:
    assert parse_version("one.two") is parse_version("") is parse_version("1") is None
