"""A browser that looks at pages: what axe finds wrong with them, and pictures on request."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PICTURES = os.environ.get("RENKEI_TEST_PICTURES")
"""The folder where pictures of pages are kept, for people to look at; none are taken without it."""
PATIENCE_MS = 60_000


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Lend a browser; end it before other tests begin: it runs an event loop."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass(frozen=True)
class Reader:
    """Somebody with a screen and a language, who may prefer dark pages and do without scripts."""

    language: str
    width: int
    is_dark: bool

    @property
    def name(self) -> str:
        return f"{self.language}-{self.width}"


READERS = (Reader("ja-JP", 1280, is_dark=False), Reader("en-GB", 360, is_dark=True))


def page_for(browser: Browser, reader: Reader) -> Page:
    """Open a page as a reader would."""
    context = browser.new_context(
        viewport={"width": reader.width, "height": 900},
        locale=reader.language,
        color_scheme="dark" if reader.is_dark else "light",
        service_workers="block",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def arrived_at(page: Page, address: str) -> dict[str, str]:
    """Wait until the browser has been sent to a service's address; answer with what it brings.

    There is no such host. Who answers in its place is not always asked, and then the browser shows
    a page of its own; where it meant to go stands in its history.
    """
    try:
        page.wait_for_url(f"{address}*")
        where = page.url
    except Error as error:
        if "ERR_NAME_NOT_RESOLVED" not in error.message:
            raise
        history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
        where = history["entries"][history["currentIndex"]]["url"]
        assert where.startswith(address), where
    return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


@dataclass(frozen=True)
class Look:
    """Looks at pages: takes pictures of them and asks axe what is wrong with them."""

    page: Page
    folder: str
    name: str

    def at(self, what: str) -> None:
        """Look at the page as it is: it breaks no rule and is no wider than the window.

        Rules are those of axe: WCAG 2.2 A and AA, and its best practices.
        """
        self.page.wait_for_load_state()
        if PICTURES:
            picture = Path(PICTURES, self.folder, f"{self.name}-{what}.png")
            self.page.screenshot(path=picture, full_page=True)
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{what}: {found.generate_report()}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{what} is {wide} px wider than the window"
