"""A platform that takes applications at once, a browser, and what of a page is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from joint_use.settings import OnboardingSettings
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import served, settings_of

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path(__file__).resolve().parents[3] / "test-artefacts" / "onboarding"
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Site:
    """A served platform and its operator's token."""

    url: str
    token: str


@pytest.fixture(scope="session")
def site(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = quick(settings_of(tmp_path_factory.mktemp("onboarding"), postgres_admin_dsn))
    with served(settings) as url:
        yield Site(url, Instance(settings.data).operator_token())


def quick(settings: Settings) -> Settings:
    """Let programs fill in the form as quickly as they do."""
    onboarding = OnboardingSettings.model_validate({"least_s": 0, "per_sender": 1000})
    joint_use = settings.joint_use.model_copy(update={"onboarding": onboarding})
    return settings.model_copy(update={"joint_use": joint_use})


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """A browser, begun after the platform and ended before other tests: it runs an event loop."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass(frozen=True)
class Look:
    """Looks at pages: takes pictures of them and asks axe what is wrong with them."""

    page: Page
    name: str

    def at(self, what: str) -> None:
        """Keep a picture of the page as it is; it breaks no rule and is no wider than the window.

        Rules are those of axe: WCAG 2.2 A and AA, and its best practices.
        """
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{self.name}-{what}.png"), full_page=True)
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{what}: {found.generate_report()}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{what} is {wide} px wider than the window"
