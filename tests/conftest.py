"""What tests of every kind share: a PostgreSQL server, a platform, clients, free ports."""

import gc
import os
import socket
from collections.abc import Iterator

import httpx2
import hypothesis
import pytest

from kit.db import Server
from renkei.embedded import EmbeddedPostgres
from renkei.settings import Settings
from tests import asking
from tests.databases import a_server
from tests.platforms import Client, make_tenant, served, settings_of
from tests.turns import in_turns

_SERVER = os.environ.get("RENKEI_TEST_DATABASE_URL")

gc.disable()  # until all tests are found: what is made until then lasts to the end

# How long an example takes says more of the machine than of what is tested.
hypothesis.settings.register_profile("renkei", deadline=None)
hypothesis.settings.load_profile("renkei")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files in turns; with a second server pytest's own order is kept, server by server."""
    if _SERVER is None:
        files = dict.fromkeys(_file_of(item) for item in items)
        places = {file: place for place, file in enumerate(in_turns(list(files)))}
        items.sort(key=lambda item: places[_file_of(item)])


def pytest_collection_finish() -> None:
    """Leave out what lasts where garbage is looked for: it is most of what there is."""
    gc.freeze()
    gc.enable()


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


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


@pytest.fixture(scope="session")
def server(postgres_admin_dsn: str) -> Iterator[Server]:
    """The same server as the platform knows one, with a role of the session's own."""
    with a_server(postgres_admin_dsn) as lent:
        yield lent


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


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


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    """The connections that all clients use."""
    with asking.client(timeout=30) as connections:
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
