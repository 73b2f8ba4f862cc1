"""A further server that is away costs its own tenants alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from renkei.settings import Settings, SettingsRefused, load
from tests.platforms import Client, make_tenant, served, settings_of
from tests.scenarios.processes.conftest import eventually


@pytest.fixture
def east(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "east" / "postgres", parameters={"fsync": "off"}) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, postgres_admin_dsn: str, east: EmbeddedPostgres) -> Settings:
    return settings_of(
        tmp_path / "platform", postgres_admin_dsn, database={"servers": {"east": east.admin_dsn}}
    )


def test_a_server_that_is_away_costs_its_own_tenants_alone(
    settings: Settings, east: EmbeddedPostgres, http: httpx2.Client
) -> None:
    with served(settings) as url:
        here = Client(url=url, tenant=make_tenant(url, settings), http=http)
        token = Instance(settings.data).operator_token()
        asked = {"name": "far", "storage": "separated", "server": "east"}
        made = http.post(
            f"{url}/admin/tenants", json=asked, headers={"Authorization": f"Bearer {token}"}
        )
        assert (made.status_code, made.json()["server"]) == (201, "east")
        there = Client(url=url, tenant="far", http=http)
        for client in (here, there):
            client.create({"id": "urn:a:1", "type": "A"})
        assert "away" not in http.get(f"{url}/health/ready").json()
        east.stop(0.0)
        for answer in (
            there.get("/entities/urn:a:1"),
            there.get("/entities", type="A"),
            there.send("POST", "/entities", {"id": "urn:a:2", "type": "A"}),
        ):
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert here.get("/entities/urn:a:1").status_code == 200
        here.create({"id": "urn:a:2", "type": "A"})
        ready = http.get(f"{url}/health/ready")
        assert ready.status_code == 200
        assert list(ready.json()["away"]) == ["server east"]
        east.start()
        assert there.get("/entities/urn:a:1").status_code == 200


def test_the_platform_starts_without_a_server_that_is_away(
    settings: Settings, east: EmbeddedPostgres, http: httpx2.Client
) -> None:
    east.stop(0.0)
    with served(settings) as url:
        assert eventually(lambda: http.get(f"{url}/health/ready").status_code == 200)
        assert list(http.get(f"{url}/health/ready").json()["away"]) == ["server east"]


def test_each_server_has_a_password_of_its_own(settings: Settings) -> None:
    instance = Instance(settings.data)
    assert instance.application_password() != instance.application_password("east")


def test_servers_are_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKEI_DATABASE__SERVERS__EAST", "postgresql://me@east.example/postgres")
    servers = load({"data": str(tmp_path)}).database.servers
    assert list(servers) == ["east"]
    assert "east.example" not in str(servers)


@pytest.mark.parametrize("name", ["main", "shared", "East", "e-1"])
def test_a_name_that_means_something_else_names_no_server(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsRefused, match="SERVERS"):
        load({"data": str(tmp_path), "database": {"servers": {name: "postgresql://x/y"}}})
