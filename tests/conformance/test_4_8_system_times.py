"""Temporal Properties, and when they are shown: CIM 009 §4.8, over HTTP §6.3.11."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import ENTITIES, SHELTER, a_shelter, at, ok, prop, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
SYSTEM = {"createdAt", "modifiedAt"}


def seen(client: Client) -> tuple[JsonObject, JsonObject]:
    """The entity and its name, with their times."""
    entity = stored(client, options="sysAttrs")
    name = entity["name"]
    assert isinstance(name, dict)
    return entity, name


def test_times_are_shown_only_when_asked_for(client: Client) -> None:
    client.create(a_shelter(name=prop("x", by=prop("y"))))
    assert stored(client) == a_shelter(name=prop("x", by=prop("y")))
    entity, name = seen(client)
    assert set(entity) >= SYSTEM
    assert set(name) >= SYSTEM
    (found,) = client.get(ENTITIES, type="EvacuationShelter", options="sysAttrs").json()
    assert found == entity


def test_the_time_of_creation_stays_and_that_of_change_moves(client: Client) -> None:
    client.create(a_shelter(capacity=prop(1)))
    before, name_before = seen(client)
    ok(client.send("PATCH", at(SHELTER, "attrs"), {"capacity": prop(2)}))
    after, name_after = seen(client)
    assert after["createdAt"] == before["createdAt"]
    assert str(after["modifiedAt"]) > str(before["modifiedAt"])
    assert name_after == name_before


def test_the_simplified_form_shows_those_of_the_entity(client: Client) -> None:
    client.create(a_shelter())
    found = stored(client, options="sysAttrs,keyValues")
    assert found["name"] == "更別小学校"
    assert set(found) >= SYSTEM


def test_observed_at_is_the_clients_and_always_shown(client: Client) -> None:
    observed = prop(1, observedAt="2026-11-21T09:00:00Z")
    client.create(a_shelter(level=observed))
    assert stored(client)["level"] == observed
