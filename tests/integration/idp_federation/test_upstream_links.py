"""Accounts at providers are linked in one sitting, and levels of two accounts are never mixed."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import ANCHOR, Op, RelyingParty, claims_in
from tests.integration.idp_federation.upstreams import (
    OidcProvider,
    Registered,
    needs_oidc_provider,
    oidc_provider,
    registered,
)
from tests.signing_in import Resident, Surfer, make_resident

pytestmark = needs_oidc_provider

PAGES = "/identity/v1"
LINKS = f"{PAGES}/account/links?tenant=default"
TABLE: JsonObject = {
    "version": 1,
    "acr": {"urn:example:one": 1, "urn:example:two": 2, "urn:example:three": 3},
    "proofing": [{"trust_framework": "jp_aml", "evidence": ["document"], "ial": 2}],
    "max_ial": 2,
    "max_aal": 3,
}
TWO: JsonObject = {"acr": "urn:example:two", "amr": ["pwd", "otp"]}


@pytest.fixture(scope="module")
def there(op: Op) -> Iterator[OidcProvider]:
    with oidc_provider(op.http) as provider:
        yield provider


@pytest.fixture(scope="module")
def ekyc(op: Op, there: OidcProvider) -> Registered:
    return registered(op, there, kind="ekyc", table=TABLE)


@pytest.fixture
def surfer(op: Op) -> Iterator[Surfer]:
    with Surfer(url=op.url) as surfer:
        yield surfer


@pytest.fixture
def service(op: Op) -> RelyingParty:
    """A service that needs (2, 2)."""
    return op.register(service_class="existence", consent_required=False)


def verified() -> JsonObject:
    verification: JsonObject = {
        "trust_framework": "jp_aml",
        "time": datetime.now(UTC).isoformat(),
        "evidence": [{"type": "document"}],
    }
    return {"verified_claims": {"verification": verification, "claims": {"name": "札幌 花子"}}}


def acr(proofing: int, authentication: int) -> str:
    return f"https://{ANCHOR}/acr/ial{proofing}/aal{authentication}"


def abroad(there: OidcProvider, url: str, platform: str) -> str:
    """Sign in at the provider in the same browser; answers with the address that leads back."""
    with Surfer(url=there.issuer) as away:
        answer = away.send("GET", url)
        for _ in range(8):
            location = str(answer.headers["location"])
            if location.startswith(platform):
                return location
            answer = away.send("GET", location)
    raise AssertionError(location)


def onward(surfer: Surfer, there: Registered) -> str:
    """Ask on the page of links to link a provider; answers with where the page leads."""
    surfer.visit(LINKS)
    page = surfer.fill("account/links/begin", provider=there.id)
    assert page.status_code == 200, page.text
    found = re.search(r'href="([^"]+)" rel="noreferrer"', page.text)
    assert found is not None, page.text
    return found[1].replace("&amp;", "&")


def link(surfer: Surfer, there: Registered, account: str, **script: JsonValue) -> str:
    """Link who is signed in to an account at a provider; answers with the page that follows."""
    there.provider.next_sign_in(account=account, **script)
    back = abroad(there.provider, onward(surfer, there), surfer.url)
    return surfer.visit(back).text


def signed_in(surfer: Surfer, resident: Resident, steps: int = 0) -> None:
    surfer.visit(f"{PAGES}/sign-in?tenant=default")
    code = None if resident.totp is None else resident.code(steps)
    assert surfer.sign_in(resident, code).status_code == 200


def asked_by(service: RelyingParty, surfer: Surfer, **more: str) -> str:
    service.cookies = surfer.cookies
    return surfer.follow(service.ask("v" * 43, **more)).text


def through(surfer: Surfer, there: Registered, **script: JsonValue) -> None:
    """Choose a provider on the page that is open, sign in there and come back."""
    assert surfer.page is not None
    found = re.search(rf'href="([^"]+/upstream/{there.id}/begin[^"]*)"', surfer.page.text)
    assert found is not None, surfer.page.text
    there.provider.next_sign_in(**script)
    gone = surfer.send("GET", found[1].replace("&amp;", "&"))
    surfer.visit(abroad(there.provider, gone.headers["location"], surfer.url))


def id_token(surfer: Surfer, service: RelyingParty) -> JsonObject:
    told = surfer.arrived()
    assert "code" in told, told
    return claims_in(service.redeem(told["code"]).json()["id_token"])


def told_acr(surfer: Surfer, service: RelyingParty) -> JsonValue:
    return id_token(surfer, service)["acr"]


def test_a_link_made_at_both_levels_carries_the_accounts_proofing(
    op: Op, ekyc: Registered, surfer: Surfer, service: RelyingParty
) -> None:
    resident = make_resident(op.url, op.settings, with_app=True, proofing="face_to_face")
    signed_in(surfer, resident)
    page = link(surfer, ekyc, "strong", claims={"birthdate": "1990-04-01"}, **TWO)
    assert "連携しました" in page
    assert "この基盤 3・2、事業者 1・2" in page
    with Surfer(url=op.url) as another:
        asked_by(service, another)
        through(another, ekyc, account="strong", **TWO)
        assert told_acr(another, service) == acr(3, 2)


def test_attack_6_a_link_made_weakly_carries_no_more_than_a_weak_pair(
    op: Op, ekyc: Registered, surfer: Surfer, service: RelyingParty
) -> None:
    resident = make_resident(op.url, op.settings, proofing="face_to_face")
    signed_in(surfer, resident)
    page = link(surfer, ekyc, "weak", **TWO)
    assert "この基盤 3・1" in page
    with Surfer(url=op.url) as another:
        asked_by(service, another)
        through(another, ekyc, account="weak", **TWO)
        assert another.page is not None
        assert "追加の確認" in another.page.text
        assert "身元確認レベル1" in another.page.text


def test_proofing_at_a_provider_helps_sign_ins_here_until_the_link_ends(
    op: Op, ekyc: Registered, surfer: Surfer, service: RelyingParty
) -> None:
    resident = make_resident(op.url, op.settings, with_app=True)
    signed_in(surfer, resident)
    assert "連携しました" in link(surfer, ekyc, "proofed", claims=verified(), **TWO)
    shown = op.admin("GET", f"/providers/links/{resident.account}").json()
    assert (shown[0]["proofing_now"], shown[0]["verifications"][0]["evidence"]) == (2, ["document"])
    wanted: JsonObject = {"verification": {"trust_framework": None}, "claims": {"name": None}}
    claims = json.dumps({"id_token": {"verified_claims": wanted}})
    with Surfer(url=op.url) as another:
        asked_by(service, another, claims=claims)
        another.sign_in(resident, resident.code(1))
        token = id_token(another, service)
        assert token["acr"] == acr(2, 2)
        assert "jp_aml" in str(token["verified_claims"])
    assert "連携を解除しました" in surfer.fill("account/links/end").text
    with Surfer(url=op.url) as third:
        asked_by(service, third)
        through(third, ekyc, account="proofed", claims=verified(), **TWO)
        assert third.page is not None
        assert "連携したアカウントがありません" in third.page.text


def test_attack_6_an_account_of_another_person_is_not_linked(
    op: Op, ekyc: Registered, surfer: Surfer
) -> None:
    resident = make_resident(op.url, op.settings, proofing="face_to_face")
    signed_in(surfer, resident)
    other: JsonObject = {"birthdate": "1991-01-01"}
    assert "連携できませんでした" in link(surfer, ekyc, "other-person", claims=other, **TWO)


def test_one_account_there_is_linked_to_one_account_here(op: Op, ekyc: Registered) -> None:
    for expected in ("連携しました", "別のアカウントと連携しているか"):
        resident = make_resident(op.url, op.settings)
        with Surfer(url=op.url) as surfer:
            signed_in(surfer, resident)
            assert expected in link(surfer, ekyc, "one-only", **TWO)


def test_attack_1_a_link_is_not_finished_in_another_session(
    op: Op, ekyc: Registered, surfer: Surfer
) -> None:
    victim, thief = (make_resident(op.url, op.settings) for _ in range(2))
    signed_in(surfer, thief)
    ekyc.provider.next_sign_in(account="thiefs", **TWO)
    back = abroad(ekyc.provider, onward(surfer, ekyc), surfer.url)
    surfer.cookies.pop("renkei_session_default")
    signed_in(surfer, victim)
    assert surfer.visit(back).status_code == 400
    assert "連携している事業者はありません" in surfer.visit(LINKS).text


def test_attack_1_nobody_links_by_a_link_from_elsewhere(
    op: Op, ekyc: Registered, surfer: Surfer
) -> None:
    signed_in(surfer, make_resident(op.url, op.settings))
    forged = surfer.send(
        "POST", f"{PAGES}/account/links/begin?tenant=default", {"provider": ekyc.id}
    )
    assert forged.status_code == 403
    assert surfer.send("GET", f"{PAGES}/account/links/begin?tenant=default").status_code == 405


def test_attack_6_methods_shown_at_a_provider_do_not_add_up_with_those_shown_here(
    op: Op, ekyc: Registered, surfer: Surfer
) -> None:
    resident = make_resident(op.url, op.settings, proofing="face_to_face")
    signed_in(surfer, resident)
    link(surfer, ekyc, "mixing", **TWO)
    service = op.register(consent_required=False)
    wanted = json.dumps({"id_token": {"acr": {"essential": True, "values": [acr(1, 3)]}}})
    with Surfer(url=op.url) as another:
        asked_by(service, another)
        through(another, ekyc, account="mixing", acr="urn:example:two", amr=["hwk", "pin"])
        assert told_acr(another, service) == acr(1, 2)
        asked_by(service, another, claims=wanted)
        assert another.page is not None
        step_up = str(another.page.url)
        csrf = another.page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": csrf, "password": resident.password}
        another.follow(another.send("POST", step_up, form))
        assert another.arrived()["error"] == "unmet_authentication_requirements"


def test_who_has_no_other_way_in_keeps_her_link(
    op: Op, there: OidcProvider, surfer: Surfer
) -> None:
    opening = registered(op, there, kind="generic", table=TABLE, opens_accounts=True)
    surfer.visit(f"{PAGES}/sign-in?tenant=default")
    through(surfer, opening, account="only", **TWO)
    surfer.visit(LINKS)
    assert "連携を解除できません" in surfer.fill("account/links/end").text
    page = surfer.visit(LINKS)
    assert "provider" in page.text
    surfer.fill("account/links/begin", provider=opening.id)
    assert surfer.page is not None
    assert "もう一度サインインしてください" in surfer.page.text
