"""NGSI-LD Linked Entity Retrieval: CIM 009 §4.5.23."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    ORGANIZATION,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    link_to,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
REGION = "urn:ngsi-ld:Region:tokachi"
MISSING = "urn:ngsi-ld:Region:nowhere"


def organization() -> JsonObject:
    return {
        "id": ORGANIZATION,
        "type": "Organization",
        "name": prop("更別村"),
        "partOf": link_to(REGION),
    }


def region() -> JsonObject:
    return {"id": REGION, "type": "Region", "name": prop("十勝"), "seat": link_to(ORGANIZATION)}


@pytest.fixture
def filled(client: Client) -> Client:
    """A shelter managed by an organization that is part of a region that has its seat there."""
    client.create(a_shelter(managedBy=link_to(ORGANIZATION), near=link_to(MISSING)))
    client.create(organization())
    client.create(region())
    return client


def test_inline_the_linked_entity_stands_in_its_relationship(filled: Client) -> None:
    found = stored(filled, join="inline")
    assert found["managedBy"] == link_to(ORGANIZATION, entity=organization())
    assert found["near"] == link_to(MISSING)


def test_flat_linking_and_linked_entities_are_an_array(filled: Client) -> None:
    found = filled.get(at(), join="flat").json()
    assert [one["id"] for one in found] == [SHELTER, ORGANIZATION]


def test_flat_with_nothing_linked_is_the_entity_alone(client: Client) -> None:
    client.create(a_shelter(near=link_to(MISSING)))
    assert stored(client, join="flat") == a_shelter(near=link_to(MISSING))


def test_a_join_level_follows_links_of_links(filled: Client) -> None:
    found = stored(filled, join="inline", joinLevel="2")
    inner = {**organization(), "partOf": link_to(REGION, entity=region())}
    assert found["managedBy"] == link_to(ORGANIZATION, entity=inner)
    flat = filled.get(at(), join="flat", joinLevel="2").json()
    assert [one["id"] for one in flat] == [SHELTER, ORGANIZATION, REGION]


def test_a_circle_ends_by_itself(filled: Client) -> None:
    flat = filled.get(at(), join="flat", joinLevel="9").json()
    assert [one["id"] for one in flat] == [SHELTER, ORGANIZATION, REGION]
    assert stored(filled, join="inline", joinLevel="9")


def test_what_contains_the_request_is_not_expanded_again(filled: Client) -> None:
    found = stored(filled, join="inline", containedBy=ORGANIZATION)
    assert found["managedBy"] == link_to(ORGANIZATION)


def test_simplified_the_linked_entity_takes_the_place_of_its_uri(filled: Client) -> None:
    found = stored(filled, join="inline", format="simplified")
    assert found["managedBy"] == {
        "id": ORGANIZATION,
        "type": "Organization",
        "name": "更別村",
        "partOf": REGION,
    }


def test_several_targets_are_an_array_of_entities(filled: Client) -> None:
    targets: list[JsonValue] = [ORGANIZATION, REGION]
    filled.create(a_shelter(2, managedBy=link_to(targets)))
    answer = filled.get(ENTITIES, type="EvacuationShelter", q="!near", join="inline").json()
    assert answer[0]["managedBy"]["entity"] == [organization(), region()]


def test_a_list_relationship_is_joined_in_its_order(filled: Client) -> None:
    objects: list[JsonValue] = [{"object": REGION}, {"object": ORGANIZATION}]
    filled.create(a_shelter(2, route={"type": "ListRelationship", "objectList": objects}))
    answer = filled.get(ENTITIES, q="route", join="inline").json()
    assert answer[0]["route"]["entityList"] == [region(), organization()]


def test_a_query_joins_each_linked_entity_once_when_flat(filled: Client) -> None:
    filled.create(a_shelter(2, managedBy=link_to(ORGANIZATION)))
    found = filled.get(ENTITIES, type="EvacuationShelter", join="flat").json()
    names = [one["id"] for one in found]
    assert names.count(ORGANIZATION) == 1
    assert len(names) == 3


def test_braces_choose_members_of_the_linked_entity(filled: Client) -> None:
    found = stored(filled, join="inline", pick="id,managedBy{name}")
    assert found == {
        "id": SHELTER,
        "managedBy": link_to(ORGANIZATION, entity={"name": prop("更別村")}),
    }


def test_a_relationship_that_is_dropped_is_not_followed(filled: Client) -> None:
    found = stored(filled, join="flat", omit="managedBy")
    assert found["id"] == SHELTER


@pytest.mark.parametrize(
    "params",
    [
        {"join": "up"},
        {"join": "inline", "joinLevel": "0"},
        {"join": "inline", "joinLevel": "x"},
        {"pick": "managedBy{name}"},
        {"join": "inline", "pick": "managedBy{partOf{name}}"},
    ],
)
def test_what_goes_further_than_the_join_is_refused(filled: Client, params: dict[str, str]) -> None:
    bad_data(filled.get(at(), **params))
