"""What an operator bounds of entity maps and snapshots is held to."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.platforms import Client, make_tenant, served, settings_of

TYPE = "AED"
QUERY: JsonObject = {"type": "Query", "entities": [{"type": TYPE}]}
BOUNDS: JsonObject = {
    "entity_maps": {"members": 3, "per_tenant": 2, "lifetime_s": 60, "longest_s": 90},
    "snapshots": {"entities": 3, "per_tenant": 2},
}


@pytest.fixture(scope="module")
def platform(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    settings = settings_of(tmp_path_factory.mktemp("bounded"), postgres_admin_dsn, broker=BOUNDS)
    with served(settings) as url:
        yield url, str(settings.data)


@pytest.fixture
def bounded(postgres_admin_dsn: str, platform: tuple[str, str], http: httpx2.Client) -> Client:
    url, data = platform
    settings = settings_of(Path(data), postgres_admin_dsn)
    return Client(url=url, tenant=make_tenant(url, settings), http=http)


def create(client: Client, count: int) -> None:
    for number in range(count):
        client.create({"id": f"urn:ngsi-ld:{TYPE}:{number}", "type": TYPE})


def snapshot(client: Client, priority: int) -> httpx2.Response:
    queries: list[JsonValue] = [QUERY]
    body: JsonObject = {
        "type": "Snapshot",
        "snapshotQueries": queries,
        "snapshotPriority": priority,
    }
    return client.send("POST", "/snapshots", body)


def path_of(answer: httpx2.Response) -> str:
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix("/ngsi-ld/v1")


def ready(client: Client, path: str) -> JsonObject:
    while True:
        found: JsonObject = client.get(path).json()
        if found["snapshotStatus"] != "preparing":
            return found


def test_a_map_of_too_many_entities_is_not_made(bounded: Client) -> None:
    create(bounded, 3)
    assert bounded.get("/entityMaps", type=TYPE).status_code == 201
    bounded.create({"id": f"urn:ngsi-ld:{TYPE}:9", "type": TYPE})
    for path in ("/entityMaps", "/entities"):
        answer = bounded.get(path, type=TYPE, entityMap="true")
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("TooManyResults")
    assert bounded.get("/entities", type=TYPE).status_code == 200


def test_the_oldest_map_makes_room(bounded: Client) -> None:
    made = [bounded.get("/entityMaps", type=TYPE).json()["id"] for _ in range(3)]
    found = [bounded.get(f"/entityMaps/{one}").status_code for one in made]
    assert found == [404, 200, 200]


def test_a_snapshot_of_too_many_entities_says_so(bounded: Client) -> None:
    create(bounded, 4)
    found = ready(bounded, path_of(snapshot(bounded, 5)))
    assert found["snapshotStatus"] == "failure"
    assert "TooManyResults" in str(found["snapshotQueriesDetails"])


def test_the_least_important_snapshot_makes_room(bounded: Client) -> None:
    low, high = path_of(snapshot(bounded, 2)), path_of(snapshot(bounded, 8))
    new = path_of(snapshot(bounded, 2))
    assert [bounded.get(path).status_code for path in (low, high, new)] == [404, 200, 200]


def test_a_snapshot_less_important_than_all_others_is_refused(bounded: Client) -> None:
    paths = [path_of(snapshot(bounded, 5)) for _ in range(2)]
    answer = snapshot(bounded, 4)
    assert answer.status_code == 403
    assert answer.json()["where"] == "/snapshotPriority"
    assert [bounded.get(path).status_code for path in paths] == [200, 200]
