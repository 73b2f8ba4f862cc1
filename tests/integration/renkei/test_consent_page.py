"""The consent page: one yes or no, two ledgers, one withdrawal; and what is read by it."""

import re

import httpx2
import pytest

from kit.json import JsonObject
from tests import asking
from tests.integration.idp_federation.people import RelyingParty
from tests.integration.renkei.enforcing import PURPOSE, RESIDENT, City, V
from tests.signing_in import Resident, Surfer, make_resident

PAGES = "/identity/v1"
SCOPE = "openid profile offline_access read"


@pytest.fixture(scope="module")
def hanako(city: City) -> Resident:
    op = city.op
    return make_resident(op.url, op.settings, city.name, with_app=True, proofing="documents")


@pytest.fixture(scope="module")
def signed_in(city: City, hanako: Resident) -> dict[str, str]:
    """The cookies of a browser in which she is signed in: codes of her app count once."""
    with Surfer(url=city.op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant={city.name}")
        surfer.sign_in(hanako)
        return dict(surfer.cookies)


@pytest.fixture
def app(city: City) -> RelyingParty:
    return city.op.register(tenants=[city.name], purpose=PURPOSE, consent_required=True)


def asked_by(app: RelyingParty, surfer: Surfer, **more: str) -> str:
    """Let a service send the browser to the platform; answers with the page."""
    app.cookies = surfer.cookies
    return surfer.follow(app.ask("v" * 43, scope=SCOPE, **more)).text


def agreed(app: RelyingParty, surfer: Surfer) -> JsonObject:
    asked_by(app, surfer)
    surfer.fill("consent", answer="yes")
    answer = app.redeem(surfer.arrived()["code"])
    assert answer.status_code == 200, answer.text
    tokens: JsonObject = answer.json()
    return tokens


def record_of(city: City, app: RelyingParty, token: str) -> str:
    """Write a record about who signed in, as a service does; answers with its id."""
    subject = app.introspect(token)["sub"]
    record: JsonObject = {
        "id": f"urn:e:{subject}",
        "type": RESIDENT,
        V + "residentId": {"type": "Property", "value": subject},
    }
    assert city.ask("POST", "/entities", city.service, record).status_code == 201
    return str(record["id"])


def consents(city: City, token: str) -> list[JsonObject]:
    """What joint use's ledger says, as she sees it herself."""
    answer = asking.get(
        f"{city.op.url}/consents/{city.name}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    found: list[JsonObject] = answer.json()
    return found


def test_the_page_says_who_gets_what_for_which_purpose_and_how_long(
    city: City, app: RelyingParty, signed_in: dict[str, str]
) -> None:
    with Surfer(url=city.op.url, cookies={**signed_in}) as surfer:
        page = asked_by(app, surfer, claims='{"userinfo":{"phone_number":null}}')
        assert surfer.page is not None
        policy = surfer.page.headers["content-security-policy"]
    for told in (
        "施設予約",
        PURPOSE,
        "氏名",
        "電話番号",
        RESIDENT,
        "サインインしていない間",
        "まで",
    ):
        assert told in page, told
    assert "form-action 'self' https://app.example" in policy


def test_who_refuses_is_sent_back_and_nothing_is_agreed(
    city: City, app: RelyingParty, signed_in: dict[str, str]
) -> None:
    with Surfer(url=city.op.url, cookies={**signed_in}) as surfer:
        asked_by(app, surfer)
        surfer.fill("consent", answer="no")
        assert surfer.arrived()["error"] == "access_denied"
        asked_by(app, surfer, prompt="none")
        assert surfer.arrived()["error"] == "consent_required"


def test_one_yes_lets_her_record_be_read_until_she_withdraws_on_her_account_page(
    city: City, app: RelyingParty, signed_in: dict[str, str]
) -> None:
    with Surfer(url=city.op.url, cookies={**signed_in}) as surfer:
        tokens = agreed(app, surfer)
        token = str(tokens["access_token"])
        record = record_of(city, app, token)
        assert city.ask("GET", f"/entities/{record}", token).status_code == 200
        assert consents(city, token)[-1]["items"] == [RESIDENT]
        asked_by(app, surfer, prompt="none")  # she is not asked again
        other = app.redeem(surfer.arrived()["code"]).json()["access_token"]
        page = surfer.visit(f"{PAGES}/account?tenant={city.name}").text
        assert PURPOSE in page
        assert RESIDENT in page
        surfer.fill("consents/withdraw", client=app.id)
        for one in (token, other):
            assert app.introspect(one)["active"] is False
        assert app.refresh(str(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        asked_by(app, surfer, prompt="none")
        assert surfer.arrived()["error"] == "consent_required"
        again = str(agreed(app, surfer)["access_token"])
        assert [one["withdrawn_at"] is None for one in consents(city, again)] == [False, True]


def test_withdrawing_the_data_at_the_api_withdraws_the_whole(
    city: City, app: RelyingParty, signed_in: dict[str, str]
) -> None:
    with Surfer(url=city.op.url, cookies={**signed_in}) as surfer:
        tokens = agreed(app, surfer)
        token = str(tokens["access_token"])
        number = consents(city, token)[-1]["number"]
        done = asking.post(
            f"{city.op.url}/consents/{city.name}/{number}/withdrawal",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert done.status_code == 200, done.text
        assert app.introspect(token)["active"] is False
        assert app.refresh(str(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        asked_by(app, surfer, prompt="none")
        assert surfer.arrived()["error"] == "consent_required"


def test_data_that_were_not_shown_are_not_agreed_to(
    city: City, app: RelyingParty, signed_in: dict[str, str]
) -> None:
    with Surfer(url=city.op.url, cookies={**signed_in}) as surfer:
        asked_by(app, surfer)
        assert surfer.page is not None
        unseen = re.sub(r'<input type="hidden" name="item"[^>]*>', "", surfer.page.text)
        surfer.page = httpx2.Response(200, text=unseen, request=surfer.page.request)
        surfer.fill("consent", answer="yes")
        assert surfer.arrived()["error"] == "access_denied"
