"""List @contexts: CIM 009 §5.13.3, over HTTP §6.29.3.2."""

import pytest

from kit.json import JsonObject
from tests.conformance.serving import Served
from tests.conformance.shelters import LINK_REL, a_shelter, bad_data, ok, problem
from tests.platforms import Client

CONTEXTS = "/jsonldContexts"
TERMS: JsonObject = {"避難所名": "https://example.org/shelterName"}


@pytest.fixture
def cached(client: Client, elsewhere: Served) -> str:
    """A context of elsewhere that the broker has used."""
    url = elsewhere.put("/terms.jsonld", {"@context": TERMS})
    ok(client.send("POST", "/entities", {**a_shelter(), "@context": [url]}), 201)
    return url


def test_a_new_tenant_has_none(client: Client) -> None:
    assert client.get(CONTEXTS).json() == []


def test_all_kinds_are_listed_by_url(client: Client, cached: str) -> None:
    hosted = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    assert set(client.get(CONTEXTS).json()) >= {cached, client.url + hosted}


def test_one_kind_is_listed_when_asked_for(client: Client, cached: str) -> None:
    hosted = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    assert client.get(CONTEXTS, kind="Cached").json() == [cached]
    assert client.get(CONTEXTS, kind="Hosted").json() == [client.url + hosted]


def test_a_context_without_url_is_hosted_implicitly_for_answers_in_json(client: Client) -> None:
    ok(client.send("POST", "/entities", {**a_shelter(), "@context": [TERMS]}), 201)
    body: JsonObject = {"type": "Query", "entities": [{"type": "EvacuationShelter"}]}
    answer = client.send("POST", "/entityOperations/query", {**body, "@context": [TERMS]})
    url = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert client.get(CONTEXTS, kind="ImplicitlyCreated").json() == [url]
    assert client.http.get(url, headers={"NGSILD-Tenant": client.tenant}).json() == {
        "@context": [TERMS]
    }


def test_details_describe_each(client: Client, cached: str) -> None:
    hosted = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    found = {one["URL"]: one for one in client.get(CONTEXTS, details="true").json()}
    assert set(found) >= {cached, client.url + hosted}
    for url, kind in ((cached, "Cached"), (client.url + hosted, "Hosted")):
        assert found[url]["kind"] == kind
        assert found[url]["localId"]
        assert found[url]["createdAt"].endswith("Z")


def test_uses_are_counted_and_the_last_is_told(client: Client) -> None:
    location = ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201).headers["Location"]
    link = {"Link": f'<{client.url}{location}>; {LINK_REL}; type="application/ld+json"'}

    def hits() -> int:
        (one,) = client.get(CONTEXTS, details="true", kind="Hosted").json()
        return int(one.get("numberOfHits", 0))

    before = hits()
    for _ in range(3):
        client.send("GET", "/types", headers=link)
    assert hits() >= before + 3
    (one,) = client.get(CONTEXTS, details="true", kind="Hosted").json()
    assert one["lastUsage"].endswith("Z")


def test_hosted_contexts_are_their_tenants_own(client: Client, separated_client: Client) -> None:
    ok(client.send("POST", CONTEXTS, {"@context": TERMS}), 201)
    assert separated_client.get(CONTEXTS, kind="Hosted").json() == []


@pytest.mark.parametrize("params", [{"kind": "Lost"}, {"details": "all"}])
def test_a_parameter_that_breaks_its_form_is_refused(
    client: Client, params: dict[str, str]
) -> None:
    bad_data(client.get(CONTEXTS, **params))


def test_an_unknown_parameter_is_refused(client: Client) -> None:
    problem(client.get(CONTEXTS, sort="age"), 400, "InvalidRequest")
