"""Two workers of one platform, whose OpenID Provider tests talk to."""

import socket
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import httpx2
import pytest

from renkei.settings import Settings
from tests import asking
from tests.authenticator import Maker
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.platforms import served, settings_of


@pytest.fixture(scope="session")
def maker() -> Maker:
    """Whose authenticators the platform believes to be hardware."""
    return Maker()


@pytest.fixture(scope="session")
def identity_settings(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory, maker: Maker
) -> Settings:
    roots = tmp_path_factory.mktemp("roots")
    (roots / "maker.pem").write_bytes(maker.pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return settings_of(
        tmp_path_factory.mktemp("identity"),
        postgres_admin_dsn,
        idp_federation={
            "issuer": f"http://127.0.0.1:{port}",
            "anchor": ANCHOR,
            "accounts": {"attestation_roots": str(roots)},
        },
    )


@pytest.fixture(scope="session")
def connections() -> Iterator[httpx2.Client]:
    with asking.client(timeout=30, follow_redirects=False, trust_env=False) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # tests keep them
        yield client


@pytest.fixture(scope="session")
def op(identity_settings: Settings, connections: httpx2.Client) -> Iterator[Op]:
    """The worker that answers at the issuer's own address."""
    port = int(str(identity_settings.idp_federation.issuer).rpartition(":")[2])
    with served(identity_settings, port) as url:
        yield Op(url=url, settings=identity_settings, http=connections)


@pytest.fixture(scope="session")
def other_worker(op: Op) -> Iterator[str]:
    """The address of a second worker of the same platform."""
    with served(op.settings) as url:
        yield url
