"""Update Snapshot Status: CIM 009 §5.16.4, over HTTP §6.37.3.2."""

from datetime import UTC, datetime, timedelta

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import TYPE, create_shelters, ids, ids_in
from tests.conformance.snapshots import a_snapshot, create, on, ready, status
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NULL = "urn:ngsi-ld:null"
HOOK = "http://127.0.0.1:9/hook"


def test_priority_and_lifetime_are_updated_and_the_status_is_answered(client: Client) -> None:
    create_shelters(client, 1)
    path = create(client, a_snapshot())
    before = ready(client, path)
    fragment: JsonObject = {"snapshotPriority": 2, "snapshotLifetime": "PT1M"}
    answer = client.send("PATCH", path, fragment)
    assert answer.status_code == 200
    found = answer.json()
    assert found == status(client, path)
    assert found["snapshotPriority"] == 2
    assert datetime.fromisoformat(found["expiresAt"]) <= datetime.now(UTC) + timedelta(minutes=1)
    assert found["modifiedAt"] > str(before["modifiedAt"])
    assert found["createdAt"] == before["createdAt"]
    assert found["snapshotStatus"] == "success"
    assert ids_in(on(client, str(found["id"]), "GET", "/entities", type=TYPE)) == ids(0)


def test_what_a_fragment_does_not_name_stays(client: Client) -> None:
    path = create(client, a_snapshot(snapshotPriority=7, snapshotLifetime="PT1H", endpoint=HOOK))
    before = status(client, path)
    after = client.send("PATCH", path, {"type": "Snapshot"}).json()
    for member in ("snapshotPriority", "snapshotLifetime", "endpoint", "expiresAt"):
        assert after[member] == before[member]


def test_the_null_removes_a_member_or_restores_its_default(client: Client) -> None:
    path = create(client, a_snapshot(snapshotPriority=7, endpoint=HOOK))
    after = client.send("PATCH", path, {"endpoint": NULL, "snapshotPriority": NULL}).json()
    assert "endpoint" not in after
    assert after["snapshotPriority"] == 5


def test_asterisks_keep_a_secret_and_do_not_follow_to_another_host(client: Client) -> None:
    secret: JsonObject = {"key": "Authorization", "value": "Bearer secret"}
    path = create(client, a_snapshot(endpoint=HOOK, receiverInfo=[secret]))
    hidden: list[JsonValue] = [{**secret, "value": "******"}]
    assert client.send("PATCH", path, {"receiverInfo": hidden}).status_code == 200
    elsewhere: JsonObject = {"receiverInfo": hidden, "endpoint": "http://127.0.0.2:9/hook"}
    assert client.send("PATCH", path, elsewhere).status_code == 400


def test_output_only_members_change_nothing(client: Client) -> None:
    path = create(client, a_snapshot())
    before = ready(client, path)
    fragment: JsonObject = {"snapshotStatus": "failure", "expiresAt": "2099-01-01T00:00:00Z"}
    after = client.send("PATCH", path, fragment).json()
    assert {**after, "modifiedAt": 0} == {**before, "modifiedAt": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"snapshotQueries": []},
        a_snapshot(),
        {"snapshotTemporalQueries": NULL},
        {"id": "urn:ngsi-ld:Snapshot:other"},
        {"type": "Entity"},
        {"snapshotPriority": 11},
        {"snapshotPriority": None},
        {"snapshotLifetime": "soon"},
        {"endpoint": "nowhere"},
        {"receiverInfo": [{"key": "a", "value": "b"}]},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_updated_is_refused(client: Client, wrong: dict[str, JsonValue]) -> None:
    path = create(client, a_snapshot())
    ready(client, path)
    before = status(client, path)
    answer = client.send("PATCH", path, wrong)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert status(client, path) == before


def test_an_unknown_snapshot_is_not_found(client: Client) -> None:
    answer = client.send("PATCH", "/snapshots/urn:ngsi-ld:Snapshot:x", {"snapshotPriority": 1})
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"
