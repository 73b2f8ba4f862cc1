from collections.abc import AsyncIterator, Iterator

import pytest

from kit.db import Database, Databases, Server
from tests.databases import a_database, a_server


@pytest.fixture(scope="session")
def server(postgres_admin_dsn: str) -> Iterator[Server]:
    with a_server(postgres_admin_dsn) as lent:
        yield lent


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
