"""Tests of the standard's clauses are clients of one platform, each with a tenant of its own."""

from collections.abc import Iterator

import httpx2
import pytest

from renkei.settings import Settings
from tests.integration.conftest import broker_url, platform_settings
from tests.platforms import Client, make_tenant

__all__ = ["broker_url", "platform_settings"]


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    """The connections that all tests use."""
    with httpx2.Client(timeout=30) as connections:
        yield connections


@pytest.fixture
def client(http: httpx2.Client, broker_url: str, platform_settings: Settings) -> Client:
    """A client of a new tenant in the shared database."""
    tenant = make_tenant(broker_url, platform_settings)
    return Client(url=broker_url, tenant=tenant, http=http)


@pytest.fixture
def separated_client(http: httpx2.Client, broker_url: str, platform_settings: Settings) -> Client:
    """A client of a new tenant with a database of its own."""
    tenant = make_tenant(broker_url, platform_settings, "separated")
    return Client(url=broker_url, tenant=tenant, http=http)
