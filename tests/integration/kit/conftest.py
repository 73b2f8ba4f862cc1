from collections.abc import AsyncIterator

import pytest

from kit.db import Database, Databases, Server
from tests.databases import a_database


@pytest.fixture
async def database(server: Server) -> AsyncIterator[Database]:
    async with a_database(server) as lent:
        yield lent


@pytest.fixture
async def other_database(server: Server) -> AsyncIterator[Database]:
    async with a_database(server) as lent:
        yield lent


@pytest.fixture
async def databases(server: Server) -> AsyncIterator[Databases]:
    async with Databases([server], budget=4) as opened:
        yield opened
