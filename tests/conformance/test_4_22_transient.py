"""Transient Storage of Entities and Attributes: CIM 009 §4.22."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.shelters import (
    ENTITIES,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    is_stored,
    ok,
    prop,
    shelter_id,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
PAST = "2001-01-01T00:00:00Z"
FUTURE = "2999-01-01T00:00:00Z"


def soon() -> str:
    later = datetime.now(UTC) + timedelta(seconds=1.5)
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_entity_that_has_expired_is_served_no_more(client: Client) -> None:
    client.create(a_shelter(1, expiresAt=soon()))
    client.create(a_shelter(2, expiresAt=FUTURE))
    assert is_stored(client, shelter_id(1))
    deadline = time.monotonic() + 60
    while is_stored(client, shelter_id(1)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_stored(client, shelter_id(1))
    answer = client.get(ENTITIES, type="EvacuationShelter", count="true")
    assert [one["id"] for one in answer.json()] == [shelter_id(2)]
    assert answer.headers["NGSILD-Results-Count"] == "1"


def test_an_expired_entity_is_as_if_it_were_not_there(client: Client) -> None:
    client.create(a_shelter(expiresAt=PAST))
    assert not is_stored(client)
    assert client.send("PATCH", at(SHELTER, "attrs"), {"floors": prop(1)}).status_code == 404
    assert client.send("DELETE", at()).status_code == 404
    client.create(a_shelter(floors=prop(2)))
    assert stored(client) == a_shelter(floors=prop(2))


def test_an_attribute_that_has_expired_is_served_no_more(client: Client) -> None:
    client.create(a_shelter(level=prop(1, expiresAt=PAST), depth=prop(2, expiresAt=FUTURE)))
    assert stored(client) == a_shelter(depth=prop(2))
    assert client.get(ENTITIES, q="level").json() == []
    assert len(client.get(ENTITIES, q="depth==2").json()) == 1


def test_the_time_is_shown_with_the_system_attributes(client: Client) -> None:
    client.create(a_shelter(expiresAt=FUTURE, level=prop(1, expiresAt=FUTURE)))
    found = stored(client, options="sysAttrs")
    assert found["expiresAt"] == FUTURE
    assert isinstance(found["level"], dict)
    assert found["level"]["expiresAt"] == FUTURE
    assert "expiresAt" not in stored(client)


def test_a_replacement_makes_durable_and_a_partial_update_does_not(client: Client) -> None:
    client.create(a_shelter(a=prop(1, expiresAt=FUTURE), b=prop(1, expiresAt=FUTURE)))
    ok(client.send("PATCH", at(SHELTER, "attrs"), {"a": prop(2)}))
    ok(client.send("PATCH", at(SHELTER, "attrs", "b"), {"value": 2}))
    found = stored(client, options="sysAttrs")
    assert isinstance(found["a"], dict)
    assert isinstance(found["b"], dict)
    assert "expiresAt" not in found["a"]
    assert found["b"]["expiresAt"] == FUTURE


def test_what_is_no_moment_is_refused(client: Client) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(expiresAt="tomorrow")))
    bad_data(client.send("POST", ENTITIES, a_shelter(level=prop(1, expiresAt="tomorrow"))))
