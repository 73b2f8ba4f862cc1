"""/metrics and health as whoever watches reads them."""

from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.platforms import Client
from tests.readings import readings

SHELTER: JsonObject = {"id": "urn:ngsi-ld:EvacuationShelter:1", "type": "EvacuationShelter"}
CREATED = ("renkei_requests_total", "broker", "POST /entities", "201", "shared")


def test_metrics_need_a_token(broker_url: str, platform_settings: Settings) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = asking.get(f"{broker_url}/metrics", headers=headers)
        assert answer.status_code == 401
        assert "renkei_" not in answer.text
    token = Instance(platform_settings.data).operator_token()
    headers = {"Authorization": f"Bearer {token}"}
    assert asking.get(f"{broker_url}/metrics", headers=headers).status_code == 200


def test_requests_lanes_and_refusals_are_counted(
    client: Client, platform_settings: Settings
) -> None:
    before = readings(client.url, platform_settings.data)
    client.create(SHELTER)
    assert client.get("/entities/urn:ngsi-ld:Nobody:1").status_code == 404
    after = readings(client.url, platform_settings.data)
    grown = {key: value - before.get(key, 0.0) for key, value in after.items()}
    assert grown[CREATED] == 1
    assert (
        grown["renkei_requests_total", "broker", "GET /entities/{entity_id}", "404", "shared"] == 1
    )
    assert grown["renkei_request_seconds_count", "broker", "POST /entities"] == 1
    assert grown["renkei_flush_seconds_count",] >= 1
    assert after["renkei_database_connections", "allowed"] >= 1


def test_lookups_in_caches_are_counted(client: Client, platform_settings: Settings) -> None:
    context: JsonObject = {"@context": {"capacity": "https://a.example/capacity"}}

    def grown(entity: JsonObject) -> dict[tuple[str, str], float]:
        before = readings(client.url, platform_settings.data)
        client.create(entity)
        after = readings(client.url, platform_settings.data)
        name = "renkei_cache_lookups_total"
        return {
            (key[1], key[2]): value - before.get(key, 0.0)
            for key, value in after.items()
            if key[0] == name and value > before.get(key, 0.0)
        }

    first = grown({**SHELTER, **context})
    assert first["contexts", "miss"] == 1
    assert first["quotas", "miss"] == 1
    again = grown({**SHELTER, **context, "id": "urn:ngsi-ld:EvacuationShelter:2"})
    assert again["contexts", "hit"] == 1
    assert again["tenants", "hit"] >= 1
    assert again["quotas", "hit"] >= 1
    # The others are asked in the background, too, about whatever tenants there are.
    assert not again.keys() & {("contexts", "miss"), ("quotas", "miss")}


def test_no_metric_bears_the_name_of_a_tenant(client: Client, platform_settings: Settings) -> None:
    client.create(SHELTER)
    token = Instance(platform_settings.data).metrics_token()
    answer = asking.get(f"{client.url}/metrics", headers={"Authorization": f"Bearer {token}"})
    assert client.tenant not in answer.text


def test_pages_and_admin_paths_are_counted_by_route_and_house(
    client: Client, platform_settings: Settings
) -> None:
    asking.get(f"{client.url}/health/live")
    asking.get(f"{client.url}/nowhere/at/all")
    operator = {"Authorization": f"Bearer {Instance(platform_settings.data).operator_token()}"}
    asking.get(f"{client.url}/admin/tenants/{client.tenant}", headers=operator)
    found = readings(client.url, platform_settings.data)
    name = "renkei_requests_total"
    assert found[name, "renkei", "GET /health/live", "200", "none"] >= 1
    assert found[name, "renkei", "other", "404", "none"] >= 1
    assert found[name, "joint_use", "GET /admin/tenants/{name}", "200", "none"] >= 1
