"""NGSI-LD ListRelationship Representations: CIM 009 §4.5.22."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import a_shelter, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
TARGETS: list[JsonValue] = ["urn:ngsi-ld:Stop:2", "urn:ngsi-ld:Stop:1"]
OBJECTS: list[JsonValue] = [{"object": target} for target in TARGETS]


def test_every_form_tells_the_same_in_the_same_order(client: Client) -> None:
    assert_round_trip(
        client,
        Forms(
            normalized={"type": "ListRelationship", "objectList": OBJECTS},
            concise={"objectList": TARGETS},
            simplified=TARGETS,
        ),
    )


def test_bare_uris_are_taken_in_the_normalized_form_too(client: Client) -> None:
    client.create(a_shelter(route={"type": "ListRelationship", "objectList": TARGETS}))
    assert stored(client)["route"] == {"type": "ListRelationship", "objectList": OBJECTS}


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "ListRelationship"},
        {"type": "ListRelationship", "objectList": "urn:ngsi-ld:Stop:1"},
        {"type": "ListRelationship", "objectList": ["no uri"]},
        {"type": "ListRelationship", "objectList": [{"object": "no uri"}]},
        {"type": "ListRelationship", "objectList": [5]},
        {"type": "ListRelationship", "objectList": OBJECTS, "unitCode": "MTR"},
        {"type": "ListRelationship", "objectList": OBJECTS, "object": "urn:a:b"},
    ],
)
def test_what_is_no_list_relationship_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
