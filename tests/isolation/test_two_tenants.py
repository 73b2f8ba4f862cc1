"""Two tenants do whatever clients do, under the same ids; each is what its own model says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from kit.json import JsonObject, JsonValue
from renkei.settings import Settings
from tests.isolation.neighbours import NOBODY, Neighbours, make_neighbours
from tests.platforms import Client

TYPE = "Shelter"
FAST = settings(
    max_examples=3,
    stateful_step_count=25,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SLOW = settings(FAST, max_examples=50, stateful_step_count=100, derandomize=False)

whose = st.sampled_from((0, 1))
ids = st.integers(0, 4)
values = st.integers(0, 9)
several = st.lists(st.tuples(ids, values), min_size=1, max_size=4, unique_by=lambda one: one[0])


def urn(kind: str, number: int) -> str:
    return f"urn:ngsi-ld:{kind}:{number}"


def entity(number: int, value: int) -> JsonObject:
    return {"id": urn(TYPE, number), "type": TYPE, "capacity": prop(value)}


def prop(value: int) -> JsonObject:
    return {"type": "Property", "value": value}


def shown(model: dict[int, dict[str, int]]) -> list[JsonObject]:
    """The entities of a model as a query shows them."""
    return [
        {"id": urn(TYPE, number), "type": TYPE, **{k: prop(v) for k, v in sorted(held.items())}}
        for number, held in sorted(model.items())
    ]


@dataclass
class Model:
    """What one tenant should hold."""

    entities: dict[int, dict[str, int]] = field(default_factory=dict)
    subscriptions: dict[int, int] = field(default_factory=dict)
    snapshots: dict[int, list[JsonObject]] = field(default_factory=dict)
    maps: dict[str, list[int]] = field(default_factory=dict)
    contexts: dict[str, JsonObject] = field(default_factory=dict)


class TwoTenants(RuleBasedStateMachine):
    """Rules act in either tenant; its answers have to be its own model's."""

    def __init__(self, neighbours: Neighbours, count: Callable[[], None]) -> None:
        super().__init__()
        self._clients = [one.client for one in (neighbours.a, neighbours.b)]
        self._models = [Model(), Model()]
        self._count = count

    def _of(self, who: int) -> tuple[Client, Model]:
        self._count()
        return self._clients[who], self._models[who]

    @rule(who=whose, number=ids, value=values)
    def create(self, who: int, number: int, value: int) -> None:
        client, model = self._of(who)
        answer = client.send("POST", "/entities", entity(number, value))
        expect(answer, 409 if number in model.entities else 201)
        model.entities.setdefault(number, {"capacity": value})

    @rule(who=whose, number=ids, value=values, name=st.sampled_from(("capacity", "floors")))
    def append(self, who: int, number: int, value: int, name: str) -> None:
        client, model = self._of(who)
        answer = client.send("POST", f"/entities/{urn(TYPE, number)}/attrs", {name: prop(value)})
        expect(answer, 204 if number in model.entities else 404)
        if number in model.entities:
            model.entities[number][name] = value

    @rule(who=whose, number=ids, value=values)
    def merge(self, who: int, number: int, value: int) -> None:
        client, model = self._of(who)
        answer = client.send("PATCH", f"/entities/{urn(TYPE, number)}", {"floors": prop(value)})
        expect(answer, 204 if number in model.entities else 404)
        if number in model.entities:
            model.entities[number]["floors"] = value

    @rule(who=whose, number=ids)
    def delete(self, who: int, number: int) -> None:
        client, model = self._of(who)
        answer = client.send("DELETE", f"/entities/{urn(TYPE, number)}")
        expect(answer, 204 if number in model.entities else 404)
        model.entities.pop(number, None)

    @rule(who=whose, batch=several)
    def upsert(self, who: int, batch: list[tuple[int, int]]) -> None:
        client, model = self._of(who)
        body: list[JsonValue] = [entity(number, value) for number, value in batch]
        answer = client.send("POST", "/entityOperations/upsert", body)
        are_new = any(number not in model.entities for number, _ in batch)
        expect(answer, 201 if are_new else 204)
        model.entities |= {number: {"capacity": value} for number, value in batch}

    @rule(who=whose, batch=several)
    def batch_merge(self, who: int, batch: list[tuple[int, int]]) -> None:
        client, model = self._of(who)
        body: list[JsonValue] = [entity(number, value) for number, value in batch]
        answer = client.send("POST", "/entityOperations/merge", body)
        known = [(number, value) for number, value in batch if number in model.entities]
        expect(answer, 204 if len(known) == len(batch) else 207)
        for number, value in known:
            model.entities[number]["capacity"] = value

    @rule(who=whose, batch=several)
    def batch_delete(self, who: int, batch: list[tuple[int, int]]) -> None:
        client, model = self._of(who)
        body: list[JsonValue] = [urn(TYPE, number) for number, _ in batch]
        answer = client.send("POST", "/entityOperations/delete", body)
        known = [number for number, _ in batch if number in model.entities]
        expect(answer, 204 if len(known) == len(batch) else 207)
        for number in known:
            del model.entities[number]

    @rule(who=whose)
    def look(self, who: int) -> None:
        client, model = self._of(who)
        found = client.get("/entities", type=TYPE, count="true", orderBy="id")
        expect(found, 200)
        assert ordered(found.json()) == shown(model.entities)
        assert found.headers["ngsild-results-count"] == str(len(model.entities))

    @rule(who=whose, number=ids)
    def retrieve(self, who: int, number: int) -> None:
        client, model = self._of(who)
        answer = client.get(f"/entities/{urn(TYPE, number)}")
        expect(answer, 200 if number in model.entities else 404)
        if number in model.entities:
            assert ordered([answer.json()]) == shown({number: model.entities[number]})

    @rule(who=whose, value=values)
    def query(self, who: int, value: int) -> None:
        client, model = self._of(who)
        found = client.get("/entities", type=TYPE, q=f"capacity=={value}", orderBy="id").json()
        held = {n: one for n, one in model.entities.items() if one.get("capacity") == value}
        assert ordered(found) == shown(held)

    @rule(who=whose, number=ids, value=values)
    def subscribe(self, who: int, number: int, value: int) -> None:
        client, model = self._of(who)
        body: JsonObject = {
            "id": urn("Subscription", number),
            "type": "Subscription",
            "description": str(value),
            "entities": [{"type": "Nobody"}],
            "notification": {"endpoint": {"uri": NOBODY}},
        }
        answer = client.send("POST", "/subscriptions", body)
        expect(answer, 409 if number in model.subscriptions else 201)
        model.subscriptions.setdefault(number, value)

    @rule(who=whose, number=ids)
    def unsubscribe(self, who: int, number: int) -> None:
        client, model = self._of(who)
        answer = client.send("DELETE", f"/subscriptions/{urn('Subscription', number)}")
        expect(answer, 204 if number in model.subscriptions else 404)
        model.subscriptions.pop(number, None)

    @rule(who=whose)
    def look_at_subscriptions(self, who: int) -> None:
        client, model = self._of(who)
        found = client.get("/subscriptions", limit="100").json()
        told = {one["id"]: one["description"] for one in found}
        held = {urn("Subscription", n): str(value) for n, value in model.subscriptions.items()}
        assert told == held

    @rule(who=whose, number=ids)
    def freeze(self, who: int, number: int) -> None:
        client, model = self._of(who)
        query: JsonValue = {"type": "Query", "entities": [{"type": TYPE}]}
        body: JsonObject = {
            "id": urn("Snapshot", number),
            "type": "Snapshot",
            "snapshotQueries": [query],
        }
        answer = client.send("POST", "/snapshots", body)
        expect(answer, 409 if number in model.snapshots else 201)
        if number not in model.snapshots:
            self._await(client, number)
            model.snapshots[number] = shown(model.entities)

    def _await(self, client: Client, number: int) -> None:
        for _ in range(2_000):
            told = client.get(f"/snapshots/{urn('Snapshot', number)}").json()
            if told["snapshotStatus"] != "preparing":
                return
            self._frozen(client, number)
        raise AssertionError(told)

    def _frozen(self, client: Client, number: int) -> httpx2.Response:
        return client.send(
            "GET",
            "/entities",
            params={"type": TYPE},
            headers={"NGSILD-Snapshot": urn("Snapshot", number)},
        )

    @rule(who=whose, number=ids)
    def look_at_snapshot(self, who: int, number: int) -> None:
        client, model = self._of(who)
        answer = self._frozen(client, number)
        expect(answer, 200 if number in model.snapshots else 404)
        if number in model.snapshots:
            assert ordered(answer.json()) == model.snapshots[number]

    @rule(who=whose, number=ids)
    def melt(self, who: int, number: int) -> None:
        client, model = self._of(who)
        answer = client.send("DELETE", f"/snapshots/{urn('Snapshot', number)}")
        expect(answer, 204 if number in model.snapshots else 404)
        model.snapshots.pop(number, None)

    @rule(who=whose)
    def map_entities(self, who: int) -> None:
        client, model = self._of(who)
        answer = client.get("/entityMaps", type=TYPE)
        expect(answer, 201)
        model.maps[answer.json()["id"]] = sorted(model.entities)

    @rule(who=whose, of=whose)
    def look_through_maps(self, who: int, of: int) -> None:
        client, model = self._of(who)
        for map_id, members in list(self._models[of].maps.items())[-2:]:
            headers = {"NGSILD-EntityMap": f"/ngsi-ld/v1/entityMaps/{map_id}"}
            answer = client.send("GET", "/entities", params={"type": TYPE}, headers=headers)
            shows = client.get(f"/entityMaps/{map_id}")
            expect(shows, 200 if of == who else 404)
            expect(answer, 200 if of == who else 201)  # a map that nobody has is made anew
            seen = members if of == who else sorted(model.entities)
            held = {n: model.entities[n] for n in seen if n in model.entities}
            assert ordered(answer.json()) == shown(held)
            if of == who:  # a map forgets what is not there any more when it is used
                model.maps[map_id] = list(held)

    @rule(who=whose, value=values)
    def host(self, who: int, value: int) -> None:
        client, model = self._of(who)
        document: JsonObject = {"@context": {"capacity": f"https://example.org/{value}"}}
        plain = {"Content-Type": "application/json"}
        answer = client.send("POST", "/jsonldContexts", document, headers=plain)
        expect(answer, 201)
        model.contexts[answer.headers["location"].rpartition("/")[2]] = document

    @rule(who=whose, of=whose)
    def look_at_contexts(self, who: int, of: int) -> None:
        client, _ = self._of(who)
        for local_id, document in list(self._models[of].contexts.items())[-2:]:
            answer = client.get(f"/jsonldContexts/{local_id}")
            expect(answer, 200 if of == who else 404)
            assert of != who or answer.json() == document

    @rule(who=whose)
    def unhost(self, who: int) -> None:
        client, model = self._of(who)
        for local_id in list(model.contexts)[:2]:
            expect(client.send("DELETE", f"/jsonldContexts/{local_id}"), 204)
            del model.contexts[local_id]

    def teardown(self) -> None:
        """Look at all once more, and leave both tenants as they were found."""
        for who, (client, model) in enumerate(zip(self._clients, self._models, strict=True)):
            self.look(who)
            self.look_at_subscriptions(who)
            for number in list(model.subscriptions):
                self.unsubscribe(who, number)
            for number in list(model.snapshots):
                self.look_at_snapshot(who, number)
                self.melt(who, number)
            for map_id in model.maps:
                expect(client.send("DELETE", f"/entityMaps/{map_id}"), 204)
            while model.contexts:
                self.unhost(who)
            expect(client.send("DELETE", "/entities", params={"type": TYPE}), 204)


