"""From the application to the first steps, as people see it: both languages, narrow and wide."""

import subprocess

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.looking import PATIENCE_MS, READERS, Look, Reader, page_for
from tests.scenarios.onboarding.conftest import Site


@pytest.fixture(params=READERS, ids=lambda reader: reader.name)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@pytest.fixture
def page(browser: Browser, reader: Reader) -> Page:
    return page_for(browser, reader)


def fill_in(page: Page, tenant: str) -> None:
    page.fill("#municipality_name", "江別市")
    page.check("input[name=organisation_kind][value=department]")
    page.fill("#organisation_name", "子ども育成課")
    page.fill("#purpose", "保育施設の空き状況を\n公開する")
    page.check("input[name=storage][value=shared]")
    page.select_option("#size", "ten_thousand")
    page.fill("#tenant", tenant)
    page.fill("#contact_name", "江別 花子")
    page.fill("#contact_email", "hanako@city.ebetsu.example.jp")
    page.fill("#contact_phone", "０１１ー３８２－４１４１")
    page.check("#agreed")


def test_an_organisation_applies_and_begins(
    site: Site, page: Page, reader: Reader, request: pytest.FixtureRequest
) -> None:
    look = Look(page, "onboarding", reader.name)
    tenant = f"Ebetsu-{reader.width}"
    shown = tenant.lower().replace("-", "_")

    page.goto(site.url + "/")
    look.at("home")
    page.locator("header a[href='/apply']").click()
    look.at("form")
    page.locator("main .actions button[value=check]").click()
    expect(page.locator(".summary li")).to_have_count(11)
    look.at("what-is-missing")

    fill_in(page, tenant)
    page.fill("#municipality_code", "１２１７３")  # the zero is lost: two readings are offered
    page.locator("main .actions button[value=check]").click()
    look.at("codes-offered")
    page.get_by_role("button", name="012173").click()
    look.at("check")
    for text in ("012173", shown, "011-382-4141"):
        expect(page.locator("dl.facts")).to_contain_text(text)
    page.locator("button[value=back]").click()
    expect(page.locator("#organisation_name")).to_have_value("子ども育成課")
    expect(page.locator("#agreed")).to_be_checked()
    page.locator("main .actions button[value=check]").click()
    page.locator("button[value=send]").click()
    look.at("received")
    receipt = page.locator(".receipt").inner_text()
    page.locator("p.card a").click()
    page.wait_for_url("**/applications/*/*")
    look.at("under-review")
    own = page.url

    page.goto(site.url + "/operator/applications")
    look.at("sign-in")
    page.fill("#token", "wrong")
    page.locator("main button").click()
    look.at("wrong-token")
    page.fill("#token", site.token)
    page.locator("main button").click()
    look.at("applications")
    page.get_by_role("link", name=receipt).click()
    expect(page.locator("#question")).to_be_visible()
    look.at("application")
    review = page.url
    page.fill("#question", "公開する施設の数を教えてください。")
    page.locator("form[action$=ask] button").click()
    expect(page.locator(".timeline")).to_contain_text("公開する施設の数")

    page.goto(own)
    look.at("asked")
    page.locator("form[action$=answer] button").click()
    look.at("no-answer")
    page.fill("#text", "認可保育所12施設です。")
    page.locator("form[action$=answer] button").click()
    expect(page.locator("form[action$=answer]")).to_have_count(0)

    page.goto(review)
    expect(page.locator(".timeline")).to_contain_text("認可保育所12施設です。")
    page.fill("#entities", "多め")
    page.locator("form[action$=approve] button").click()
    look.at("limit-is-no-number")
    page.fill("#entities", "10,000")
    page.locator("form[action$=approve] button").click()
    look.at("approved")

    page.goto(own)
    look.at("ready")
    page.locator("main a.button").click()
    look.at("first-steps")
    page.locator("form[action$=start] button").click()
    look.at("secret-shown-once")
    page.emulate_media(media="print")
    look.at("first-steps-printed")
    expect(page.locator("pre[data-part]")).to_have_count(7)
    lines = [part.inner_text() for part in page.locator("pre[data-part]").all()]
    outcome = pasted(lines)
    assert outcome.count("HTTP/1.1 201") == 1
    assert outcome.count("HTTP/1.1 204") == 2
    assert '"capacity":120' in outcome.replace(" ", "")


def pasted(lines: list[str]) -> str:
    """Run lines as somebody who pastes them into a terminal."""
    script = 'set -eu\ncurl() { command curl --fail-with-body --max-time 30 "$@"; echo; }\n'
    done = subprocess.run(
        ["bash", "-c", script + "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_everything_works_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(site.url + "/apply")
    fill_in(page, "without_scripts")
    page.fill("#municipality_code", "012173")
    page.keyboard.press("Enter")
    page.locator("button[value=send]").click()
    expect(page.locator(".receipt")).not_to_be_empty()


def test_the_language_is_switched_on_the_page_and_stays(site: Site, browser: Browser) -> None:
    page = browser.new_context(locale="ja-JP").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(site.url + "/terms")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Terms of use")
    page.goto(site.url + "/apply")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_who_uses_the_keyboard_skips_to_the_content(site: Site, browser: Browser) -> None:
    page = browser.new_context(locale="ja-JP").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(site.url + "/apply")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("本文へ移動")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#municipality_code")).to_be_focused()
