"""A prefecture that is the trust anchor, and two cities below it."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx2
import pytest

from tests.certificates import write_certificates
from tests.integration.idp_federation.federation.members import Member, serving, tls_client


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority whose certificates all of them have."""
    directory = tmp_path_factory.mktemp("certificates")
    write_certificates(directory)
    return directory / "ca.pem"


@pytest.fixture(scope="session")
def secure(authority: Path) -> Iterator[httpx2.Client]:
    """The connections that all tests of the federation use."""
    with tls_client(authority) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@pytest.fixture(scope="session")
def members(
    postgres_admin_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Path,
    secure: httpx2.Client,
) -> Iterator[tuple[Member, Member, Member]]:
    """北海道, 札幌市 and 江別市."""
    directory = tmp_path_factory.mktemp("federation")
    with ExitStack() as stack:
        prefecture, sapporo, ebetsu = (
            stack.enter_context(serving(directory, postgres_admin_dsn, authority, secure))
            for _ in range(3)
        )
        prefecture.run("init", "anchor", "--name", "北海道", "--name-en", "Hokkaido")
        for city in (sapporo, ebetsu):
            city.below(prefecture)
            city.run("trust", "-", stdin=prefecture.run("configuration"))
        yield prefecture, sapporo, ebetsu


@pytest.fixture(scope="session")
def prefecture(members: tuple[Member, Member, Member]) -> Member:
    return members[0]


@pytest.fixture(scope="session")
def sapporo(members: tuple[Member, Member, Member]) -> Member:
    return members[1]


@pytest.fixture(scope="session")
def ebetsu(members: tuple[Member, Member, Member]) -> Member:
    return members[2]
