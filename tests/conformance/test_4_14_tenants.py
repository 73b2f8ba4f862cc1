"""Supporting Multiple Tenants: CIM 009 §4.14, §5.5.10, over HTTP §6.3.14."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import ENTITIES, a_shelter, at, not_found, ok, problem, prop
from tests.platforms import Client

TENANT = "NGSILD-Tenant"


def test_the_same_id_in_two_tenants_is_two_entities(
    client: Client, separated_client: Client
) -> None:
    client.create(a_shelter(floors=prop(1)))
    not_found(separated_client.get(at()))
    separated_client.create(a_shelter(floors=prop(2)))
    ok(client.send("DELETE", at()))
    assert separated_client.get(at()).json() == a_shelter(floors=prop(2))
    assert client.get(ENTITIES, type="EvacuationShelter").json() == []


def test_types_and_attributes_are_of_one_tenant(client: Client, separated_client: Client) -> None:
    client.create(a_shelter())
    assert separated_client.get("/types").json()["typeList"] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/types", 200),
        ("GET", at(), 404),
        ("GET", "/entities?unknown=1", 400),
        ("DELETE", at(), 404),
        ("PATCH", "/types", 405),
        ("OPTIONS", "/entities", 204),
    ],
)
def test_the_tenant_is_echoed_in_every_answer(
    client: Client, method: str, path: str, status: int
) -> None:
    answer = client.send(method, path)
    assert answer.status_code == status
    assert answer.headers[TENANT] == client.tenant


def test_the_tenant_is_echoed_where_a_body_is_refused(client: Client) -> None:
    headers = {"Content-Type": "text/plain"}
    for answer in (
        client.send("POST", ENTITIES, content=b"x", headers=headers),
        client.send("POST", ENTITIES, content=b"{", headers={"Content-Type": "application/json"}),
    ):
        assert answer.headers[TENANT] == client.tenant


@pytest.mark.parametrize("name", ["nobody_made_this_one", "NO", "a/b", "a b", "x" * 200, ".."])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/types"),
        ("GET", at()),
        ("DELETE", at()),
        ("POST", ENTITIES),
        ("POST", "/entityOperations/upsert"),
    ],
)
def test_an_unknown_tenant_is_not_found(reader: Client, method: str, path: str, name: str) -> None:
    batch: list[JsonValue] = [a_shelter()]
    body = None if method != "POST" else a_shelter() if path == ENTITIES else batch
    answer = reader.send(method, path, body, headers={TENANT: name})
    problem(answer, 404, "NonexistentTenant")


def test_without_a_name_the_default_tenant_is_meant(client: Client) -> None:
    answer = client.http.get(f"{client.url}/ngsi-ld/v1/types")
    assert answer.status_code == 200
    assert TENANT not in answer.headers
