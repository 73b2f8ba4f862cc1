"""Retrieve Subscription: CIM 009 §5.8.3, over HTTP §6.11.3.1."""

from dataclasses import replace

from tests.conformance.subscribed import (
    ERRORS,
    FLOOD,
    SUBSCRIPTIONS,
    a_subscription,
    subscribe,
)
from tests.platforms import Client

PATH = f"{SUBSCRIPTIONS}/{FLOOD}"


def test_json_comes_with_a_link_to_its_context_and_json_ld_holds_it(client: Client) -> None:
    subscribe(client, a_subscription())
    as_json = client.get(PATH)
    assert as_json.headers["Content-Type"] == "application/json"
    assert "json-ld#context" in as_json.headers["Link"]
    as_json_ld = client.send("GET", PATH, headers={"Accept": "application/ld+json"})
    assert as_json_ld.headers["Content-Type"] == "application/ld+json"
    assert as_json_ld.json()["@context"].startswith("https://uri.etsi.org/ngsi-ld/")


def test_system_attributes_come_where_they_are_asked_for(client: Client) -> None:
    subscribe(client, a_subscription())
    assert "createdAt" not in client.get(PATH).json()
    found = client.get(PATH, options="sysAttrs").json()
    assert found["createdAt"] == found["modifiedAt"]


def test_an_unknown_subscription_is_not_found(client: Client) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


def test_an_id_that_is_no_uri_is_refused(client: Client) -> None:
    answer = client.get(f"{SUBSCRIPTIONS}/InvalidUri")
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"


def test_an_unknown_option_is_refused(client: Client) -> None:
    subscribe(client, a_subscription())
    answer = client.get(PATH, options="keyValues")
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "InvalidRequest"


def test_another_tenants_subscription_is_not_there(client: Client, separated_tenant: str) -> None:
    subscribe(client, a_subscription())
    assert replace(client, tenant=separated_tenant).get(PATH).status_code == 404
