"""Expiration time for cached @contexts: CIM 009 §6.3.16."""

from kit.json import JsonObject
from tests.conformance.serving import Served
from tests.conformance.shelters import SHELTER, a_shelter, ok, problem
from tests.platforms import Client

TERMS: JsonObject = {"beds": "https://example.org/beds"}


def use(client: Client, url: str) -> int:
    client.send("DELETE", f"/entities/{SHELTER}")
    return client.send("POST", "/entities", {**a_shelter(), "@context": url}).status_code


def test_a_context_is_fetched_once_and_then_kept(client: Client, elsewhere: Served) -> None:
    url = elsewhere.put("/terms.jsonld", {"@context": TERMS})
    for _ in range(5):
        assert use(client, url) == 201
    assert elsewhere.asked["/terms.jsonld"] == 1


def test_a_context_that_was_had_once_serves_on_when_its_origin_is_away(
    client: Client, elsewhere: Served
) -> None:
    url = elsewhere.put("/terms.jsonld", {"@context": TERMS}, Cache_Control="max-age=0")
    assert use(client, url) == 201
    elsewhere.put_bytes("/terms.jsonld", b"", status=503)
    assert use(client, url) == 201


def test_redirects_are_followed_within_bounds(client: Client, elsewhere: Served) -> None:
    elsewhere.put("/terms.jsonld", {"@context": TERMS})
    once = elsewhere.put_bytes("/old", b"", {"Location": "/terms.jsonld"}, status=302)
    assert use(client, once) == 201
    round_ = elsewhere.put_bytes("/round", b"", {"Location": "/round"}, status=302)
    answer = client.send("POST", "/entities", {**a_shelter(2), "@context": round_})
    problem(answer, 504, "LdContextNotAvailable")


def test_a_context_that_was_never_had_is_504(client: Client, elsewhere: Served) -> None:
    ok(client.send("POST", "/entities", a_shelter()), 201)
    for url in (elsewhere.url + "/missing.jsonld", "http://127.0.0.1:9/nobody.jsonld"):
        answer = client.send("POST", "/entities", {**a_shelter(2), "@context": url})
        assert url in str(problem(answer, 504, "LdContextNotAvailable")["detail"])


def test_a_context_that_is_slow_does_not_hang_a_request(client: Client, elsewhere: Served) -> None:
    slow = elsewhere.put_bytes("/slow.jsonld", b"{}", delay_s=25)
    answer = client.send("POST", "/entities", {**a_shelter(), "@context": slow})
    assert slow in str(problem(answer, 504, "LdContextNotAvailable")["detail"])
    assert elsewhere.asked["/slow.jsonld"] == 1
