"""A platform at a host name, as passkeys need one, and a browser."""

import socket
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import pytest
from playwright.sync_api import Browser

from tests import asking
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.looking import opened_browser
from tests.platforms import served, settings_of


@pytest.fixture(scope="module")
def named_op(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Op]:
    """A platform whose people may open accounts for themselves."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    issuer = f"http://localhost:{port}"
    settings = settings_of(
        tmp_path_factory.mktemp("named"),
        postgres_admin_dsn,
        idp_federation={
            "issuer": issuer,
            "anchor": ANCHOR,
            "accounts": {"self_registration": True},
        },
    )
    with (
        asking.client(timeout=30, follow_redirects=False, trust_env=False) as http,
        served(settings, port),
    ):
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Op(url=issuer, settings=settings, http=http)


@pytest.fixture(scope="module")
def browser(named_op: Op) -> Iterator[Browser]:
    """A browser, begun after the platform and ended before other tests."""
    with opened_browser() as opened:
        yield opened
