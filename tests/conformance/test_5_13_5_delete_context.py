"""Delete and Reload @context: CIM 009 §5.13.5, over HTTP §6.30.3.2."""

from urllib.parse import quote

import pytest

from kit.json import JsonObject
from tests.conformance.serving import Served
from tests.conformance.shelters import (
    CORE,
    SHELTER,
    a_shelter,
    bad_data,
    not_found,
    ok,
    problem,
    prop,
    stored,
)
from tests.platforms import Client

CONTEXTS = "/jsonldContexts"
OLD: JsonObject = {"beds": "https://example.org/old"}
NEW: JsonObject = {"beds": "https://example.org/new"}
RELOAD = {"reload": "true"}


@pytest.fixture
def url(client: Client, elsewhere: Served) -> str:
    """A context of elsewhere that the broker has used."""
    found = elsewhere.put("/terms.jsonld", {"@context": OLD}, Cache_Control="max-age=600")
    ok(client.send("POST", "/entities", {**a_shelter(9), "@context": found}), 201)
    return found


def path(url: str) -> str:
    return f"{CONTEXTS}/{quote(url, safe='')}"


def beds(client: Client, url: str) -> JsonObject:
    """What the broker reads `beds` as under the context."""
    client.send("DELETE", f"/entities/{SHELTER}")
    ok(client.send("POST", "/entities", {**a_shelter(beds=prop(3)), "@context": url}), 201)
    return stored(client)


def test_a_deleted_context_is_gone(client: Client) -> None:
    location = ok(client.send("POST", CONTEXTS, {"@context": OLD}), 201).headers["Location"]
    own = location.removeprefix("/ngsi-ld/v1")
    ok(client.send("DELETE", own))
    not_found(client.get(own))
    not_found(client.send("DELETE", own))


def test_a_deleted_cached_context_is_fetched_anew(
    client: Client, elsewhere: Served, url: str
) -> None:
    elsewhere.put("/terms.jsonld", {"@context": NEW})
    assert "https://example.org/old" in beds(client, url)
    ok(client.send("DELETE", path(url)))
    assert "https://example.org/new" in beds(client, url)


def test_a_reload_fetches_a_cached_context_again(
    client: Client, elsewhere: Served, url: str
) -> None:
    elsewhere.put("/terms.jsonld", {"@context": NEW})
    ok(client.send("DELETE", path(url), params=RELOAD))
    assert "https://example.org/new" in beds(client, url)


@pytest.mark.parametrize(("body", "status"), [(b"", 404), (b"<html>", 200), (b"{}", 200)])
def test_a_reload_that_fails_is_504_and_the_old_copy_stays(
    client: Client, elsewhere: Served, url: str, body: bytes, status: int
) -> None:
    elsewhere.put_bytes("/terms.jsonld", body, status=status)
    problem(client.send("DELETE", path(url), params=RELOAD), 504, "LdContextNotAvailable")
    assert "https://example.org/old" in beds(client, url)


def test_what_is_not_cached_cannot_reload(client: Client) -> None:
    location = ok(client.send("POST", CONTEXTS, {"@context": OLD}), 201).headers["Location"]
    own = location.removeprefix("/ngsi-ld/v1")
    bad_data(client.send("DELETE", own, params=RELOAD))
    assert client.get(own).status_code == 200


def test_reload_is_true_or_false(client: Client, url: str) -> None:
    bad_data(client.send("DELETE", path(url), params={"reload": "now"}))


def test_the_core_context_can_be_reloaded_and_not_deleted(client: Client) -> None:
    bad_data(client.send("DELETE", path(CORE)))
    ok(client.send("DELETE", path(CORE), params=RELOAD))


def test_an_unknown_context_is_not_found(client: Client) -> None:
    not_found(client.send("DELETE", f"{CONTEXTS}/urn:ngsi-ld:Context:unknown"))
