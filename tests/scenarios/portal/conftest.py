"""A platform with the demo and what is published on it, and a browser."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from kit.json import JsonObject
from renkei.instance import Instance
from tests.looking import opened_browser
from tests.platforms import served, settings_of
from tests.scenarios.portal.stage import furnish


@dataclass(frozen=True)
class Shown:
    """A served platform and its operator's token."""

    url: str
    token: str


@pytest.fixture(scope="module")
def shown(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A platform as municipalities run it: with --auth on, and at its own address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    catalog: JsonObject = {"looks": {"pause_s": 0.2, "part": 1.0}}
    settings = settings_of(
        tmp_path_factory.mktemp("portal"),
        postgres_admin_dsn,
        demo=True,
        auth="on",
        idp_federation={"issuer": address},
        api_catalog=catalog,
    )
    with served(settings, port) as url:
        token = Instance(settings.data).operator_token()
        furnish(url, token)
        yield Shown(url, token)


@pytest.fixture(scope="module")
def browser(shown: Shown) -> Iterator[Browser]:
    """A browser, begun after the platform and ended before other tests."""
    with opened_browser() as opened:
        yield opened
