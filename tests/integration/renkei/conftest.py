"""A platform that runs with --auth on, and a tenant of it with a policy."""

import socket
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import pytest

from tests import asking
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.integration.renkei.enforcing import City, a_city
from tests.platforms import served, settings_of


@pytest.fixture(scope="module")
def enforced(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Op]:
    """A platform that runs with --auth on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = settings_of(
        tmp_path_factory.mktemp("enforced"),
        postgres_admin_dsn,
        auth="on",
        idp_federation={"issuer": f"http://127.0.0.1:{port}", "anchor": ANCHOR},
    )
    with (
        asking.client(timeout=30, follow_redirects=False, trust_env=False) as http,
        served(settings, port) as url,
    ):
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Op(url=url, settings=settings, http=http)


@pytest.fixture(scope="module")
def city(enforced: Op) -> City:
    """A tenant that has an open entity, one of its services' own, and two residents' records."""
    return a_city(enforced)
