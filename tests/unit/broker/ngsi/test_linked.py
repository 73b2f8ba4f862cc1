"""Linked entities: which are needed, and how they are joined in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from broker.ngsi.contexts import core
from broker.ngsi.entity import Entity
from broker.ngsi.errors import TooManyResults
from broker.ngsi.expand import expand_entity
from broker.ngsi.linked import Join, Target, flat, follow, inline, start, targets
from broker.ngsi.names import DEFAULT_VOCABULARY, EntityId, Iri
from broker.ngsi.projection import parse_projection
from broker.ngsi.representations import Form, Presentation
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
PLAIN = Presentation()
SIMPLIFIED = Presentation(form=Form.SIMPLIFIED)
DATASET = "urn:ngsi-ld:dataset:1"


def stored(name: str, /, **attributes: JsonValue) -> Entity:
    document: JsonObject = {"id": f"urn:x:{name}", "type": name.title(), **attributes}
    fragment = expand_entity(document, core())
    return Entity(
        id=EntityId(f"urn:x:{name}"),
        types=fragment.types,
        attributes=fragment.attributes,
        created_at=NOW,
        modified_at=NOW,
    )


SHELTER = stored("shelter", locatedAt={"object": "urn:x:city"}, name="避難所")
CITY = stored("city", isIn={"object": "urn:x:country"}, name="札幌市")
COUNTRY = stored("country", name="日本", capital={"object": "urn:x:city"})
WORLD = {one.id: one for one in (SHELTER, CITY, COUNTRY)}


def gathered(entity: Entity, how: Presentation, join: Join) -> Mapping[EntityId, Entity]:
    """Read level by level, as an operation does."""
    level, found = start([entity], how), dict[EntityId, Entity]()
    for _ in range(join.level):
        for target in targets(level, core(), join, found):
            if target.id in WORLD:
                found[target.id] = WORLD[target.id]
        level = follow(level, core(), join, found)
    return found


def joined(entity: Entity, how: Presentation = PLAIN, level: int = 1) -> JsonObject:
    wanted = Join(level=level)
    return inline(entity, core(), how, wanted, gathered(entity, how, wanted))


def listed(entity: Entity, how: Presentation = PLAIN, level: int = 1) -> list[JsonObject]:
    wanted = Join(level=level)
    return flat([entity], core(), how, wanted, gathered(entity, how, wanted))


def inside(value: JsonValue, key: str) -> JsonValue:
    assert isinstance(value, dict)
    return value[key]


def ids(values: JsonValue) -> list[JsonValue]:
    assert isinstance(values, list)
    return [inside(one, "id") if isinstance(one, dict) else one for one in values]


def text(value: str) -> JsonObject:
    return {"type": "Property", "value": value}


def test_one_level_is_joined_inline() -> None:
    assert joined(SHELTER) == {
        "id": "urn:x:shelter",
        "type": "Shelter",
        "locatedAt": {
            "type": "Relationship",
            "object": "urn:x:city",
            "entity": {
                "id": "urn:x:city",
                "type": "City",
                "isIn": {"type": "Relationship", "object": "urn:x:country"},
                "name": text("札幌市"),
            },
        },
        "name": text("避難所"),
    }


def test_simplified_entities_take_the_place_of_uris_as_deep_as_asked() -> None:
    country = {"id": "urn:x:country", "type": "Country", "name": "日本", "capital": "urn:x:city"}
    city = {"id": "urn:x:city", "type": "City", "isIn": country, "name": "札幌市"}

    assert joined(SHELTER, SIMPLIFIED, level=2) == {
        "id": "urn:x:shelter",
        "type": "Shelter",
        "locatedAt": city,
        "name": "避難所",
    }


def test_an_entity_is_not_joined_into_itself() -> None:
    document = joined(CITY, SIMPLIFIED, level=5)

    assert document["isIn"] == {
        "id": "urn:x:country",
        "type": "Country",
        "name": "日本",
        "capital": "urn:x:city",
    }


def test_flat_lists_each_entity_once_behind_those_that_link_to_it() -> None:
    assert [document["id"] for document in listed(SHELTER, level=5)] == [
        "urn:x:shelter",
        "urn:x:city",
        "urn:x:country",
    ]
    assert [document["id"] for document in listed(SHELTER)] == ["urn:x:shelter", "urn:x:city"]


def test_what_is_not_found_is_left_as_it_is() -> None:
    lost = stored("lost", locatedAt={"object": "urn:x:atlantis"})
    plain = {
        "id": "urn:x:lost",
        "type": "Lost",
        "locatedAt": {"type": "Relationship", "object": "urn:x:atlantis"},
    }

    assert joined(lost) == plain
    assert listed(lost) == [plain]


def test_what_was_met_before_is_not_joined_again() -> None:
    join = Join(contained_by=frozenset({EntityId("urn:x:city")}))

    assert targets(start([SHELTER], PLAIN), core(), join, {}) == []
    assert inline(SHELTER, core(), SIMPLIFIED, join, WORLD)["locatedAt"] == "urn:x:city"
    assert len(flat([SHELTER], core(), PLAIN, join, WORLD)) == 1


def test_arrays_and_lists_of_objects_are_joined_in_order() -> None:
    tour = stored(
        "tour",
        seen={"object": ["urn:x:country", "urn:x:atlantis", "urn:x:city"]},
        route={"objectList": ["urn:x:city", "urn:x:country"]},
    )
    inlined = joined(tour)

    assert ids(inside(inlined["seen"], "entity")) == ["urn:x:country", "urn:x:city"]
    assert ids(inside(inlined["route"], "entityList")) == ["urn:x:city", "urn:x:country"]
    assert ids(joined(tour, SIMPLIFIED)["seen"]) == [
        "urn:x:country",
        "urn:x:atlantis",
        "urn:x:city",
    ]


def test_every_instance_is_joined() -> None:
    both = stored(
        "both", at=[{"object": "urn:x:city"}, {"object": "urn:x:country", "datasetId": DATASET}]
    )
    normalized = joined(both)["at"]
    simplified = inside(joined(both, SIMPLIFIED)["at"], "dataset")
    assert isinstance(normalized, list)

    assert ids([inside(one, "entity") for one in normalized]) == ["urn:x:city", "urn:x:country"]
    assert ids([inside(simplified, "@none"), inside(simplified, DATASET)]) == [
        "urn:x:city",
        "urn:x:country",
    ]


def test_names_in_braces_are_about_the_entity_behind() -> None:
    how = replace(SIMPLIFIED, pick=parse_projection("id,locatedAt{id,isIn{name}}", core()))
    omitting = replace(SIMPLIFIED, omit=parse_projection("type,locatedAt{name}", core()))

    assert joined(SHELTER, how, level=2) == {
        "id": "urn:x:shelter",
        "locatedAt": {"id": "urn:x:city", "isIn": {"name": "日本"}},
    }
    assert joined(SHELTER, omitting) == {
        "id": "urn:x:shelter",
        "locatedAt": {"id": "urn:x:city", "type": "City", "isIn": "urn:x:country"},
        "name": "避難所",
    }


def test_a_relationship_that_is_not_shown_is_not_followed() -> None:
    how = replace(PLAIN, pick=parse_projection("id,name", core()))

    assert listed(SHELTER, how) == [{"id": "urn:x:shelter", "name": text("避難所")}]
    assert listed(SHELTER, replace(PLAIN, omit=parse_projection("locatedAt", core())))[1:] == []


def test_a_target_tells_the_types_that_it_is_said_to_have() -> None:
    entity = stored("a", at={"object": "urn:x:b"}, by={"object": "urn:x:b", "objectType": "City"})

    assert targets(start([entity], PLAIN), core(), Join(), {}) == [
        Target(EntityId("urn:x:b"), (Iri(f"{DEFAULT_VOCABULARY}City"),))
    ]


def test_too_many_linked_entities_are_refused() -> None:
    many = {EntityId(f"urn:x:s{n}"): stored(f"s{n}") for n in range(5)}
    hub = stored("hub", to={"object": [*many]})
    join = Join(most=4)

    for assemble in (
        lambda: inline(hub, core(), PLAIN, join, many),
        lambda: flat([hub], core(), PLAIN, join, many),
    ):
        with pytest.raises(TooManyResults, match="more than 4"):
            assemble()
