"""HTTP response common requirements: CIM 009 §6.3.6."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    CORE,
    DEFAULT_VOCABULARY,
    ENTITIES,
    LINK_REL,
    SHELTER,
    a_shelter,
    at,
    ok,
    prop,
)
from tests.platforms import Client

JSON_LD = {"Accept": "application/ld+json"}


@pytest.fixture
def url(client: Client) -> str:
    client.create(a_shelter())
    terms: JsonObject = {"@context": {"beds": "https://example.org/beds"}}
    added = ok(client.send("POST", "/jsonldContexts", terms), 201)
    return client.url + added.headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        at(),
        f"{ENTITIES}?type=EvacuationShelter",
        "/types",
        "/attributes",
        "/types/EvacuationShelter",
    ],
)
def test_json_names_its_context_in_a_link(client: Client, url: str, path: str) -> None:
    plain = client.send("GET", path)
    assert plain.headers["Link"] == f'<{CORE}>; {LINK_REL}; type="application/ld+json"'
    assert "@context" not in plain.text
    asked = client.send("GET", path, headers={"Link": f"<{url}>; {LINK_REL}"})
    assert f"<{url}>" in asked.headers["Link"]


def test_json_ld_holds_its_context_and_has_no_link(client: Client, url: str) -> None:
    headers = {**JSON_LD, "Link": f"<{url}>; {LINK_REL}"}
    answer = client.send("GET", at(), headers=headers)
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.json()["@context"] in (url, [url], [url, CORE])
    assert "Link" not in answer.headers
    assert client.send("GET", at(), headers=JSON_LD).json()["@context"] in (CORE, [CORE])


def test_in_json_ld_each_entity_of_an_array_holds_it(client: Client, url: str) -> None:
    client.create(a_shelter(2))
    headers = {**JSON_LD, "Link": f"<{url}>; {LINK_REL}"}
    found = client.send("GET", f"{ENTITIES}?type=EvacuationShelter", headers=headers).json()
    assert len(found) == 2
    assert all("@context" in one for one in found)


def test_errors_are_json_and_have_no_link(client: Client, url: str) -> None:
    headers = {**JSON_LD, "Link": f"<{url}>; {LINK_REL}"}
    answer = client.send("GET", at("urn:a:unknown"), headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert "Link" not in answer.headers


def test_results_in_part_are_json_with_full_names(client: Client, url: str) -> None:
    body: JsonObject = {"name": prop("x"), "scope": "/A"}
    headers = {**JSON_LD, "Link": f"<{url}>; {LINK_REL}"}
    answer = ok(client.send("PATCH", at(SHELTER, "attrs"), body, headers=headers), 207)
    assert answer.headers["Content-Type"] == "application/json"
    assert "Link" not in answer.headers
    assert answer.json()["updated"] == [DEFAULT_VOCABULARY + "name"]


def test_an_answer_without_a_body_has_no_link(client: Client, url: str) -> None:
    answer = ok(client.send("DELETE", at(), headers={"Link": f"<{url}>; {LINK_REL}"}))
    assert "Link" not in answer.headers
