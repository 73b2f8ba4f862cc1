"""Delete Attribute: CIM 009 §5.6.5, over HTTP §6.7.3.2."""

import pytest

from tests.conformance.shelters import (
    SHELTER,
    a_shelter,
    at,
    bad_data,
    not_found,
    ok,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
LEVEL = at(SHELTER, "attrs", "level")
RADAR = "urn:ngsi-ld:dataset:radar"
BOTH = [prop(1.2), prop(1.25, datasetId=RADAR)]


def test_an_attribute_is_deleted_and_the_rest_stays(client: Client) -> None:
    client.create(a_shelter(level=prop(1.2)))
    ok(client.send("DELETE", LEVEL))
    assert stored(client) == a_shelter()
    not_found(client.send("DELETE", LEVEL))


def test_without_a_dataset_the_default_instance_is_deleted(client: Client) -> None:
    client.create(a_shelter(level=[*BOTH]))
    ok(client.send("DELETE", LEVEL))
    assert stored(client)["level"] == BOTH[1]
    not_found(client.send("DELETE", LEVEL))


def test_the_instance_of_a_dataset_is_deleted(client: Client) -> None:
    client.create(a_shelter(level=[*BOTH]))
    ok(client.send("DELETE", LEVEL, params={"datasetId": RADAR}))
    assert stored(client)["level"] == BOTH[0]
    not_found(client.send("DELETE", LEVEL, params={"datasetId": RADAR}))


def test_all_instances_are_deleted_when_asked_for(client: Client) -> None:
    client.create(a_shelter(level=[*BOTH]))
    ok(client.send("DELETE", LEVEL, params={"deleteAll": "true"}))
    assert stored(client) == a_shelter()


def test_a_scope_is_deleted_like_an_attribute(client: Client) -> None:
    client.create(a_shelter(scope="/Hokkaido"))
    ok(client.send("DELETE", at(SHELTER, "attrs", "scope")))
    assert stored(client) == a_shelter()


def test_a_deletion_moves_when_the_entity_was_modified(client: Client) -> None:
    client.create(a_shelter(level=prop(1.2)))
    before = stored(client, options="sysAttrs")
    ok(client.send("DELETE", LEVEL))
    assert str(stored(client, options="sysAttrs")["modifiedAt"]) > str(before["modifiedAt"])


def test_an_unknown_entity_or_another_type_is_not_found(client: Client) -> None:
    not_found(client.send("DELETE", LEVEL))
    client.create(a_shelter(level=prop(1.2)))
    not_found(client.send("DELETE", LEVEL, params={"type": "School"}))


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (LEVEL, {"datasetId": "no uri"}),
        (LEVEL, {"deleteAll": "yes"}),
        ("/entities/shelter/attrs/level", {}),
        (at(SHELTER, "attrs", "%2E%2E"), {}),
        (at(SHELTER, "attrs", "a b"), {}),
    ],
    ids=[
        "a dataset that is no URI",
        "a boolean that is none",
        "an id that is no URI",
        "an encoded dot segment",
        "a name with a space",
    ],
)
def test_what_cannot_be_meant_is_refused(client: Client, path: str, params: dict[str, str]) -> None:
    client.create(a_shelter(level=prop(1.2)))
    bad_data(client.send("DELETE", path, params=params))
    assert stored(client) == a_shelter(level=prop(1.2))
