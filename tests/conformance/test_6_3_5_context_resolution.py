"""JSON-LD @context resolution: CIM 009 §6.3.5."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    LINK_REL,
    a_shelter,
    at,
    bad_data,
    is_stored,
    ok,
    prop,
    stored,
)
from tests.platforms import Client

TERMS: JsonObject = {"beds": "https://example.org/beds"}
BEDS = "https://example.org/beds"


@pytest.fixture
def url(client: Client) -> str:
    added = ok(client.send("POST", "/jsonldContexts", {"@context": TERMS}), 201)
    return client.url + added.headers["Location"]


def link(url: str, more: str = '; type="application/ld+json"') -> dict[str, str]:
    return {"Link": f"<{url}>; {LINK_REL}{more}"}


def test_json_takes_its_context_from_the_link(client: Client, url: str) -> None:
    ok(client.send("POST", ENTITIES, a_shelter(beds=prop(1)), headers=link(url)), 201)
    assert BEDS in stored(client)


def test_json_ld_takes_its_context_from_the_body(client: Client, url: str) -> None:
    contexts: list[JsonValue] = [url, [url], TERMS, [TERMS], [url, TERMS]]
    for context in contexts:
        body: JsonObject = {**a_shelter(beds=prop(1)), "@context": context}
        ok(client.send("POST", ENTITIES, body), 201)
        assert BEDS in stored(client)
        ok(client.send("DELETE", at()))


def test_without_either_the_core_context_is_meant(client: Client) -> None:
    client.create(a_shelter(beds=prop(1)))
    assert "beds" in stored(client)
    found = stored(client)
    assert BEDS not in found


def test_a_retrieval_takes_it_from_the_link(client: Client, url: str) -> None:
    client.create({**a_shelter(beds=prop(1)), "@context": [TERMS]})
    assert "beds" in client.send("GET", at(), headers=link(url)).json()
    assert BEDS in client.get(at()).json()


@pytest.mark.parametrize("more", ["", ';type="application/ld+json"', "; type=application/ld+json"])
def test_the_link_may_be_written_in_several_ways(client: Client, url: str, more: str) -> None:
    ok(client.send("POST", ENTITIES, a_shelter(beds=prop(1)), headers=link(url, more)), 201)
    assert BEDS in stored(client)


def test_other_links_are_left_alone(client: Client, url: str) -> None:
    headers = {"Link": f'<https://example.org/x>; rel="author", <{url}>; {LINK_REL}'}
    ok(client.send("POST", ENTITIES, a_shelter(beds=prop(1)), headers=headers), 201)
    assert BEDS in stored(client)


def test_what_stands_in_the_wrong_place_is_refused(client: Client, url: str) -> None:
    both: JsonObject = {**a_shelter(), "@context": [TERMS]}
    plain = {"Content-Type": "application/json"}
    json_ld = {"Content-Type": "application/ld+json"}
    bad_data(client.send("POST", ENTITIES, both, headers=plain))
    bad_data(client.send("POST", ENTITIES, both, headers=link(url)))
    bad_data(client.send("POST", ENTITIES, a_shelter(), headers=json_ld))
    two = {"Link": f"<{url}>; {LINK_REL}, <{url}>; {LINK_REL}"}
    bad_data(client.send("POST", ENTITIES, a_shelter(), headers=two))
    assert not is_stored(client)


@pytest.mark.parametrize(
    "target", ["no uri", "", "ftp://example.org/c", "file:///etc/passwd", "urn:a:b"]
)
def test_a_link_to_what_cannot_be_a_context_is_refused(client: Client, target: str) -> None:
    answer = client.send("POST", ENTITIES, a_shelter(), headers=link(target))
    assert answer.status_code in (400, 504), answer.text
    assert not is_stored(client)


def test_all_attribute_operations_read_their_own_context(client: Client, url: str) -> None:
    client.create(a_shelter())
    ok(client.send("POST", at() + "/attrs", {"beds": 1}, headers=link(url)))
    ok(client.send("PATCH", at() + "/attrs", {"beds": 2, "@context": [TERMS]}))
    assert stored(client)[BEDS] == prop(2)
    ok(client.send("PATCH", at() + "/attrs/beds", {"value": 3}, headers=link(url)))
    ok(client.send("PUT", at() + "/attrs/beds", {"value": 4, "@context": [TERMS]}))
    ok(client.send("PATCH", at(), {"beds": 5, "@context": url}))
    assert stored(client)[BEDS] == prop(5)
    ok(client.send("DELETE", at() + "/attrs/beds", headers=link(url)))
    assert stored(client) == a_shelter()
