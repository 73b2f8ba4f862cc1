"""Merge Entity: CIM 009 §5.6.17 and the merge patch of §5.5.12, over HTTP §6.5.3.4."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    NULL,
    ORGANIZATION,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    link_to,
    not_found,
    ok,
    problem,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
NOON = "2026-11-21T12:00:00Z"
NINE = "2026-11-21T09:00:00Z"
NAMES: JsonObject = {
    "type": "LanguageProperty",
    "languageMap": {"ja": "更別小学校", "en": "Sarabetsu School"},
}


def merge(client: Client, fragment: JsonObject, **params: str) -> None:
    ok(client.send("PATCH", at(), fragment, params=params or None))


def test_members_are_merged_and_what_is_not_named_stays(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    merge(client, {"capacity": {"value": 130}, "floors": prop(2)})
    capacity = prop(130, unitCode="C62", countedBy=prop("staff"))
    assert stored(client) == a_shelter(capacity=capacity, floors=prop(2))


def test_members_that_only_attributes_have_are_merged_beside_the_value(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, countedBy=prop("staff"))))
    inspector = link_to(ORGANIZATION)
    merge(client, {"capacity": {"countedBy": inspector, "observedAt": NOON}})
    assert stored(client)["capacity"] == prop(120, countedBy=inspector, observedAt=NOON)


def test_other_members_of_a_concise_object_are_merged_into_the_value(client: Client) -> None:
    client.create(a_shelter(address=prop({"city": "更別村"}, countedBy=prop("staff"))))
    merge(client, {"address": {"lines": {"value": 3}, "type2": "x"}})
    expected = prop(
        {"city": "更別村", "lines": {"value": 3}, "type2": "x"}, countedBy=prop("staff")
    )
    assert stored(client)["address"] == expected


def test_object_values_are_merged_at_every_depth(client: Client) -> None:
    client.create(a_shelter(address=prop({"city": "更別村", "lines": {"a": 1, "b": 2}})))
    merge(client, {"address": prop({"lines": {"b": 3}, "country": "JP"})})
    expected = prop({"city": "更別村", "lines": {"a": 1, "b": 3}, "country": "JP"})
    assert stored(client)["address"] == expected


def test_the_ngsi_ld_null_deletes_at_every_depth(client: Client) -> None:
    capacity = prop(120, countedBy=prop("staff", since=prop(2020)))
    client.create(a_shelter(address=prop({"a": 1, "b": {"c": 2, "d": 3}}), capacity=capacity))
    merge(
        client,
        {
            "name": NULL,
            "address": prop({"b": {"c": NULL}}),
            "capacity": {"type": "Property", "countedBy": {"type": "Property", "since": NULL}},
        },
    )
    expected = a_shelter(
        address=prop({"a": 1, "b": {"d": 3}}), capacity=prop(120, countedBy=prop("staff"))
    )
    del expected["name"]
    assert stored(client) == expected


def test_arrays_are_replaced_whole(client: Client) -> None:
    client.create(a_shelter(floors=prop([1, 2, 3])))
    merge(client, {"floors": prop([4])})
    assert stored(client)["floors"] == prop([4])


def test_languages_are_merged_one_by_one(client: Client) -> None:
    client.create(a_shelter(name=NAMES))
    merge(client, {"name": {"languageMap": {"en": "Elementary School"}}})
    expected: JsonObject = {"ja": "更別小学校", "en": "Elementary School"}
    assert stored(client)["name"] == {"type": "LanguageProperty", "languageMap": expected}


@pytest.mark.parametrize("word", ["simplified", "keyValues"])
@pytest.mark.parametrize("parameter", ["format", "options"])
def test_a_simplified_fragment_keeps_the_kinds_of_attributes(
    client: Client, parameter: str, word: str
) -> None:
    client.create(a_shelter(managedBy=link_to("urn:ngsi-ld:Organization:other"), capacity=prop(1)))
    merge(client, {"managedBy": ORGANIZATION, "capacity": 2}, **{parameter: word})
    assert stored(client) == a_shelter(managedBy=link_to(ORGANIZATION), capacity=prop(2))


def test_a_string_under_lang_changes_that_language_alone(client: Client) -> None:
    client.create(a_shelter(name=NAMES))
    merge(client, {"name": "École de Sarabetsu"}, lang="fr", format="simplified")
    merged = stored(client)["name"]
    assert isinstance(merged, dict)
    assert merged["languageMap"] == {
        "ja": "更別小学校",
        "en": "Sarabetsu School",
        "fr": "École de Sarabetsu",
    }


def test_observed_at_stamps_what_was_observed_before(client: Client) -> None:
    client.create(a_shelter(level=prop(1.2, observedAt=NINE), depth=prop(3), width=prop(4)))
    merge(client, {"level": {"value": 1.3}, "depth": {"value": 4}}, observedAt=NOON)
    assert stored(client)["level"] == prop(1.3, observedAt=NOON)
    assert stored(client)["depth"] == prop(4)


def test_an_observed_at_of_the_fragment_wins_over_the_common_one(client: Client) -> None:
    client.create(a_shelter(level=prop(1.2, observedAt=NINE)))
    own = "2026-11-21T10:00:00Z"
    merge(client, {"level": {"value": 1.3, "observedAt": own}}, observedAt=NOON)
    assert stored(client)["level"] == prop(1.3, observedAt=own)


def test_an_attribute_of_another_kind_takes_the_place_of_the_old_value(client: Client) -> None:
    client.create(a_shelter(capacity=prop(120, unitCode="C62", countedBy=prop("staff"))))
    merge(client, {"capacity": link_to("urn:ngsi-ld:Count:1")})
    assert stored(client)["capacity"] == link_to("urn:ngsi-ld:Count:1", countedBy=prop("staff"))


def test_types_are_added_and_a_scope_is_replaced(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    merge(client, {"type": "School", "scope": ["/Tokachi", "/Sarabetsu"]})
    assert stored(client)["type"] == ["EvacuationShelter", "School"]
    assert stored(client)["scope"] == ["/Tokachi", "/Sarabetsu"]


def test_a_merge_patch_is_taken_as_json(client: Client) -> None:
    client.create(a_shelter())
    headers = {"Content-Type": "application/merge-patch+json"}
    ok(client.send("PATCH", at(), {"capacity": prop(1)}, headers=headers))
    assert stored(client) == a_shelter(capacity=prop(1))


def test_what_merges_to_the_same_leaves_the_attribute_as_it_is(client: Client) -> None:
    client.create(a_shelter(capacity=prop(1)))
    merge(client, {"capacity": prop(1)})
    assert stored(client) == a_shelter(capacity=prop(1))


def test_an_unknown_entity_or_another_type_is_not_found(client: Client) -> None:
    not_found(client.send("PATCH", at(), {"capacity": prop(1)}))
    client.create(a_shelter())
    not_found(client.send("PATCH", at(), {"capacity": prop(1)}, params={"type": "School"}))


@pytest.mark.parametrize(
    ("fragment", "params"),
    [
        ({"capacity": None}, {}),
        ({"id": "urn:ngsi-ld:EvacuationShelter:another"}, {}),
        ({"capacity": prop(1)}, {"observedAt": "noon"}),
        ({"name": {"a": "b"}, "managedBy": 5}, {"format": "simplified"}),
    ],
    ids=["null", "another's id", "a time that is none", "a number as URI"],
)
def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    client: Client, fragment: JsonObject, params: dict[str, str]
) -> None:
    before = a_shelter(capacity=prop(120), managedBy=link_to(ORGANIZATION))
    client.create(before)
    bad_data(client.send("PATCH", at(), fragment, params=params))
    assert stored(client) == before


def test_an_unknown_format_is_refused(client: Client) -> None:
    client.create(a_shelter())
    answer = client.send("PATCH", at(SHELTER), {"capacity": 1}, params={"format": "short"})
    problem(answer, 400, "InvalidRequest")
