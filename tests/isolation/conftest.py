"""Two tenants in every mode of storage; a module may use one pair for all its tests."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from broker.store.tenants import MIGRATIONS
from kit.db import Server
from renkei.settings import Settings
from tests.databases import a_database
from tests.isolation.neighbours import MODES, Neighbours, make_neighbours
from tests.stores import Platform, Registry, a_platform, drop_separated


@pytest.fixture(scope="module", params=MODES, ids=[mode.replace(" ", "_") for mode in MODES])
def mode(request: pytest.FixtureRequest) -> str:
    """How the two tenants' data are kept."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def neighbours(
    broker_url: str, platform_settings: Settings, http: httpx2.Client, mode: str
) -> Neighbours:
    """Two tenants that have something of everything; who takes of A's puts it back."""
    return make_neighbours(broker_url, platform_settings, http, mode)


@pytest.fixture
async def platform(server: Server) -> AsyncIterator[Platform]:
    """Stores over databases of the test's own."""
    registry = Registry()
    async with a_database(server, MIGRATIONS) as shared:
        try:
            async with a_platform(server, shared, registry) as opened:
                yield opened
        finally:
            await drop_separated(server, registry, shared)
