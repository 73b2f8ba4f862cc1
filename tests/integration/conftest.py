"""One platform for all tests of a session; each test has a tenant of its own."""

from collections.abc import Iterator

import pytest

from renkei.settings import Settings
from tests.platforms import Client, make_tenant, served, settings_of


@pytest.fixture(scope="session")
def platform_settings(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """What the session's platform runs with."""
    return settings_of(tmp_path_factory.mktemp("platform"), postgres_admin_dsn)


@pytest.fixture(scope="session")
def broker_url(platform_settings: Settings) -> Iterator[str]:
    """The address of the session's platform."""
    with served(platform_settings) as url:
        yield url


@pytest.fixture
def client(broker_url: str, platform_settings: Settings) -> Client:
    """A client of a new tenant in the shared database."""
    return Client(url=broker_url, tenant=make_tenant(broker_url, platform_settings))


@pytest.fixture
def separated_client(broker_url: str, platform_settings: Settings) -> Client:
    """A client of a new tenant with a database of its own."""
    tenant = make_tenant(broker_url, platform_settings, "separated")
    return Client(url=broker_url, tenant=tenant)
