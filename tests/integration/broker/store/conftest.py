"""Stores over real PostgreSQL: each test has databases and tenants of its own."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker.store.tenants import MIGRATIONS
from joint_use import Storage, Tenant
from kit.db import Server
from tests.databases import a_database
from tests.stores import Platform, Proxy, Registry, a_platform, drop_separated


@pytest.fixture
async def platform(server: Server) -> AsyncIterator[Platform]:
    registry = Registry()
    async with a_database(server, MIGRATIONS) as shared:
        try:
            async with a_platform(server, shared, registry) as opened:
                yield opened
        finally:
            await drop_separated(server, registry, shared)


@pytest.fixture(params=[Storage.SEPARATED, Storage.SHARED], ids=lambda storage: storage.value)
async def tenant(request: pytest.FixtureRequest, platform: Platform) -> Tenant:
    storage: Storage = request.param
    return await platform.a_tenant(storage)


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:  # a socket's path is short
        async with Proxy(server.application_dsn, Path(directory)).listening() as listening:
            yield listening
