"""What a process remembers is of one tenant: over two workers, after ends and after moves."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import asyncpg
import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from renkei.settings import Settings
from tests.conformance.serving import serving
from tests.isolation.neighbours import (
    NOBODY,
    Neighbours,
    Tenant,
    admin_dsn_of,
    an_entity,
    make_neighbours,
    operate,
)
from tests.platforms import LINK, Client, served

TERM = "capacity"


@pytest.fixture(scope="module", params=["shared", "mixed"])
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def second_url(platform_settings: Settings, broker_url: str) -> Iterator[str]:
    """Another worker of the session's platform, with a memory of its own."""
    with served(platform_settings) as url:
        yield url


@pytest.fixture
def pair(
    broker_url: str, platform_settings: Settings, http: httpx2.Client, mode: str
) -> Neighbours:
    """Two tenants of the test's own, empty."""
    return make_neighbours(broker_url, platform_settings, http, mode, seeded=False)


def at_both(tenant: Tenant, second_url: str) -> Sequence[Client]:
    """The tenant's clients of the two workers, by turns, so that each answers from memory too."""
    second = replace(tenant.client, url=second_url)
    return (tenant.client, second, tenant.client, second)


def both(pair: Neighbours) -> Iterator[tuple[Tenant, str]]:
    yield pair.a, "of A"
    yield pair.b, "of B"


def execute(pair: Neighbours, tenant: Tenant, sql: str, *args: object) -> None:
    """Run a statement on the tenant's database, past row-level security."""

    async def run() -> None:
        told = operate(tenant.client.url, pair.settings, "GET", f"/admin/tenants/{tenant.home}")
        found = told.json()
        dsn = admin_dsn_of(pair.settings)
        connection = await asyncpg.connect(dsn, database=found["database"])
        try:
            assert await connection.execute(sql, found["number"], *args) != "UPDATE 0"
        finally:
            await connection.close()

    asyncio.run(run())


def under(client: Client, url: str, entity: JsonObject) -> httpx2.Response:
    """Create an entity under a @context named by Link."""
    return client.send("POST", "/entities", entity, headers={"Link": LINK.format(url=url)})


def test_one_url_is_two_contexts_where_two_have_read_it_at_two_times(
    pair: Neighbours, second_url: str
) -> None:
    with serving() as origin:
        url = origin.put("/c", _context("first"), cache_control="max-age=3600")
        assert under(pair.a.client, url, _shelter(1)).status_code == 201
        origin.put("/c", _context("second"), cache_control="max-age=3600")
        assert under(pair.b.client, url, _shelter(1)).status_code == 201
        for tenant, meaning in ((pair.a, "first"), (pair.b, "second")):
            for number, client in enumerate(at_both(tenant, second_url), start=2):
                assert under(client, url, _shelter(number)).status_code == 201
                assert _meaning(client, number) == f"https://example.org/{meaning}"
        assert origin.asked["/c"] == 2


def test_one_local_id_is_two_hosted_contexts(pair: Neighbours, second_url: str) -> None:
    same = "urn:ngsi-ld:Context:same"
    for tenant, meaning in both(pair):
        client = tenant.client
        plain = {"Content-Type": "application/json"}
        document = _context(meaning.replace(" ", "-"))
        made = client.send("POST", "/jsonldContexts", document, headers=plain)
        local_id = made.headers["location"].rpartition("/")[2]
        execute(
            pair,
            tenant,
            "UPDATE stored_context SET local_id = $2 WHERE tenant = $1 AND local_id = $3",
            same,
            local_id,
        )
    for tenant, meaning in both(pair):
        for number, client in enumerate(at_both(tenant, second_url)):
            url = f"{client.url}/ngsi-ld/v1/jsonldContexts/{same}"
            assert client.get(f"/jsonldContexts/{same}").json() == _context(
                meaning.replace(" ", "-")
            )
            assert under(client, url, _shelter(number)).status_code == 201
            assert _meaning(client, number).endswith(meaning.replace(" ", "-"))
    assert pair.a.client.send("DELETE", f"/jsonldContexts/{same}").status_code == 204
    for client in at_both(pair.b, second_url):
        assert client.get(f"/jsonldContexts/{same}").status_code == 200
    for client in at_both(pair.a, second_url):
        assert client.get(f"/jsonldContexts/{same}").status_code == 404


def test_same_ids_of_everything_are_each_ones_own(pair: Neighbours, second_url: str) -> None:
    for tenant, word in both(pair):
        _fill_same(pair, tenant, word)
    for tenant, word in (*both(pair), *both(pair)):
        for client in at_both(tenant, second_url):
            assert client.get("/entities/urn:x:1").json()["note"]["value"] == word
            subscription = client.get("/subscriptions/urn:x:1").json()
            assert subscription["description"] == word
            told = [one["description"] for one in client.get("/subscriptions").json()]
            assert told == [word]
            for header in (
                {"NGSILD-Snapshot": "urn:x:1"},
                {"NGSILD-EntityMap": "/ngsi-ld/v1/entityMaps/urn:x:1"},
            ):
                found = client.send("GET", "/entities", params={"type": "T"}, headers=header)
                assert [one["note"]["value"] for one in found.json()] == [word], header
            listed = client.get("/entityMaps/urn:x:1")
            assert listed.status_code == 200
    own = pair.a.client
    for kind in ("subscriptions", "snapshots", "entityMaps", "entities"):
        assert own.send("DELETE", f"/{kind}/urn:x:1").status_code == 204
        for client in at_both(pair.b, second_url):
            assert client.get(f"/{kind}/urn:x:1").status_code == 200


