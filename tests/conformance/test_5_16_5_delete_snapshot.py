"""Delete Snapshot: CIM 009 §5.16.5, over HTTP §6.37.3.3."""

import pytest

from tests.conformance.mapped import TYPE, create_shelters, ids, ids_in
from tests.conformance.snapshots import a_snapshot, create, filled, on
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def test_a_deleted_snapshot_is_gone_and_live_entities_stay(client: Client) -> None:
    create_shelters(client, 2)
    snapshot = filled(client)
    answer = client.send("DELETE", f"/snapshots/{snapshot}")
    assert answer.status_code == 204
    assert answer.content == b""
    assert client.get(f"/snapshots/{snapshot}").status_code == 404
    assert client.send("DELETE", f"/snapshots/{snapshot}").status_code == 404
    gone = on(client, snapshot, "GET", "/entities", type=TYPE)
    assert gone.status_code == 404
    assert gone.json()["type"] == ERRORS + "ResourceNotFound"
    assert ids_in(client.get("/entities", type=TYPE)) == ids(0, 1)


def test_a_snapshot_can_be_deleted_while_it_is_filled_and_its_id_used_again(
    client: Client,
) -> None:
    create_shelters(client, 600)
    body = a_snapshot(id="urn:ngsi-ld:Snapshot:again")
    for _ in range(5):
        path = create(client, body)
        assert client.send("DELETE", path).status_code == 204
    snapshot = filled(client, id="urn:ngsi-ld:Snapshot:again")
    answer = on(client, snapshot, "GET", "/entities", type=TYPE, limit="0", count="true")
    assert answer.headers["NGSILD-Results-Count"] == "600"
    client.send("DELETE", path)


def test_an_id_that_is_no_uri_is_refused(client: Client) -> None:
    answer = client.send("DELETE", "/snapshots/not%20a%20uri")
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
