"""The portal as people see it: both languages, narrow and wide, light and dark, on paper."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from joint_use.terms.profile_document import document_of
from tests import asking
from tests.looking import PATIENCE_MS, READERS, Look, Reader, page_for
from tests.profiles import A_PROFILE
from tests.scenarios.portal.conftest import Shown

API = "/entries/takamatsu--ngsi-ld"
DATASET = "/entries/takamatsu--publictoilet"
MOST_KB = {"/": 60, "/search": 60, DATASET: 130, API: 60, "/models/PublicToilet": 60}
"""What each page may weigh with all that it loads, as it goes over the wire."""


@pytest.fixture(params=READERS, ids=lambda reader: reader.name)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@dataclass
class Watch:
    """What a page loads and what its browser complains of."""

    origin: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:")):
            self.elsewhere.append(request.url)


@pytest.fixture
def page(shown: Shown, browser: Browser, reader: Reader) -> Iterator[Page]:
    """A page whose browser asks nobody else for anything and has nothing to complain of."""
    opened, watch = page_for(browser, reader), Watch(shown.url)
    opened.on("request", watch.asked)
    opened.on("pageerror", lambda error: watch.complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: watch.complaints.append(said.text) if "Policy" in said.text else None,
    )
    yield opened
    opened.context.close()
    assert watch.elsewhere == []
    assert watch.complaints == []


def test_somebody_finds_what_is_published(shown: Shown, page: Page, reader: Reader) -> None:
    look = Look(page, "portal", reader.name)
    page.goto(shown.url + "/")
    look.at("front")
    page.fill("#q", "公共施設")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    look.at("search")
    page.locator(".facets a[href*='kind=dataset']").click()
    page.wait_for_url("**/search?*kind=dataset*")
    expect(page.locator(".hit")).to_have_count(4)
    look.at("narrowed-down")
    page.locator(".hit a[href='/entries/ebetsu--publicfacility']").click()
    look.at("dataset")
    page.goto(shown.url + "/search?q=ありません")
    look.at("nothing-found")
    paths = ("models", "models/PublicToilet", "tenants", "tenants/takamatsu", "developers")
    for path in (*paths, "owners/takamatsu_ict", "entries/ebetsu-points", "join"):
        page.goto(f"{shown.url}/{path}")
        look.at(path.replace("/", "-"))


def test_a_dataset_is_seen_on_a_map_as_a_table_and_on_paper(
    shown: Shown, page: Page, reader: Reader
) -> None:
    look = Look(page, "portal", reader.name)
    page.goto(shown.url + DATASET)
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map[data-ready=true]").wait_for()
    look.at("map")
    expect(page.locator("#map-told")).to_contain_text("169")
    page.locator("#map").focus()
    for _ in range(3):
        page.keyboard.press("+")
    page.locator("#map .degree").first.wait_for()
    expect(page.locator("table.data tbody tr")).to_have_count(20)
    page.locator("nav.pages a[rel=next]").click()
    expect(page.locator("nav.pages")).to_contain_text("2 / 9")
    with page.expect_download() as begun:
        page.locator(".downloads a").first.click()
    assert begun.value.suggested_filename == "takamatsu-PublicToilet.csv"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1040})  # A4 between its margins
    look.at("map-printed")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": reader.width, "height": 900})
    page.goto(shown.url + DATASET + "/quality")
    look.at("quality")


def test_the_maps_library_is_fetched_when_the_map_comes_near(
    shown: Shown, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 240}, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    answers: dict[str, str | None] = {}
    page.on(
        "response",
        lambda one: answers.update(
            {one.url.rpartition("/")[2]: one.headers.get("content-encoding")}
        ),
    )
    page.goto(shown.url + DATASET, wait_until="networkidle")
    assert "map.js" in answers
    assert not answers.keys() & {"leaflet.js", "leaflet.css", "places.geojson?lang=ja"}
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map[data-ready=true]").wait_for()
    for file in ("leaflet.js", "leaflet.css", "places.geojson?lang=ja"):
        assert answers[file] == "gzip"
    page.goto(shown.url + DATASET + "?lang=en", wait_until="networkidle")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.locator("#map[data-ready=true]").wait_for()
    expect(page.locator("#map-told")).to_contain_text("169 places")
    context.close()


def test_an_api_is_read_about_and_tried(shown: Shown, page: Page, reader: Reader) -> None:
    look = Look(page, "portal", reader.name)
    page.goto(shown.url + API)
    look.at("api")
    page.locator(".operations a[href$='/get-ngsi-ld-v1-entities']").click()
    page.locator("#try button").click()
    page.locator("#outcome[data-status='200']").wait_for()
    expect(page.locator("#outcome-body")).to_contain_text('"PublicFacility"')
    look.at("tried")
    page.goto(shown.url + API + "/operations/patch-ngsi-ld-v1-entities-entityId-attrs")
    page.locator("#try button").click()
    page.locator("#outcome[data-status='204']").wait_for()
    look.at("tried-to-write")


def test_the_operator_compares_the_platforms_attributes(
    shown: Shown, page: Page, reader: Reader
) -> None:
    headers = {"authorization": f"Bearer {shown.token}"}
    address = f"{shown.url}/admin/profile"
    entered = asking.put(address, json=document_of(A_PROFILE), headers=headers, timeout=30)
    assert entered.is_success, entered.text
    look = Look(page, "portal", reader.name)
    page.goto(shown.url + "/platform")
    look.at("platform")
    page.goto(shown.url + "/operator/comparison")
    page.fill("#token", shown.token)
    page.locator("main button").click()
    page.goto(shown.url + "/operator/comparison")
    page.fill("#peer", f"{shown.url}/nothing")
    page.locator("main form[action$=comparison] button").click()
    look.at("no-peer")
    page.fill("#peer", shown.url)
    page.locator("main form[action$=comparison] button").click()
    look.at("compared")
    expect(page.locator("main tbody tr")).to_have_count(11)


def test_everything_but_map_and_trying_works_without_scripts(
    shown: Shown, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(shown.url + "/")
    page.fill("#q", "トイレ")
    page.keyboard.press("Enter")
    page.locator(f".hit a[href='{DATASET}']").click()
    expect(page.locator("table.data tbody tr")).to_have_count(20)
    expect(page.locator("#map")).to_contain_text("JavaScript")
    page.goto(shown.url + API + "/operations/get-ngsi-ld-v1-entities")
    expect(page.locator("noscript")).to_have_count(1)
    expect(page.locator("#try")).to_be_hidden()
    context.close()


def test_a_keyboard_is_enough_to_search(shown: Shown, browser: Browser) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(shown.url + "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    page.keyboard.press("Tab")
    page.keyboard.type("AED")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*q=AED*")
    expect(page.locator("#count")).to_be_visible()
    context.close()


def test_pages_weigh_little(shown: Shown, browser: Browser) -> None:
    weights = {path: slow_load(browser, shown.url + path).weight_kb for path in MOST_KB}
    assert {path: kb for path, kb in weights.items() if kb > MOST_KB[path]} == {}


@pytest.mark.slow
def test_pages_begin_quickly_on_a_slow_phone(shown: Shown, browser: Browser) -> None:
    """Times are shown beside those of an answer of a few bytes; a machine's are not judged."""
    for path in (*MOST_KB, "/health"):
        some = [slow_load(browser, shown.url + path) for _ in range(3)]
        best = min(some, key=lambda one: one.ready_ms)
        print(  # noqa: T201 - what was measured is shown, not asserted
            f"{path}: {best.weight_kb:.0f} KB, first paint {best.painted_ms:.0f} ms, "
            f"loaded {best.ready_ms:.0f} ms"
        )
        assert best.ready_ms > 0


@dataclass(frozen=True)
class Load:
    """What loading a page for the first time took."""

    weight_kb: float
    painted_ms: float
    ready_ms: float


def slow_load(browser: Browser, url: str) -> Load:
    """Load a page as a slow phone does: 1.6 Mbit/s, 150 ms away, a quarter of the processor."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    speed = {"downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
    conditions = {"offline": False, "latency": 150, **speed}
    session.send("Network.emulateNetworkConditions", conditions)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda one: loaded.append(one["encodedDataLength"]))
    page.goto(url, wait_until="load")
    painting = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    painted = page.wait_for_function(painting).json_value()
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    context.close()
    return Load(sum(loaded) / 1024, painted, ready)
