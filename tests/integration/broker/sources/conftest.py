"""Two platforms in this process: ours, and the one that an external tenant's data are at.

Where RENKEI_TEST_FOREIGN_BROKER names the address of an NGSI-LD broker written by others, what
`there` is used by is run against that one, too.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client, make_tenant, served, settings_of

_FOREIGN = os.environ.get("RENKEI_TEST_FOREIGN_BROKER")


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The platform that mediates, and the operator's way into it."""

    url: str
    settings: Settings
    http: httpx2.Client

    def admin(self, method: str, path: str, body: JsonObject | None = None) -> httpx2.Response:
        token = Instance(self.settings.data).operator_token()
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.request(method, self.url + path, json=body, headers=headers)

    def external(self, url: str, tenant: str | None = None, **more: object) -> Client:
        """Make an external tenant; answers with a client of it."""
        name = f"x_{secrets.token_hex(6)}"
        endpoint = {"url": url, "tenant": tenant, **more}
        asked = {"name": name, "storage": "external", "endpoint": endpoint}
        answer = self.admin("POST", "/admin/tenants", asked)  # type: ignore[arg-type]  # JSON it is
        assert answer.status_code == 201, answer.text
        return Client(url=self.url, tenant=name, http=self.http)


@pytest.fixture(scope="session")
def source_settings(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(tmp_path_factory.mktemp("source"), postgres_admin_dsn)


@pytest.fixture(scope="session")
def source_url(source_settings: Settings) -> Iterator[str]:
    """The address of the platform that plays the tenant's own endpoint."""
    with served(source_settings) as url:
        yield url


@pytest.fixture(scope="session")
def hub(http: httpx2.Client, broker_url: str, platform_settings: Settings) -> Hub:
    return Hub(url=broker_url, settings=platform_settings, http=http)


@pytest.fixture(params=["renkei", "foreign"] if _FOREIGN else ["renkei"])
def there(
    request: pytest.FixtureRequest, http: httpx2.Client, source_url: str, source_settings: Settings
) -> Client:
    """A client that asks the source itself, in a tenant of the test's own."""
    if request.param == "foreign":
        assert _FOREIGN is not None
        return Client(url=_FOREIGN, tenant=f"t_{secrets.token_hex(6)}", http=http)
    return Client(url=source_url, tenant=make_tenant(source_url, source_settings), http=http)


@pytest.fixture
def here(hub: Hub, there: Client) -> Client:
    """A client of the external tenant whose data are there."""
    return hub.external(there.url, there.tenant)
