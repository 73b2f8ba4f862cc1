"""What tests of clauses add: both storages, tenants that are only read, a server of @contexts.

A module whose `pytestmark` is `both_storages` runs in a shared and in a separated tenant.
"""

from collections.abc import Iterator

import httpx2
import pytest

from renkei.settings import Settings
from tests.conformance.serving import Served, serving
from tests.platforms import Client, make_tenant

STORAGES = ("shared", "separated")
MARK = "both_storages"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: runs in a shared and in a separated tenant")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "storage" in metafunc.fixturenames and metafunc.definition.get_closest_marker(MARK):
        metafunc.parametrize("storage", STORAGES, scope="module")


@pytest.fixture(scope="module")
def storage() -> str:
    """Where the tenant's data lie, where a module does not ask for both."""
    return "shared"


@pytest.fixture(scope="session")
def separated_tenant(broker_url: str, platform_settings: Settings) -> str:
    """One tenant with a database of its own, which takes longer to make than a test to run."""
    return make_tenant(broker_url, platform_settings, "separated")


@pytest.fixture
def client(
    http: httpx2.Client,
    broker_url: str,
    platform_settings: Settings,
    storage: str,
    request: pytest.FixtureRequest,
) -> Client:
    """A client of a tenant without entities."""
    if storage == "shared":
        tenant = make_tenant(broker_url, platform_settings)
        return Client(url=broker_url, tenant=tenant, http=http)
    tenant = request.getfixturevalue("separated_tenant")
    emptied = Client(url=broker_url, tenant=tenant, http=http)
    assert emptied.send("DELETE", "/entities", params={"type": "*"}).status_code == 204
    return emptied


@pytest.fixture(scope="module")
def reader(
    http: httpx2.Client, broker_url: str, platform_settings: Settings, storage: str
) -> Client:
    """A client of a tenant that a module's tests share, to fill once and only read."""
    tenant = make_tenant(broker_url, platform_settings, storage)
    return Client(url=broker_url, tenant=tenant, http=http)


@pytest.fixture
def elsewhere() -> Iterator[Served]:
    """A server of @contexts that is not the platform."""
    with serving() as served:
        yield served
