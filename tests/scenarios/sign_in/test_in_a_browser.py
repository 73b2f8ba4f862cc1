"""Residents sign in, step up, agree, see and end everything, in a browser and both languages."""

import base64
import hashlib
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route, expect

from tests.integration.idp_federation.people import CALLBACK, Op, RelyingParty, base64url
from tests.looking import PATIENCE_MS, READERS, Look, Reader, arrived_at, page_for
from tests.signing_in import PASSWORD, app_code, invite, make_resident, prove

PURPOSE = "施設の予約"
PAGES = "/identity/v1"
VERIFIER = "v" * 43


@pytest.fixture(params=READERS, ids=lambda reader: reader.name)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@pytest.fixture
def page(browser: Browser, reader: Reader) -> Page:
    return at_service(page_for(browser, reader))


def at_service(page: Page) -> Page:
    """Answer for the service at its own address."""

    def arrive(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>service</title>")

    page.context.route(f"{CALLBACK.rpartition('/')[0]}/**", arrive)
    return page


def authenticator(page: Page, *, synced: bool) -> CDPSession:
    """Give the browser an authenticator that asks for a PIN or a finger, and gets it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "defaultBackupEligibility": synced,
        "defaultBackupState": synced,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def ask(app: RelyingParty, **more: str) -> str:
    """Write the address to which a service sends its people."""
    asked = {
        "client_id": app.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "s-1",
        "code_challenge": base64url(hashlib.sha256(VERIFIER.encode()).digest()),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{app.op.endpoint('authorize')}?{urlencode(asked)}"


def acr_of(app: RelyingParty, code: str) -> str:
    answer = app.redeem(code, VERIFIER)
    assert answer.status_code == 200, answer.text
    return str(app.introspect(answer.json()["access_token"])["acr"]).partition("/acr/")[2]


def press(page: Page, action: str) -> None:
    """Press the button of the form whose action contains a text."""
    page.locator(f"form[action*='{action}'] button").first.click()


def test_from_the_invitation_to_signing_out(named_op: Op, page: Page, reader: Reader) -> None:
    op, look = named_op, Look(page, "sign-in", reader.name)
    strict = op.register(service_class="existence", consent_required=True, purpose=PURPOSE)
    resident, link = invite(op.url, op.settings)
    prove(op.url, op.settings, resident.account)
    authenticator(page, synced=True)

    page.goto(link)
    look.at("first-password")
    for name in ("password", "again"):
        page.fill(f"#{name}", "password1234")
    page.locator("main button").click()
    look.at("weak-password")
    for name in ("password", "again"):
        page.fill(f"#{name}", PASSWORD)
    page.locator("main button").click()
    look.at("new-account")

    page.goto(ask(strict))  # a password alone: the service needs more
    look.at("step-up-with-nothing-to-show")
    page.locator("a[href*='account?']").click()
    page.locator("a[href*='account/totp']").click()
    look.at("add-app")
    page.fill("#code", "000000")
    page.locator("main button").click()
    look.at("wrong-code")
    secret = secret_on(page)
    page.fill("#code", app_code(secret))
    page.locator("main button").click()
    page.locator("a[href*='account/passkey']").click()
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    look.at("add-passkey")
    page.fill("#label", "スマートフォン")
    page.locator("main button").click()
    page.wait_for_selector("form[action*='factors/remove']")
    look.at("account-with-factors")
    press(page, "account/recovery")
    expect(page.locator("code.secret")).to_have_count(10)
    look.at("recovery-codes")

    page.goto(ask(strict))
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    look.at("step-up")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/consent?*")
    look.at("consent")
    page.locator("button[value=yes]").click()
    assert acr_of(strict, arrived_at(page, CALLBACK)["code"]) == "ial3/aal2"

    page.goto(f"{op.url}{PAGES}/account?tenant=default")
    look.at("account")
    expect(page.locator("section[aria-labelledby=consents-title]")).to_contain_text(PURPOSE)
    press(page, "consents/withdraw")
    expect(page.locator("form[action*='consents/withdraw']")).to_have_count(0)
    page.goto(f"{op.url}{PAGES}/logout")
    look.at("sign-out")
    press(page, "logout")
    look.at("signed-out")

    page.goto(ask(strict, login_hint=resident.login))
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    look.at("sign-in")
    page.fill("#password", "wrong wrong wrong")
    page.locator("form:not([data-passkey]) button").first.click()
    look.at("wrong-password")
    page.fill("#password", PASSWORD)
    page.locator("form:not([data-passkey]) button").first.click()
    look.at("second-step")
    page.fill("#code", app_code(secret, 1))
    page.locator("form:not([data-passkey]) button").first.click()
    page.wait_for_url("**/consent?*")
    page.locator("button[value=no]").click()
    assert arrived_at(page, CALLBACK)["error"] == "access_denied"

    page.goto(ask(strict, prompt="login"))  # once more, with the passkey alone
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/consent?*")
    page.locator("button[value=yes]").click()
    assert acr_of(strict, arrived_at(page, CALLBACK)["code"]) == "ial3/aal2"


def secret_on(page: Page) -> bytes:
    return base64.b32decode(page.locator("code.secret").inner_text().replace(" ", ""))


def test_everything_but_passkeys_works_without_scripts(named_op: Op, browser: Browser) -> None:
    op = named_op
    app = op.register(consent_required=True, purpose=PURPOSE)
    resident = make_resident(op.url, op.settings, with_app=True)
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = at_service(context.new_page())
    page.set_default_timeout(PATIENCE_MS)
    page.goto(ask(app))
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    page.fill("#login", resident.login)
    page.fill("#password", resident.password)
    page.keyboard.press("Enter")
    page.fill("#code", resident.code())
    page.keyboard.press("Enter")
    page.locator("button[value=yes]").click()
    assert acr_of(app, arrived_at(page, CALLBACK)["code"]) == "ial1/aal2"
    page.goto(f"{op.url}{PAGES}/account?tenant=default")
    press(page, "sessions/end-all")
    expect(page.locator("#password")).to_be_visible()


def test_a_passkey_of_one_device_is_no_hardware_without_its_makers_word(
    named_op: Op, browser: Browser
) -> None:
    op = named_op
    app = op.register()
    page = at_service(page_for(browser, READERS[0]))
    authenticator(page, synced=False)
    look = Look(page, "sign-in", "self-registered")
    page.goto(f"{op.url}{PAGES}/sign-in?tenant=default")
    page.locator("a[href*='register']").click()
    look.at("register")
    page.fill("#login", "jiro-one-device")
    for name in ("password", "again"):
        page.fill(f"#{name}", PASSWORD)
    page.locator("main button").click()
    page.locator("a[href*='account/passkey']").click()
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    page.locator("main button").click()
    page.wait_for_selector("form[action*='factors/remove']")
    page.goto(ask(app, prompt="login"))
    page.wait_for_selector("form[data-passkey]:not([hidden])")
    page.locator("form[data-passkey] button").click()
    assert acr_of(app, arrived_at(page, CALLBACK)["code"]) == "ial1/aal2"
