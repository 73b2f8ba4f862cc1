"""Clone Snapshot: CIM 009 §5.16.2, over HTTP §6.38.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.mapped import TYPE, create_shelters, ids, ids_in, shelter_id
from tests.conformance.snapshots import ALL, a_snapshot, create, filled, on, ready, status
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def clone(client: Client, source: str, **members: JsonValue) -> str:
    return create(client, {"type": "Snapshot", **members}, f"/snapshots/{source}/clone")


def test_a_clone_holds_what_the_original_holds_even_when_that_is_gone(client: Client) -> None:
    create_shelters(client, 3)
    source = filled(client)
    path = clone(client, source, snapshotPriority=9)
    found = ready(client, path)
    assert found["snapshotStatus"] == "success"
    assert found["snapshotPriority"] == 9
    assert found["snapshotQueries"] == [ALL]
    assert client.send("DELETE", f"/snapshots/{source}").status_code == 204
    assert ids_in(on(client, str(found["id"]), "GET", "/entities", type=TYPE)) == ids(0, 1, 2)


def test_what_is_changed_in_a_clone_stays_in_the_clone(client: Client) -> None:
    create_shelters(client, 1)
    source = filled(client)
    copy = str(ready(client, clone(client, source))["id"])
    path = f"/entities/{shelter_id(0)}"
    assert on(client, copy, "DELETE", path).status_code == 204
    assert on(client, copy, "GET", path).status_code == 404
    assert on(client, source, "GET", path).status_code == 200
    assert client.get(path).status_code == 200


def test_a_clone_of_what_is_being_prepared_waits_for_it(client: Client) -> None:
    create_shelters(client, 300)
    source = create(client, a_snapshot())
    path = clone(client, source.rpartition("/")[2])
    found = ready(client, path)
    assert found["snapshotStatus"] == "success"
    answer = on(client, str(found["id"]), "GET", "/entities", type=TYPE, limit="0", count="true")
    assert answer.headers["NGSILD-Results-Count"] == "300"


def test_a_clones_id_can_be_chosen_once(client: Client) -> None:
    source = ready(client, create(client, a_snapshot()))["id"]
    path = clone(client, str(source), id="urn:ngsi-ld:Snapshot:copy")
    assert path == "/snapshots/urn:ngsi-ld:Snapshot:copy"
    assert status(client, path)["id"] == "urn:ngsi-ld:Snapshot:copy"
    body: JsonObject = {"type": "Snapshot", "id": "urn:ngsi-ld:Snapshot:copy"}
    again = client.send("POST", f"/snapshots/{source}/clone", body)
    assert again.status_code == 409
    assert again.json()["type"] == ERRORS + "AlreadyExists"
    client.send("DELETE", path)


def test_an_unknown_original_is_not_found(client: Client) -> None:
    answer = client.send(
        "POST", "/snapshots/urn:ngsi-ld:Snapshot:unknown/clone", {"type": "Snapshot"}
    )
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"type": "Clone"}, a_snapshot(), {"type": "Snapshot", "snapshotPriority": 0}],
)
def test_what_is_no_clone_is_refused(client: Client, wrong: dict[str, JsonValue]) -> None:
    source = create(client, a_snapshot())
    answer = client.send("POST", f"{source}/clone", wrong)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
