"""Entries that are made from what a tenant holds, in a platform that runs with --auth on."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from renkei.instance import Instance
from tests.integration.renkei.enforcing import EVENT, POLICY, PURPOSE, City, V, machine, put_policy
from tests.platforms import make_tenant

AED = "urn:renkei:datamodels:AED"
PLACE: JsonObject = {
    "type": "GeoProperty",
    "value": {"type": "Point", "coordinates": [141.5, 43.1]},
}
Entries = Mapping[str, dict[str, Any]]


def operator(city: City) -> str:
    return Instance(city.op.settings.data).operator_token()


def ask(
    city: City, method: str, path: str, token: str | None = None, body: JsonValue = None
) -> httpx2.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return city.op.http.request(method, city.op.url + path, headers=headers, json=body)


def entries(city: City, token: str | None = None) -> Entries:
    found = ask(city, "GET", f"/catalog/entries?tenant={city.name}&limit=1000", token).json()
    return {one["key"].removeprefix(f"{city.name}--"): one for one in found["entries"]}


def until(city: City, holds: Callable[[Entries], bool], token: str | None) -> Entries:
    """Look until the keeper has come by."""
    ends_s = time.monotonic() + 240  # looks take a tenth of the time, on a busy machine too
    while True:
        found = entries(city, token)
        if holds(found):
            return found
        assert time.monotonic() < ends_s, {key: one.get("facts") for key, one in found.items()}
        time.sleep(0.2)


def named(found: Entries, begins: str) -> dict[str, Any]:
    return next(one for key, one in found.items() if key.startswith(begins))


def has_events(many: int, found: Entries) -> bool:
    return sum(key.startswith("event") for key in found) == many


@pytest.fixture(scope="module")
def listed(city: City) -> City:
    """The city, once its records are listed."""
    until(city, lambda found: len(found) == 5, operator(city))
    return city


def test_anyone_is_told_of_the_api_and_of_what_is_open_and_of_nothing_else(listed: City) -> None:
    found = entries(listed)
    assert sorted(key.split("-")[0] for key in found) == ["event", "ngsi"]
    event = named(found, "event")
    assert event["types"] == [EVENT]
    # That of the record which is a resident's too would tell of her.
    assert event["facts"]["entities"] == 1
    assert event["facts"]["attributes"] == [V + "name"]
    assert event["facts"]["lookedAt"] >= event["facts"]["changedAt"]
    assert (event["isMadeHere"], event["visibility"]) == (True, "public")
    api = found["ngsi-ld"]
    assert (api["kind"], api["types"], api["access"]["proofing"]) == ("api", [EVENT], 1)
    for path in (
        "/.well-known/api-catalog",
        f"/tenants/{listed.name}/api-catalog",
        f"/tenants/{listed.name}/catalog.jsonld",
        f"/tenants/{listed.name}/openapi.json",
        f"/tenants/{listed.name}/asyncapi.json",
        "/api/3/action/current_package_list_with_resources",
        f"/catalog/entries?tenant={listed.name}&count=kind,keyword,model",
    ):
        told = ask(listed, "GET", path)
        assert told.status_code == 200
        assert listed.name in told.text or path.startswith("/.well-known")
        for secret in ("Roster", "Resident", "residentId", PURPOSE, '"personal"'):
            assert secret not in told.text, (path, secret)


def test_who_acts_in_the_tenant_is_told_of_what_its_services_hold(listed: City) -> None:
    found = entries(listed, listed.service)
    assert sorted(key.split("-")[0] for key in found) == [
        "event", "ngsi", "ngsi", "resident", "roster"
    ]  # fmt: skip
    resident = named(found, "resident")
    assert resident["legalClass"] == "personal"
    assert resident["access"] == {
        "proofing": 2, "authentication": 2, "consent": {"ja": PURPOSE, "en": ""}
    }  # fmt: skip
    assert resident["facts"]["entities"] == 3
    api = found["ngsi-ld-personal"]
    assert (api["access"]["proofing"], api["legalClass"]) == (2, "personal")
    assert resident["visibility"] == api["visibility"] == "tenant"


def test_who_acts_elsewhere_is_told_no_more_than_anyone(listed: City) -> None:
    elsewhere = machine(listed.op, make_tenant(listed.op.url, listed.op.settings))
    assert entries(listed, elsewhere).keys() == entries(listed).keys()
    roster = named(entries(listed, listed.service), "roster")["key"]
    for token in (None, elsewhere):
        for path in ("", "/versions"):
            told = ask(listed, "GET", f"/catalog/entries/{roster}{path}", token)
            assert told.status_code == 404
        shown = ask(listed, "GET", f"/api/3/action/package_show?id={roster}", token)
        assert shown.status_code == 404


def test_words_are_typed_once_and_what_the_data_say_is_not(listed: City) -> None:
    before = named(entries(listed, listed.service), "event")
    address = f"/catalog/entries/{before['key']}"
    headers = {"Authorization": f"Bearer {listed.service}"}

    def put(**changed: JsonValue) -> httpx2.Response:
        read = listed.op.http.get(listed.op.url + address, headers=headers)
        return listed.op.http.put(
            listed.op.url + address,
            json={**read.json(), **changed},
            headers={**headers, "If-Match": read.headers["etag"]},
        )

    for wrong in ({"types": [V + "Other"]}, {"visibility": "members"}):
        refused = put(**wrong)
        assert (refused.status_code, refused.json()["where"]) == (400, next(iter(wrong)))
    written = put(title={"ja": "行事案内", "en": "Events"}, licence="CC0-1.0")
    assert written.status_code == 200, written.text
    entity: JsonObject = {"id": "urn:e:second", "type": EVENT, V + "location": PLACE}
    assert listed.ask("POST", "/entities", listed.service, entity).status_code == 201
    put_policy(listed, POLICY)  # looks soon
    found = until(listed, lambda one: named(one, "event")["facts"]["entities"] == 2, None)
    event = named(found, "event")
    assert event["title"] == {"ja": "行事案内", "en": "Events"}
    assert event["facts"]["extent"] == [141.5, 43.1, 141.5, 43.1]
    assert event["modifiedAt"] >= event["facts"]["changedAt"]


def test_what_the_policy_closes_is_listed_no_more(listed: City) -> None:
    closed: JsonObject = {**POLICY, "types": {}}
    for policy, there in ((closed, 0), (POLICY, 1)):
        address = f"{listed.op.url}/admin/tenants/{listed.name}/policy"
        headers = {"Authorization": f"Bearer {operator(listed)}"}
        version = listed.op.http.get(address, headers=headers).json()["version"]
        listed.op.http.put(address, headers=headers, json={"version": version, "policy": policy})
        until(listed, partial(has_events, there), None)


def test_an_entity_of_a_standard_model_is_listed_by_the_models_words(city: City) -> None:
    aed: JsonObject = {"id": "urn:e:aed", "type": AED, V + "location": PLACE}
    assert city.ask("POST", "/entities", city.service, aed).status_code == 201
    put_policy(city, POLICY)
    found = until(city, lambda one: "aed" in one, city.service)["aed"]
    assert (found["models"], found["fields"]) == (["AED"], ["健康・医療・介護"])
    assert "AED" in found["title"]["ja"]
    told = ask(city, "GET", f"/tenants/{city.name}/openapi.json", city.service).json()
    assert "AED" in told["components"]["schemas"]
    assert "AED" not in ask(city, "GET", f"/tenants/{city.name}/openapi.json").text
    assert city.ask("DELETE", "/entities/urn:e:aed", city.service).status_code == 204
    put_policy(city, POLICY)
    until(city, lambda one: one["aed"]["facts"]["entities"] == 0, operator(city))
    reading = machine(city.op, city.name, scope="read")
    assert "roster" in {key.split("-")[0] for key in entries(city, reading)}
    assert "aed" not in entries(city, reading)


def test_linksets_lead_to_descriptions_of_what_they_link(listed: City) -> None:
    for path, many in (("/.well-known/api-catalog", 5), (f"/tenants/{listed.name}/api-catalog", 1)):
        linkset = ask(listed, "GET", path).json()["linkset"]
        assert len(linkset[0]["item"]) == many
        for link in linkset[1:]:
            for description in link["service-desc"]:
                answer = listed.op.http.get(description["href"])
                assert answer.status_code == 200, description
                assert answer.headers["content-type"] == description["type"]
                document = answer.json()
                assert document.get("openapi") or document["asyncapi"] == "3.0.0"
            assert listed.op.http.get(link["service-meta"][0]["href"]).status_code == 200
    for path in ("/openapi/none.json", "/tenants/no_such/openapi.json"):
        assert ask(listed, "GET", path).status_code == 404


def test_nobody_types_a_key_of_what_is_made(city: City) -> None:
    entry: JsonObject = {
        "key": f"{city.name}--ngsi-ld-2",
        "kind": "api",
        "owner": f"tenant-{city.name}",
        "title": {"ja": "偽のAPI"},
    }
    refused = ask(city, "POST", "/catalog/entries", operator(city), entry)
    assert (refused.status_code, refused.json()["where"]) == (400, "key")
