"""A prefecture that is the trust anchor, and two cities below it."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx2
import pytest

from kit.json import JsonObject
from tests.certificates import write_certificates
from tests.integration.idp_federation.federation.members import (
    MAP,
    Member,
    serving,
    tls_client,
)
from tests.integration.idp_federation.federation.strangers import Stranger, strange
from tests.integration.idp_federation.federation.travellers import Service


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
            city.run("trust", "-", stdin=prefecture.configuration())
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


@pytest.fixture
def stranger(authority: Path) -> Iterator[Stranger]:
    """An entity that nobody knows yet."""
    with strange(authority) as made:
        yield made


@pytest.fixture
def other_stranger(authority: Path) -> Iterator[Stranger]:
    """Another one."""
    with strange(authority) as made:
        yield made


@pytest.fixture(scope="session")
def library(authority: Path, prefecture: Member) -> Iterator[Stranger]:
    """江別市図書館, a service that the prefecture has enrolled."""
    with strange(authority) as stranger:
        stranger.as_service(prefecture)
        yield stranger


@pytest.fixture(scope="session")
def linked(
    prefecture: Member, sapporo: Member, ebetsu: Member, library: Stranger
) -> tuple[Service, Service]:
    """The library as it asks at 札幌市 and at 江別市, which accept it and each other."""
    content: JsonObject = {"assurance_map": MAP}
    issued = prefecture.admin("POST", "/marks", {"subject": sapporo.url, "content": content})
    assert issued.status_code == 201, issued.text
    sapporo.run("mark", "show", prefecture.url)
    for city, other in ((sapporo, ebetsu), (ebetsu, sapporo)):
        city.run("peer", "allow", library.url, "--tenant", "default", "--scope", "openid read")
        city.run("peer", "allow", other.url, "--tenant", "default")
    told = ebetsu.run("peer", "check", sapporo.url)
    assert "active" in told
    assert "問題" not in told
    return Service(stranger=library, member=sapporo), Service(stranger=library, member=ebetsu)
