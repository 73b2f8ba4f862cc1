"""Where nobody signs in, everything is public but for what is tried in the sandbox."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from kit.json import JsonObject
from renkei.instance import Instance
from tests import asking
from tests.platforms import served, settings_of

AED = "urn:renkei:datamodels:AED"
_PATIENCE_S = 90


@pytest.fixture(scope="module")
def platform(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A platform with --auth off, asked with its operator's token."""
    folder: Path = tmp_path_factory.mktemp("open")
    catalog: JsonObject = {"looks": {"pause_s": 0.2, "part": 1.0}}
    settings = settings_of(folder, postgres_admin_dsn, auth="off", api_catalog=catalog)
    with served(settings) as url:
        headers = {"Authorization": f"Bearer {Instance(settings.data).operator_token()}"}
        with asking.client(base_url=url, headers=headers, timeout=60) as http:
            yield http


def listed(platform: httpx2.Client, tenant: str) -> list[JsonObject]:
    found = platform.get("/catalog/entries", params={"tenant": tenant, "limit": "100"}).json()
    entries: list[JsonObject] = found["entries"]
    return entries


def wait_for(platform: httpx2.Client, tenant: str, many: int) -> None:
    """Look until the keeper of entries has come by."""
    ends_s = time.monotonic() + _PATIENCE_S
    while len(listed(platform, tenant)) != many:
        assert time.monotonic() < ends_s, listed(platform, tenant)
        time.sleep(0.2)


def test_of_the_sandbox_no_entry_is_made_until_it_is_a_tenant_as_any_other(
    platform: httpx2.Client,
) -> None:
    assert platform.put("/admin/sandbox").is_success
    assert platform.post("/admin/tenants", json={"name": "town", "storage": "shared"}).is_success
    for tenant in ("sandbox", "town"):  # the sandbox first: it is looked at first
        entity = {"id": "urn:ngsi-ld:AED:written", "type": AED}
        written = platform.post(
            "/ngsi-ld/v1/entities", json=entity, headers={"NGSILD-Tenant": tenant}
        )
        assert written.status_code == 201, written.text
    wait_for(platform, "town", 2)
    assert listed(platform, "sandbox") == []
    everything = platform.get("/catalog/entries", params={"limit": "1000"}).text
    assert "sandbox--" not in everything

    assert platform.delete("/admin/sandbox").is_success
    gone = platform.delete(
        "/ngsi-ld/v1/entities/urn:ngsi-ld:AED:written", headers={"NGSILD-Tenant": "sandbox"}
    )
    assert gone.status_code == 204
    ends_s = time.monotonic() + _PATIENCE_S
    while not listed(platform, "sandbox"):  # it is a tenant as any other from now on
        assert time.monotonic() < ends_s
        time.sleep(0.2)
