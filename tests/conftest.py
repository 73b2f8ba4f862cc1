"""What tests of every kind share: a PostgreSQL server and free ports."""

import os
import socket
from collections.abc import Iterator

import pytest

from renkei.embedded import EmbeddedPostgres

_SERVER = os.environ.get("RENKEI_TEST_DATABASE_URL")


@pytest.fixture(scope="session", params=["embedded", "external"] if _SERVER else ["embedded"])
def postgres_admin_dsn(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The database `postgres` of a server, as its superuser: ours, and yours where one is named."""
    if request.param == "external":
        assert _SERVER is not None
        yield _SERVER
        return
    directory = tmp_path_factory.mktemp("server") / "postgres"
    with EmbeddedPostgres(directory, parameters={"fsync": "off"}) as postgres:
        yield postgres.admin_dsn


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
