"""A platform, a provider of others, and a browser that goes between them."""

import socket
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import pytest
from playwright.sync_api import Browser

from tests import asking
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.integration.idp_federation.upstreams import OidcProvider, oidc_provider
from tests.looking import opened_browser
from tests.platforms import served, settings_of


@pytest.fixture(scope="module")
def op(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Op]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = settings_of(
        tmp_path_factory.mktemp("upstream"),
        postgres_admin_dsn,
        idp_federation={"issuer": f"http://127.0.0.1:{port}", "anchor": ANCHOR},
    )
    with (
        asking.client(timeout=30, follow_redirects=False, trust_env=False) as http,
        served(settings, port) as url,
    ):
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Op(url=url, settings=settings, http=http)


@pytest.fixture(scope="module")
def there(op: Op) -> Iterator[OidcProvider]:
    with oidc_provider(op.http) as provider:
        yield provider


@pytest.fixture(scope="module")
def browser(op: Op, there: OidcProvider) -> Iterator[Browser]:
    """A browser, begun after the platforms and ended before other tests."""
    with opened_browser() as opened:
        yield opened
