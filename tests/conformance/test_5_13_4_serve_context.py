"""Serve @context: CIM 009 §5.13.4, over HTTP §6.30.3.1."""

from urllib.parse import quote

from kit.json import JsonObject
from tests.conformance.serving import Served
from tests.conformance.shelters import a_shelter, bad_data, not_found, ok, problem
from tests.platforms import Client

CONTEXTS = "/jsonldContexts"
TERMS: JsonObject = {"避難所名": "https://example.org/shelterName"}


def add(client: Client) -> str:
    location = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    return location.removeprefix("/ngsi-ld/v1")


def test_a_hosted_context_is_served_as_it_was_given(client: Client) -> None:
    answer = client.get(add(client))
    assert answer.status_code == 200
    assert answer.json() == {"@context": TERMS}


def test_its_media_type_is_what_the_client_accepts(client: Client) -> None:
    path = add(client)
    for media_type in ("application/json", "application/ld+json"):
        answer = client.send("GET", path, headers={"Accept": media_type})
        assert answer.headers["Content-Type"] == media_type


def test_details_describe_it(client: Client) -> None:
    body = client.get(add(client), details="true").json()
    assert body["kind"] == "Hosted"
    assert {"URL", "localId", "createdAt"} <= set(body)


def test_a_cached_context_is_described_but_not_served(client: Client, elsewhere: Served) -> None:
    url = elsewhere.put("/terms.jsonld", {"@context": TERMS}, Cache_Control="max-age=600")
    ok(client.send("POST", "/entities", {**a_shelter(), "@context": url}), 201)
    path = f"{CONTEXTS}/{quote(url, safe='')}"
    described = client.get(path, details="true").json()
    assert (described["URL"], described["kind"]) == (url, "Cached")
    assert described["expiresAt"] > described["createdAt"]
    problem(client.get(path), 422, "OperationNotSupported")
    by_local_id = f"{CONTEXTS}/{described['localId']}"
    problem(client.get(by_local_id), 422, "OperationNotSupported")


def test_an_unknown_context_is_not_found(client: Client) -> None:
    not_found(client.get(f"{CONTEXTS}/urn:ngsi-ld:Context:unknown"))
    not_found(client.get(f"{CONTEXTS}/12345"))


def test_a_context_of_another_tenant_is_not_found(client: Client, separated_client: Client) -> None:
    not_found(separated_client.get(add(client)))


def test_details_are_true_or_false(client: Client) -> None:
    bad_data(client.get(add(client), details="all"))