def _fill_same(pair: Neighbours, tenant: Tenant, word: str) -> None:
    client = tenant.client
    client.create({"id": "urn:x:1", "type": "T", "note": {"type": "Property", "value": word}})
    subscription: JsonObject = {
        "id": "urn:x:1",
        "type": "Subscription",
        "description": word,
        "entities": [{"type": "Nobody"}],
        "notification": {"endpoint": {"uri": NOBODY}},
    }
    query: JsonValue = {"type": "Query", "entities": [{"type": "T"}]}
    snapshot: JsonObject = {"id": "urn:x:1", "type": "Snapshot", "snapshotQueries": [query]}
    assert client.send("POST", "/subscriptions", subscription).status_code == 201
    assert client.send("POST", "/snapshots", snapshot).status_code == 201
    map_id = client.get("/entityMaps", type="T").json()["id"]
    execute(
        pair,
        tenant,
        "UPDATE entity_map SET id = 'urn:x:1' WHERE tenant = $1 AND id = $2",
        map_id,
    )
    headers = {"NGSILD-Snapshot": "urn:x:1"}
    for _ in range(2_000):
        if client.send("GET", "/entities", params={"type": "T"}, headers=headers).is_success:
            return
    raise AssertionError(client.get("/snapshots/urn:x:1").text)


def test_a_retired_tenant_is_nobody_at_once_and_its_name_is_not_given_again(
    pair: Neighbours, second_url: str
) -> None:
    for tenant, _ in both(pair):
        tenant.client.create(an_entity(tenant.names, "urn:x:1"))
        for client in at_both(tenant, second_url):
            assert client.get("/entities/urn:x:1").status_code == 200
    url, settings, b = pair.a.client.url, pair.settings, pair.b
    assert operate(url, settings, "POST", f"/admin/tenants/{b.name}/retire").status_code == 200
    for client in at_both(b, second_url):
        for method, path in (("GET", "/entities/urn:x:1"), ("DELETE", "/entities/urn:x:1")):
            answer = client.send(method, path)
            assert answer.status_code == 404, answer.text
            assert b.names.mark not in answer.text
        answer = client.send("POST", "/entities", an_entity(b.names, "urn:x:2"))
        assert answer.status_code == 404
    for storage in ("shared", "separated"):
        asked: JsonObject = {"name": b.name, "storage": storage}
        assert operate(url, settings, "POST", "/admin/tenants", asked).status_code == 409
    for client in at_both(pair.a, second_url):
        assert client.get("/entities/urn:x:1").status_code == 200


def test_a_tenant_that_has_moved_is_what_it_was_and_nobody_is_where_it_was(
    pair: Neighbours, second_url: str
) -> None:
    for tenant, word in both(pair):
        _fill_same(pair, tenant, word)
    home = operate(pair.a.client.url, pair.settings, "GET", f"/admin/tenants/{pair.b.name}")
    there, back = ("separated", "shared")[:: 1 if home.json()["storage"] == "shared" else -1]
    for target in (there, back):
        _move(pair, target)
        for tenant, word in both(pair):
            for number, client in enumerate(at_both(tenant, second_url)):
                assert client.get("/entities/urn:x:1").json()["note"]["value"] == word
                assert client.get("/subscriptions/urn:x:1").json()["description"] == word
                assert client.get("/entities", type="T").json()[0]["note"]["value"] == word
                types = client.get("/types").json()["typeList"]
                assert types == ["T"], (target, types)
                marked: JsonObject = {
                    "note": {"type": "Property", "value": word, "unitCode": f"{number}"}
                }
                changed = client.send("PATCH", "/entities/urn:x:1", marked)
                assert changed.status_code == 204


def _move(pair: Neighbours, target: str) -> None:
    """Move B there, and wait until it is."""
    url, path = pair.a.client.url, f"/admin/tenants/{pair.b.name}"
    asked = operate(url, pair.settings, "POST", f"{path}/moves", {"to": target})
    assert asked.status_code == 202, asked.text
    for _ in range(5_000):
        (move, *_) = operate(url, pair.settings, "GET", f"{path}/moves").json()
        if move["phase"] in ("cleaning", "moved"):
            return
        assert move["phase"] not in ("returning", "rolled_back"), move
    raise AssertionError(move)


def _context(meaning: str) -> JsonObject:
    return {"@context": {TERM: f"https://example.org/{meaning}"}}


def _shelter(number: int) -> JsonObject:
    return {"id": f"urn:x:{number}", "type": "T", TERM: {"type": "Property", "value": 1}}


def _meaning(client: Client, number: int) -> str:
    """The IRI that the entity's attribute has got: what it is called without the @context."""
    found = client.get(f"/entities/urn:x:{number}").json()
    (name,) = set(found) - {"id", "type"}
    return str(name)
