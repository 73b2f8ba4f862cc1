"""A tenant leaves as one archive and answers the same queries elsewhere."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import httpx2
import orjson
import pytest

from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
QUERIES: tuple[dict[str, str], ...] = (
    {"type": "Shelter"},
    {"type": "Shelter", "options": "sysAttrs"},
    {"type": "Shelter", "q": "capacity>3"},
    {"type": "Shelter", "q": "capacity>3;name~=5", "options": "keyValues"},
    {"type": "Shelter,Pond", "orderBy": "capacity", "limit": "5"},
    {"type": "Shelter", "georel": "near;maxDistance==2000", "geometry": "Point",
     "coordinates": "[141.0,43.0]"},
    {"type": "Pond", "attrs": "depth", "count": "true"},
    {"q": "managedBy==%22urn:ngsi-ld:Organization:1%22"},
    {"type": "Shelter", "scopeQ": "/hokkaido/#"},
)  # fmt: skip


def fill(client: Client) -> None:
    for number in range(30):
        shelter: JsonObject = {
            "id": f"urn:ngsi-ld:Shelter:{number}",
            "type": "Shelter",
            "scope": "/hokkaido/ebetsu" if number % 2 else "/tokyo",
            "name": {"type": "LanguageProperty", "languageMap": {"ja": f"避難所{number}"}},
            "capacity": [
                {"type": "Property", "value": number, "unitCode": "C62",
                 "source": {"type": "Property", "value": "県"}},
                {"type": "Property", "value": -number, "datasetId": "urn:d:1"},
            ],
            "location": {"type": "GeoProperty", "value": {
                "type": "Point", "coordinates": [141.0 + number / 100, 43.0]}},
            "managedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Organization:1"},
        }  # fmt: skip
        client.create(shelter)
    client.create(
        {
            "id": "urn:ngsi-ld:Pond:1",
            "type": ["Pond", "Basin"],
            "depth": {"type": "Property", "value": 2.5},
        }
    )
    changed: JsonObject = {"capacity": {"type": "Property", "value": 99}}
    assert client.send("PATCH", "/entities/urn:ngsi-ld:Shelter:7/attrs", changed).is_success
    context: JsonObject = {"@context": {"名": "https://example.jp/ns#name"}}
    assert client.send("POST", "/jsonldContexts", context).status_code == 201
    subscription: JsonObject = {
        "id": "urn:ngsi-ld:Subscription:1",
        "type": "Subscription",
        "entities": [{"type": "Shelter"}],
        "notification": {
            "endpoint": {
                "uri": "http://127.0.0.1:9/notify",
                "receiverInfo": [{"key": "Authorization", "value": "Bearer geheim"}],
            }
        },
    }
    assert client.send("POST", "/subscriptions", subscription).status_code == 201


class Operator:
    """Who exports and imports over HTTP."""

    def __init__(self, url: str, settings: Settings, http: httpx2.Client) -> None:
        self._url = url
        self._http = http
        self._headers = {"Authorization": f"Bearer {Instance(settings.data).operator_token()}"}

    def export(self, tenant: str, **headers: str) -> bytes:
        answer = self._http.get(
            f"{self._url}/admin/tenants/{tenant}/archive", headers={**self._headers, **headers}
        )
        assert answer.status_code == 200, answer.text
        return answer.content

    def import_(self, tenant: str, archive: bytes, **headers: str) -> httpx2.Response:
        return self._http.post(
            f"{self._url}/admin/tenants/{tenant}/archive",
            params={"storage": "separated"},
            content=archive,
            headers={**self._headers, **headers},
        )


@pytest.fixture
def operator(broker_url: str, platform_settings: Settings, http: httpx2.Client) -> Operator:
    return Operator(broker_url, platform_settings, http)


def answers(client: Client) -> list[Any]:
    found = []
    for query in QUERIES:
        answer = client.send("GET", "/entities", params=query)
        found.append(
            (answer.status_code, answer.json(), answer.headers.get("NGSILD-Results-Count"))
        )
    return found


def test_an_imported_tenant_answers_the_same_queries(client: Client, operator: Operator) -> None:
    fill(client)
    archive = operator.export(client.tenant, **{"Renkei-Archive-Passphrase": "sesam"})
    name = f"{client.tenant}_again"
    told = operator.import_(name, archive, **{"Renkei-Archive-Passphrase": "sesam"})
    assert told.status_code == 201, told.text
    records = told.json()["records"]
    assert records["entities"] == 31
    assert records["history"] > 100
    again = Client(url=client.url, tenant=name, http=client.http)
    before, after = answers(client), answers(again)
    assert [status for status, *_ in before] == [200] * len(QUERIES)
    assert any(len(found) > 5 for _, found, _ in before)
    assert after == before
    (kept,) = again.get("/subscriptions").json()
    assert kept["status"] == "active"
    assert kept["notification"]["endpoint"]["receiverInfo"][0]["key"] == "Authorization"
    assert kept == client.get("/subscriptions").json()[0]
    assert len(again.get("/jsonldContexts").json()) == len(client.get("/jsonldContexts").json())
    for one in (client, again):
        one.create({"id": "urn:ngsi-ld:Shelter:new", "type": "Shelter"})


def test_secrets_are_left_out_without_a_passphrase(client: Client, operator: Operator) -> None:
    fill(client)
    archive = operator.export(client.tenant)
    assert b"geheim" not in b"".join(parts(archive).values())
    name = f"{client.tenant}_bare"
    assert operator.import_(name, archive).status_code == 201
    again = Client(url=client.url, tenant=name, http=client.http)
    (kept,) = again.get("/subscriptions").json()
    assert kept["status"] == "paused"
    assert "receiverInfo" not in kept["notification"]["endpoint"]


def test_a_name_that_is_taken_is_refused(client: Client, operator: Operator) -> None:
    archive = operator.export(client.tenant)
    answer = operator.import_(client.tenant, archive)
    assert answer.status_code == 409
    assert "another name" in answer.json()["detail"]


def test_damage_is_found_and_named_before_anything_is_made(
    client: Client, operator: Operator, tmp_path: Path
) -> None:
    fill(client)
    found = parts(operator.export(client.tenant))
    altered = found["entities.ndjson"].replace(b"urn:ngsi-ld:Shelter:3", b"urn:x:3")
    lacking = {name: content for name, content in found.items() if name != "history.ndjson"}
    name = f"{client.tenant}_damaged"
    for archive, told in (
        (zipped({**found, "entities.ndjson": altered}, tmp_path), "entities.ndjson"),
        (zipped(lacking, tmp_path), "history.ndjson is missing"),
        (zipped({}, tmp_path), "manifest.json"),
        (b"no zip at all", "cannot be read"),
    ):
        answer = operator.import_(name, archive)
        assert answer.status_code == 400, answer.text
        assert told in answer.json()["detail"]
    missing = Client(url=client.url, tenant=name, http=client.http)
    assert missing.get("/types").status_code == 404


def test_a_wrong_passphrase_is_refused(client: Client, operator: Operator) -> None:
    fill(client)
    archive = operator.export(client.tenant, **{"Renkei-Archive-Passphrase": "sesam"})
    name = f"{client.tenant}_shut"
    for headers in ({}, {"Renkei-Archive-Passphrase": "another"}):
        answer = operator.import_(name, archive, **headers)
        assert answer.status_code == 400
        assert "passphrase" in answer.json()["detail"]


def test_the_manifest_says_what_is_in_and_what_is_not(client: Client, operator: Operator) -> None:
    fill(client)
    archive = parts(operator.export(client.tenant))
    manifest = cast("dict[str, Any]", orjson.loads(archive["manifest.json"]))
    assert manifest["tenant"]["name"] == client.tenant
    assert {one["name"]: one["records"] for one in manifest["files"]}["entities.ndjson"] == 31
    assert "snapshots" in manifest["leftOut"]
    assert manifest["secrets"] == "left out"


def parts(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(found: dict[str, bytes], directory: Path) -> bytes:
    path = directory / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in found.items():
            file.writestr(name, content)
    return path.read_bytes()
