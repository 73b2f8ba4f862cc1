"""A tenant asks that its entities are what their data models say, and the broker sees to it."""

import itertools
import time
from collections.abc import Callable
from typing import TypeVar, cast

import httpx2
import pytest

from datamodels import Form, example_of, model_named
from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client

T = TypeVar("T")
SHELTER = model_named("EvacuationShelter")
CONTEXT = "/datamodels/contexts/v1/EvacuationShelter.jsonld"


class Operator:
    """Asks the platform's operator API."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._token = Instance(settings.data).operator_token()

    def ask(self, method: str, path: str, body: JsonObject | None = None) -> httpx2.Response:
        answer = self._client.http.request(
            method,
            f"{self._client.url}/datamodels/tenants/{self._client.tenant}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token}"},
        )
        assert answer.status_code == 200, answer.text
        return answer

    def adopt(self, validation: str, *, gaps: bool = True) -> None:
        self.ask("PUT", f"/models/{SHELTER.type}", {"validation": validation, "gaps": gaps})


@pytest.fixture
def operator(client: Client, platform_settings: Settings) -> Operator:
    return Operator(client, platform_settings)


def a_shelter(local_id: str, **changed: object) -> JsonObject:
    entity = cast(JsonObject, {**example_of(SHELTER, Form.NORMALIZED), **changed})
    entity["id"] = f"urn:ngsi-ld:EvacuationShelter:372013:{local_id}"
    entity["@context"] = "http://127.0.0.1" + CONTEXT
    return entity


def with_iris(entity: JsonObject) -> JsonObject:
    """The entity with IRIs for names, so that it needs no @context."""
    names = {SHELTER.type: SHELTER.iri}
    return {
        "id": entity["id"],
        "type": names[SHELTER.type],
        **{
            name if name == "location" else SHELTER.iri_of(name): value
            for name, value in entity.items()
            if name not in {"id", "type", "@context"}
        },
    }


def wrong(local_id: str) -> JsonObject:
    return with_iris(a_shelter(local_id, shelterStatus={"type": "Property", "value": "空"}))


def right(local_id: str) -> JsonObject:
    return with_iris(a_shelter(local_id))


def create(client: Client, entity: JsonObject, language: str = "en") -> httpx2.Response:
    return client.send("POST", "/entities", entity, headers={"Accept-Language": language})


def eventually(ask: Callable[[int], T | None]) -> T:
    """Ask until there is an answer: workers hear by NOTIFY, and count every second."""
    deadline = time.monotonic() + 90
    for attempt in itertools.count():
        answer = ask(attempt)
        if answer:
            return answer
        assert time.monotonic() < deadline, "there is no answer"
        time.sleep(0.02)
    raise AssertionError


def until_refused(client: Client) -> None:
    """Wait until the worker has heard of what the tenant asks."""
    eventually(lambda n: create(client, wrong(f"probe-{n}")).status_code == 400)


def test_without_a_rule_anything_is_written(client: Client) -> None:
    answer = create(client, wrong("1"))
    assert answer.status_code == 201
    assert "NGSILD-Warning" not in answer.headers


def test_enforced_a_wrong_entity_is_refused_with_place_and_reason(
    client: Client, operator: Operator
) -> None:
    operator.adopt("enforce")
    until_refused(client)
    english = create(client, wrong("1")).json()
    assert english["type"] == "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
    assert english["where"] == "/shelterStatus/value"
    assert "right is one of" in english["detail"]
    japanese = create(client, wrong("1"), "ja,en;q=0.8").json()
    assert japanese["detail"].startswith("「開設状況」は")
    assert japanese["findings"][0]["where"] == "/shelterStatus/value"
    assert client.get(f"/entities/{wrong('1')['id']}").status_code == 404
    assert create(client, right("1")).status_code == 201


def test_enforced_an_update_is_refused_for_what_it_breaks_and_not_for_what_was_broken(
    client: Client, operator: Operator
) -> None:
    entity = wrong("1")
    assert create(client, entity).status_code == 201
    operator.adopt("enforce")
    until_refused(client)
    path = f"/entities/{entity['id']}/attrs"
    evacuees = SHELTER.iri_of("numberOfEvacuees")
    fine = client.send("PATCH", path, {evacuees: {"type": "Property", "value": 5}})
    assert fine.status_code == 204
    broken = client.send("PATCH", path, {evacuees: {"type": "Property", "value": -5}})
    assert broken.status_code == 400
    assert broken.json()["where"] == "/numberOfEvacuees/value"
    assert [one["where"] for one in broken.json()["findings"]] == ["/numberOfEvacuees/value"]
    kept = client.get(f"/entities/{entity['id']}").json()
    assert kept[evacuees]["value"] == 5


def test_in_a_batch_each_entity_is_judged_alone(client: Client, operator: Operator) -> None:
    operator.adopt("enforce")
    until_refused(client)
    answer = client.send("POST", "/entityOperations/create", [right("1"), wrong("2"), right("3")])
    assert answer.status_code == 207
    told = answer.json()
    assert told["success"] == [right("1")["id"], right("3")["id"]]
    (error,) = told["errors"]
    assert error["entityId"] == wrong("2")["id"]
    assert error["error"]["where"] == "/shelterStatus/value"


def test_a_warning_is_told_and_counted_and_the_entity_is_written(
    client: Client, operator: Operator
) -> None:
    operator.adopt("warn")
    warning = eventually(lambda n: create(client, wrong(f"w-{n}")).headers.get("NGSILD-Warning"))
    assert warning.startswith('199 renkei "')
    assert "/shelterStatus/value" in warning
    assert "NGSILD-Warning" not in create(client, right("fine")).headers
    found = eventually(lambda _: operator.ask("GET", "/findings").json())
    assert found[0]["place"] == "/shelterStatus/value"
    assert found[0]["is_refused"] is False
    assert found[0]["count"] >= 1


def test_required_attributes_may_be_missing_only_where_gaps_are_allowed(
    client: Client, operator: Operator
) -> None:
    operator.adopt("enforce", gaps=False)
    until_refused(client)
    bare = with_iris(a_shelter("1"))
    del bare["location"]
    assert create(client, bare).json()["where"] == "/location"
    operator.adopt("enforce", gaps=True)
    eventually(lambda _: create(client, bare).status_code != 400)
    assert client.get(f"/entities/{bare['id']}").status_code == 200


def test_what_is_dropped_asks_nothing_any_more(client: Client, operator: Operator) -> None:
    operator.adopt("enforce")
    until_refused(client)
    assert [one["type"] for one in operator.ask("GET", "/models").json()] == ["EvacuationShelter"]
    operator.ask("DELETE", "/models/EvacuationShelter")
    assert operator.ask("GET", "/models").json() == []
    eventually(lambda n: create(client, wrong(f"free-{n}")).status_code == 201)


def test_what_a_model_is_queried_by_is_indexed_when_it_is_adopted(
    client: Client, operator: Operator, platform_settings: Settings
) -> None:
    operator.adopt("off")
    token = Instance(platform_settings.data).operator_token()
    answer = client.http.get(
        f"{client.url}/broker/v1/indexes",
        headers={"Authorization": f"Bearer {token}", "NGSILD-Tenant": client.tenant},
    )
    keys = {one["key"] for one in answer.json()}
    assert {SHELTER.iri_of(name) for name in SHELTER.queryable} <= keys


def test_only_the_operator_may_say_what_a_tenant_asks(client: Client) -> None:
    answer = client.http.put(
        f"{client.url}/datamodels/tenants/{client.tenant}/models/AED", json={"validation": "off"}
    )
    assert answer.status_code == 401
