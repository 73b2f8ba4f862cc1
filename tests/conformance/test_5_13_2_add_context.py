"""Add @context: CIM 009 §5.13.2, over HTTP §6.29.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.serving import Served
from tests.conformance.shelters import LINK_REL, SHELTER, bad_data, ok, problem, prop, stored
from tests.platforms import Client

CONTEXTS = "/jsonldContexts"
TERMS: JsonObject = {"避難所名": "https://example.org/shelterName"}


def link(client: Client, path: str) -> dict[str, str]:
    return {"Link": f'<{client.url}{path}>; {LINK_REL}; type="application/ld+json"'}


def test_an_added_context_is_at_its_location_and_can_be_used(client: Client) -> None:
    answer = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201)
    location = answer.headers["Location"]
    assert location.startswith("/ngsi-ld/v1/jsonldContexts/")
    entity: JsonObject = {
        "id": SHELTER,
        "type": "EvacuationShelter",
        "避難所名": prop("更別小学校"),
    }
    ok(client.send("POST", "/entities", entity, headers=link(client, location)), 201)
    assert stored(client)["https://example.org/shelterName"] == prop("更別小学校")


def test_plain_json_and_json_ld_are_taken_alike(client: Client) -> None:
    for media_type in ("application/json", "application/ld+json"):
        headers = {"Content-Type": media_type}
        ok(client.send("POST", CONTEXTS, {"@context": TERMS}, headers=headers), 201)


def test_members_beside_the_context_are_left_out(client: Client) -> None:
    answer = ok(client.send("POST", CONTEXTS, {"@context": TERMS, "note": "ours"}), 201)
    path = answer.headers["Location"].removeprefix("/ngsi-ld/v1")
    assert client.get(path).json() == {"@context": TERMS}


def test_a_context_may_build_on_others(client: Client, elsewhere: Served) -> None:
    base = elsewhere.put("/base.jsonld", {"@context": {"階数": "https://example.org/floors"}})
    first = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    both: list[JsonValue] = [base, client.url + first]
    second = ok(client.send("POST", CONTEXTS, {"@context": both}), 201).headers["Location"]
    entity: JsonObject = {"id": SHELTER, "type": "T", "避難所名": prop("x"), "階数": prop(2)}
    ok(client.send("POST", "/entities", entity, headers=link(client, second)), 201)
    assert stored(client)["https://example.org/floors"] == prop(2)
    assert stored(client)["https://example.org/shelterName"] == prop("x")


@pytest.mark.parametrize(
    "context",
    [5, True, "no uri", {"a": 5}, {"a": {"@id": 5}}, {"a": "a b:c"}, [["x"], 5]],
)
def test_what_is_no_context_is_refused_and_not_stored(client: Client, context: JsonValue) -> None:
    answer = client.send("POST", CONTEXTS, {"@context": context})
    bad_data(answer)
    assert "Location" not in answer.headers
    assert client.get(CONTEXTS, kind="Hosted").json() == []


def test_a_context_inside_a_term_is_refused(client: Client) -> None:
    scoped: JsonObject = {"a": {"@id": "https://example.org/a", "@context": {"b": "urn:b"}}}
    bad_data(client.send("POST", CONTEXTS, {"@context": scoped}))


def test_a_body_without_context_or_of_no_json_is_refused(client: Client) -> None:
    problem(client.send("POST", CONTEXTS, [TERMS]), 400, "InvalidRequest")
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", CONTEXTS, content=b'{"@context": ', headers=headers)
    problem(answer, 400, "InvalidRequest")
    assert client.send("POST", CONTEXTS, {"context": TERMS}).status_code == 400


def test_a_context_that_cannot_be_had_is_504_and_names_its_url(
    client: Client, elsewhere: Served
) -> None:
    missing = elsewhere.url + "/missing.jsonld"
    answer = client.send("POST", CONTEXTS, {"@context": [missing]})
    assert missing in str(problem(answer, 504, "LdContextNotAvailable")["detail"])
    assert client.get(CONTEXTS, kind="Hosted").json() == []


def test_contexts_that_loop_are_refused(client: Client, elsewhere: Served) -> None:
    one, two = elsewhere.url + "/one.jsonld", elsewhere.url + "/two.jsonld"
    elsewhere.put("/one.jsonld", {"@context": [two]})
    elsewhere.put("/two.jsonld", {"@context": [one]})
    assert client.send("POST", CONTEXTS, {"@context": [one]}).status_code in (400, 504)


def test_what_is_served_as_a_context_and_is_none_is_refused(
    client: Client, elsewhere: Served
) -> None:
    for path, body in {"/a": b"<html>", "/b": b'{"terms": {}}', "/c": b"[]", "/d": b""}.items():
        url = elsewhere.put_bytes(path, body)
        detail = bad_data(client.send("POST", CONTEXTS, {"@context": url}))["detail"]
        assert url in str(detail)


def test_a_context_that_is_too_large_is_refused(client: Client, elsewhere: Served) -> None:
    terms: JsonObject = {f"term{n}": f"https://example.org/{n}" for n in range(60_000)}
    url = elsewhere.put("/large.jsonld", {"@context": terms})
    answer = client.send("POST", CONTEXTS, {"@context": url})
    assert answer.status_code in (400, 504)
    assert url in answer.json()["detail"]
