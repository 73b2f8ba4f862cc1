"""A platform that takes applications at once, and a browser."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from joint_use.settings import OnboardingSettings
from renkei.instance import Instance
from renkei.settings import Settings
from tests.looking import opened_browser
from tests.platforms import served, settings_of


@dataclass(frozen=True)
class Site:
    """A served platform and its operator's token."""

    url: str
    token: str


@pytest.fixture(scope="module")
def site(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It asks for tokens, as `renkei up` does, and so issues clients."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = settings_of(
        tmp_path_factory.mktemp("onboarding"),
        postgres_admin_dsn,
        auth="on",
        idp_federation={"issuer": f"http://127.0.0.1:{port}"},
    )
    with served(quick(settings), port) as url:
        yield Site(url, Instance(settings.data).operator_token())


def quick(settings: Settings) -> Settings:
    """Let programs fill in the form as quickly as they do."""
    onboarding = OnboardingSettings.model_validate({"least_s": 0, "per_sender": 1000})
    joint_use = settings.joint_use.model_copy(update={"onboarding": onboarding})
    return settings.model_copy(update={"joint_use": joint_use})


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """A browser, begun after the platform and ended before other tests."""
    with opened_browser() as opened:
        yield opened
