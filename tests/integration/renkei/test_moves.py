"""Operators move tenants over HTTP; clients notice nothing but where their data are."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from kit.json import JsonObject
from renkei.commands.tenant import app
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from renkei.settings import Settings
from tests.conformance.mapped import TYPE
from tests.conformance.snapshots import filled, on, until
from tests.platforms import Client, make_tenant, served, settings_of


@pytest.fixture(scope="module")
def east(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    directory = tmp_path_factory.mktemp("east") / "postgres"
    with EmbeddedPostgres(directory, parameters={"fsync": "off"}) as server:
        yield server


@pytest.fixture(scope="module")
def settings(
    tmp_path_factory: pytest.TempPathFactory, postgres_admin_dsn: str, east: EmbeddedPostgres
) -> Settings:
    asked = settings_of(
        tmp_path_factory.mktemp("moves"),
        postgres_admin_dsn,
        database={"servers": {"east": east.admin_dsn}},
    )
    together = asked.joint_use.model_copy(
        update={"moves": asked.joint_use.moves.model_copy(update={"kept_s": 0.0})}
    )
    return asked.model_copy(update={"joint_use": together})


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with served(settings) as address:
        yield address


class Operator:
    """Who moves tenants over HTTP."""

    def __init__(self, url: str, settings: Settings, http: httpx2.Client) -> None:
        token = Instance(settings.data).operator_token()
        self._url = f"{url}/admin/tenants"
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, tenant: str, to: str) -> httpx2.Response:
        return self._http.post(
            f"{self._url}/{tenant}/moves", json={"to": to}, headers=self._headers
        )

    def moves(self, tenant: str) -> list[dict[str, Any]]:
        answer = self._http.get(f"{self._url}/{tenant}/moves", headers=self._headers)
        found: list[dict[str, Any]] = answer.json()
        return found

    def move(self, tenant: str, to: str) -> dict[str, Any]:
        """Move a tenant and wait until nothing is left to do."""
        answer = self.ask(tenant, to)
        assert answer.status_code == 202, answer.text
        until(lambda: self.moves(tenant)[0]["phase"] in {"moved", "rolled_back"})
        return self.moves(tenant)[0]

    def show(self, tenant: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(
            f"{self._url}/{tenant}", headers=self._headers
        ).json()
        return found


@pytest.fixture
def operator(url: str, settings: Settings, http: httpx2.Client) -> Operator:
    return Operator(url, settings, http)


@pytest.fixture
def client(url: str, settings: Settings, http: httpx2.Client) -> Client:
    return Client(url=url, tenant=make_tenant(url, settings), http=http)


def entity(number: int) -> JsonObject:
    return {"id": f"urn:a:{number}", "type": TYPE, "n": {"type": "Property", "value": number}}


def test_a_tenant_moves_from_place_to_place(client: Client, operator: Operator) -> None:
    client.create(entity(0))
    for number, to in enumerate(("separated", "east", "shared"), 1):
        moved = operator.move(client.tenant, to)
        assert (moved["phase"], moved["reason"]) == ("moved", "")
        client.create(entity(number))
        assert len(client.get("/entities", type=TYPE).json()) == number + 1
    shown = operator.show(client.tenant)
    assert (shown["storage"], shown["server"], shown["epoch"]) == ("shared", "main", 4)


def test_snapshots_maps_contexts_and_subscriptions_move_too(
    client: Client, operator: Operator
) -> None:
    client.create(entity(1))
    snapshot = filled(client)
    client.create(entity(2))
    document: JsonObject = {
        "id": "urn:ngsi-ld:Subscription:1",
        "type": "Subscription",
        "entities": [{"type": TYPE}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    assert client.send("POST", "/subscriptions", document).status_code == 201
    context: JsonObject = {"@context": {"名": "https://example.jp/ns#name"}}
    hosted = client.send("POST", "/jsonldContexts", context)
    kept = hosted.headers["Location"].removeprefix("/ngsi-ld/v1")
    before = client.get("/subscriptions").json()
    for to in ("separated", "shared"):
        assert operator.move(client.tenant, to)["phase"] == "moved"
        frozen = on(client, snapshot, "GET", "/entities", type=TYPE)
        assert [one["id"] for one in frozen.json()] == ["urn:a:1"]
        assert client.get("/subscriptions").json() == before
        assert client.get(kept).json() == context
    assert client.get("/entities", type=TYPE, count="true").headers["NGSILD-Results-Count"] == "2"


@pytest.mark.parametrize("to", ["nowhere", "east/shared", "shared", "main/external", ""])
def test_a_place_that_is_none_is_refused(client: Client, operator: Operator, to: str) -> None:
    answer = operator.ask(client.tenant, to)
    assert (answer.status_code, answer.json()["where"]) == (400, "to")


def test_an_unknown_tenant_is_not_moved(operator: Operator) -> None:
    assert operator.ask("nobody_made_this_one", "separated").status_code == 404


def test_a_move_to_a_server_that_is_away_leaves_the_tenant_where_it_was(
    client: Client, operator: Operator, east: EmbeddedPostgres
) -> None:
    client.create(entity(1))
    east.stop(0.0)
    try:
        assert operator.ask(client.tenant, "east").status_code == 202
        assert operator.ask(client.tenant, "separated").status_code == 409
        until(lambda: operator.moves(client.tenant)[0]["attempts"] > 1)
        client.create(entity(2))
    finally:
        east.start()
    until(lambda: operator.moves(client.tenant)[0]["phase"] in {"moved", "rolled_back"})
    assert len(client.get("/entities", type=TYPE).json()) == 2
    client.create(entity(3))


def test_operators_alone_move_tenants(url: str, client: Client, http: httpx2.Client) -> None:
    path = f"{url}/admin/tenants/{client.tenant}/moves"
    assert http.post(path, json={"to": "separated"}).status_code == 401
    assert http.get(f"{url}/admin/moves").status_code == 401


def test_the_help_names_every_way_in_and_out() -> None:
    said = CliRunner().invoke(app, ["--help"]).output
    assert all(word in said for word in ("move", "moves", "export", "import", "backup", "restore"))
