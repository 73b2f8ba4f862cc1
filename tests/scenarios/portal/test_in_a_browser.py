"""The portal as people see it: both languages, narrow and wide, light and dark, on paper."""

import pytest
from playwright.sync_api import Browser, Page

from tests.looking import READERS, Look, Reader, page_for
from tests.scenarios.portal.conftest import Shown


@pytest.fixture(params=READERS, ids=lambda reader: reader.name)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@pytest.fixture
def page(browser: Browser, reader: Reader) -> Page:
    return page_for(browser, reader)


def test_somebody_finds_what_is_published(shown: Shown, page: Page, reader: Reader) -> None:
    look = Look(page, "portal", reader.name)
    page.goto(shown.url + "/")
    look.at("front")
    page.fill("#q", "公共施設")
    page.keyboard.press("Enter")
    look.at("search")
    assert page.locator(".hit").count() >= 4
    page.locator(".facets a[href*='kind=dataset']").click()
    look.at("narrowed-down")
    assert page.locator(".hit").count() >= 4
    page.locator(".hit a[href='/entries/ebetsu--publicfacility']").click()
    look.at("dataset")
    page.goto(shown.url + "/entries/takamatsu--publictoilet")
    page.locator("#map[data-ready=true]").wait_for()
    look.at("map")
    page.goto(shown.url + "/entries/takamatsu--publictoilet/quality")
    look.at("quality")
    page.goto(shown.url + "/entries/ebetsu-points")
    look.at("service")
    page.locator(".operations a").first.click()
    look.at("operation")
    page.goto(shown.url + "/search?q=ありません")
    look.at("nothing-found")
    for path in (
        "models",
        "models/PublicToilet",
        "tenants",
        "tenants/ebetsu",
        "owners/ebetsu_ict",
        "developers",
    ):
        page.goto(f"{shown.url}/{path}")
        look.at(path.replace("/", "-"))
