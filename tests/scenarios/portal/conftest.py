"""A platform with the demo and what is published on it, and a browser."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from renkei.instance import Instance
from tests.looking import opened_browser
from tests.platforms import served, settings_of
from tests.scenarios.portal.stage import furnish


@dataclass(frozen=True)
class Shown:
    """A served platform and its operator's token."""

    url: str
    token: str


@pytest.fixture(scope="session")
def shown(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    settings = settings_of(tmp_path_factory.mktemp("portal"), postgres_admin_dsn, demo=True)
    with served(settings) as url:
        token = Instance(settings.data).operator_token()
        furnish(url, token)
        yield Shown(url, token)


@pytest.fixture(scope="module")
def browser(shown: Shown) -> Iterator[Browser]:
    """A browser, begun after the platform and ended before other tests."""
    with opened_browser() as opened:
        yield opened
