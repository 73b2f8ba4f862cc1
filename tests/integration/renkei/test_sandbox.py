"""The sandbox: anybody may write there, and nowhere else by it."""

import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx2
import pytest

from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.integration.idp_federation.people import Op
from tests.platforms import make_tenant

API = "/sandbox/ngsi-ld/v1"
TYPE = "https://example.jp/Try"


def an_entity() -> JsonObject:
    return {"id": f"urn:ngsi-ld:Try:{secrets.token_hex(6)}", "type": TYPE}


@pytest.fixture(scope="module")
def operator(enforced: Op) -> dict[str, str]:
    return {"Authorization": f"Bearer {Instance(enforced.settings.data).operator_token()}"}


@pytest.fixture(scope="module")
def sandbox(enforced: Op, operator: dict[str, str]) -> Iterator[Op]:
    made = enforced.http.put(f"{enforced.url}/admin/sandbox", headers=operator)
    assert made.status_code == 200, made.text
    assert made.json()["path"] == API
    yield enforced
    ended = enforced.http.delete(f"{enforced.url}/admin/sandbox", headers=operator)
    assert ended.status_code == 204
    # Each process knows the sandbox for some seconds; the one that ended it asks at once.
    assert enforced.http.get(f"{enforced.url}{API}/types").status_code == 404


def test_anybody_writes_and_reads_there_and_addresses_lead_back(sandbox: Op) -> None:
    entity = an_entity()
    made = sandbox.http.post(f"{sandbox.url}{API}/entities", json=entity)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{API}/entities/{entity['id']}"
    page = sandbox.http.get(f"{sandbox.url}{API}/entities?type=*&limit=1")
    assert page.status_code == 200, page.text
    assert f"<{API}/" in page.headers["link"] or f"{API}/entities?" in page.headers["link"]
    assert sandbox.http.get(sandbox.url + made.headers["location"]).status_code == 200


def test_each_model_has_a_sample_to_find(sandbox: Op) -> None:
    types = sandbox.http.get(f"{sandbox.url}{API}/types").json()["typeList"]
    assert "urn:renkei:datamodels:PublicFacility" in types
    assert not any(one.endswith(("User", "RegionalPointAccount")) for one in types)


def test_no_other_tenant_is_reached_whatever_a_request_says(
    sandbox: Op, operator: dict[str, str]
) -> None:
    other = make_tenant(sandbox.url, sandbox.settings)
    entity = an_entity()
    for headers in (
        {"NGSILD-Tenant": other},
        {"ngsild-tenant": other, **operator},
        {"NGSILD-Tenant": "", "NGSILD-Snapshot": "urn:ngsi-ld:Snapshot:1"},
    ):
        sandbox.http.post(f"{sandbox.url}{API}/entities", json=entity, headers=headers)
    inside = sandbox.http.get(f"{sandbox.url}{API}/entities/{entity['id']}")
    assert inside.status_code == 200
    outside = sandbox.http.get(
        f"{sandbox.url}/ngsi-ld/v1/entities/{entity['id']}",
        headers={"NGSILD-Tenant": other, **operator},
    )
    assert outside.status_code == 404
    anyone = sandbox.http.post(
        f"{sandbox.url}/ngsi-ld/v1/entities", json=entity, headers={"NGSILD-Tenant": "sandbox"}
    )
    assert anyone.status_code in (401, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions",
        "/jsonldContexts",
        "/snapshots",
        "/entityMaps",
        "/info/sourceIdentity",
        "/entities/../subscriptions",
        "//subscriptions",
        "/%73ubscriptions",
        "/entityOperations/../subscriptions",
    ],
)
def test_what_reaches_out_of_the_sandbox_is_not_in_it(sandbox: Op, path: str) -> None:
    where = urlsplit(sandbox.url)
    connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=30)
    connection.request("POST", API + path, body="{}", headers={"Content-Type": "application/json"})
    assert connection.getresponse().status in (400, 403, 404, 405)
    connection.close()


def test_it_is_emptied_and_the_samples_are_there_again(
    sandbox: Op, operator: dict[str, str]
) -> None:
    entity = an_entity()
    sandbox.http.post(f"{sandbox.url}{API}/entities", json=entity)
    sandbox.http.delete(f"{sandbox.url}{API}/entities?type=urn:renkei:datamodels:AED")
    done = sandbox.http.post(f"{sandbox.url}/admin/sandbox/reset", headers=operator)
    assert done.status_code == 200, done.text
    types = sandbox.http.get(f"{sandbox.url}{API}/types").json()["typeList"]
    assert TYPE not in types
    assert "urn:renkei:datamodels:AED" in types


def test_more_than_a_little_is_refused(sandbox: Op) -> None:
    large = {**an_entity(), "text": {"type": "Property", "value": "x" * 100_000}}
    answer = sandbox.http.post(f"{sandbox.url}{API}/entities", json=large)
    assert answer.status_code == 413


def test_what_is_tried_is_on_no_list_of_what_is_published(sandbox: Op) -> None:
    listed = sandbox.http.get(f"{sandbox.url}/catalog/entries?tenant=sandbox").json()
    assert listed["total"] == 0
    assert "/tenants/sandbox" not in sandbox.http.get(f"{sandbox.url}/tenants").text


def test_a_tenant_that_is_no_sandbox_is_never_made_one(
    broker_url: str, platform_settings: Settings, http: httpx2.Client
) -> None:
    token = Instance(platform_settings.data).operator_token()
    headers = {"Authorization": f"Bearer {token}"}
    tenant = {"name": "sandbox", "storage": "shared"}
    assert http.post(f"{broker_url}/admin/tenants", json=tenant, headers=headers).is_success
    refused = http.put(f"{broker_url}/admin/sandbox", headers=headers)
    assert refused.status_code == 400
    assert http.post(f"{broker_url}{API}/entities", json=an_entity()).status_code == 404