def expect(answer: httpx2.Response, status: int) -> None:
    assert answer.status_code == status, (status, answer.status_code, answer.text)


def ordered(found: Any) -> list[JsonObject]:
    """Entities in order of id, their members in order of name."""
    entities = [
        {"id": one["id"], "type": one["type"], **{k: one[k] for k in sorted(one)}} for one in found
    ]
    return sorted(entities, key=lambda one: str(one["id"]))


@pytest.fixture(scope="module")
def neighbours(
    broker_url: str, platform_settings: Settings, http: httpx2.Client, mode: str
) -> Neighbours:
    return make_neighbours(broker_url, platform_settings, http, mode, seeded=False)


def steps_of(neighbours: Neighbours, how: settings) -> int:
    """Run the machine; answers with how many steps it took."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    class OfThese(TwoTenants):
        def __init__(self) -> None:
            super().__init__(neighbours, count)

    run_state_machine_as_test(OfThese, settings=how)
    return steps


def test_two_tenants_are_each_as_alone(neighbours: Neighbours) -> None:
    assert steps_of(neighbours, FAST) > 50


@pytest.mark.slow
def test_two_tenants_are_each_as_alone_over_ten_thousand_steps(
    neighbours: Neighbours, mode: str
) -> None:
    steps = 0
    while steps < 10_000:  # hypothesis ends some examples early
        steps += steps_of(neighbours, SLOW)
    print(f"{mode}: {steps} steps")  # noqa: T201 — the figure that is asked for
