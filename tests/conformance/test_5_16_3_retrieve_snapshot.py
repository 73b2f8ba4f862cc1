"""Retrieve Snapshot Status: CIM 009 §5.16.3, over HTTP §6.37.3.1."""

from kit.json import JsonObject
from tests.conformance.snapshots import a_snapshot, create
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def test_the_status_is_written_as_json_ld_where_that_is_asked_for(client: Client) -> None:
    path = create(client, a_snapshot())
    answer = client.send("GET", path, headers={"Accept": "application/ld+json"})
    assert answer.status_code == 200
    assert answer.json()["@context"]
    assert answer.json()["type"] == "Snapshot"


def test_secrets_of_the_receiver_are_not_shown(client: Client) -> None:
    secret: JsonObject = {"key": "Authorization", "value": "Bearer secret"}
    plain: JsonObject = {"key": "X-Tag", "value": "flood"}
    path = create(
        client, a_snapshot(endpoint="http://127.0.0.1:9/hook", receiverInfo=[secret, plain])
    )
    found = client.get(path)
    assert "Bearer secret" not in found.text
    assert found.json()["endpoint"] == "http://127.0.0.1:9/hook"
    assert found.json()["receiverInfo"] == [{**secret, "value": "******"}, plain]


def test_an_id_that_is_no_uri_is_refused(client: Client) -> None:
    answer = client.get("/snapshots/not%20a%20uri")
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"


def test_an_unknown_snapshot_is_not_found(client: Client) -> None:
    answer = client.get("/snapshots/urn:ngsi-ld:Snapshot:unknown")
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


def test_another_tenants_snapshot_is_not_found(client: Client, separated_client: Client) -> None:
    path = create(client, a_snapshot())
    assert separated_client.get(path).status_code == 404
    assert separated_client.send("DELETE", path).status_code == 404
    assert client.get(path).status_code == 200
