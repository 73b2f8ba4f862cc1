"""A resident signs in at a provider of others from the sign-in page, and links her own account."""

import base64
import hashlib
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from kit.json import JsonObject
from tests.integration.idp_federation.people import CALLBACK, Op, RelyingParty, claims_in
from tests.integration.idp_federation.upstreams import (
    OidcProvider,
    needs_oidc_provider,
    registered,
)
from tests.looking import READERS, Look, Reader, arrived_at, page_for
from tests.signing_in import make_resident

pytestmark = needs_oidc_provider

VERIFIER = "v" * 43
TABLE: JsonObject = {
    "version": 1,
    "acr": {"urn:example:two": 2},
    "proofing": [{"trust_framework": "jp_aml", "evidence": ["document"], "ial": 2}],
    "max_ial": 2,
    "max_aal": 2,
}
VERIFIED: JsonObject = {
    "verification": {
        "trust_framework": "jp_aml",
        "time": "2026-06-01T00:00:00Z",
        "evidence": [{"type": "document"}],
    },
    "claims": {"name": "札幌 花子"},
}


@pytest.fixture(params=READERS, ids=lambda reader: reader.name)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@pytest.fixture
def page(browser: Browser, reader: Reader) -> Page:
    page = page_for(browser, reader)

    def arrive(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>service</title>")

    page.context.route(f"{CALLBACK.rpartition('/')[0]}/**", arrive)
    return page


def address(app: RelyingParty) -> str:
    """Write the address to which a service sends its people."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    asked = {
        "client_id": app.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{app.op.endpoint('authorize')}?{urlencode(asked)}"


def test_she_signs_in_there_and_links_the_account_that_she_has_here(
    op: Op, there: OidcProvider, page: Page, reader: Reader
) -> None:
    opening = registered(op, there, kind="ekyc", table=TABLE, opens_accounts=True)
    there.next_sign_in(
        account=opening.id,
        acr="urn:example:two",
        amr=["pwd", "otp"],
        claims={"verified_claims": VERIFIED},
        page=True,
    )
    look = Look(page, "upstream", reader.name)
    app = op.register(service_class="existence", consent_required=False)
    page.goto(address(app))
    look.at("upstream-sign-in")
    page.locator(f'a[href*="/upstream/{opening.id}/begin"]').click()
    page.wait_for_url(f"{there.issuer}/**")
    page.get_by_role("button").click()
    told = arrived_at(page, CALLBACK)
    claims = claims_in(app.redeem(told["code"], VERIFIER).json()["id_token"])
    assert str(claims["acr"]).endswith("/acr/ial2/aal2")

    page.context.clear_cookies()
    resident = make_resident(op.url, op.settings)
    page.goto(op.endpoint("sign-in?tenant=default"))
    page.locator("input[name=login]").fill(resident.login)
    page.locator("input[name=password]").fill(resident.password)
    page.locator("form:has(input[name=login]) button").click()
    page.wait_for_url("**/account?*")
    page.locator('a[href*="account/links"]').click()
    there.next_sign_in(account=f"{opening.id}-own", acr="urn:example:two", amr=["mfa"], page=True)
    page.locator(f"form:has(input[value={opening.id}]) button").click()
    look.at("upstream-link-onward")
    page.locator('a[rel="noreferrer"]').click()
    page.get_by_role("button").click()
    page.wait_for_url("**/account/links?*notice=linked")
    look.at("upstream-links")
    expect(page.get_by_role("status")).to_be_visible()
