"""The sign-in pages over plain HTTP, as a browser without scripts meets them."""

import pytest

from renkei.instance import Instance
from tests.integration.idp_federation.people import LEVELS_2_2, Op, RelyingParty
from tests.platforms import make_tenant
from tests.signing_in import (
    PASSWORD,
    Resident,
    Surfer,
    add_app,
    invite,
    make_resident,
    operate,
    prove,
)

PAGES = "/identity/v1"
SESSION = "renkei_session_default"


@pytest.fixture(scope="module")
def hanako(op: Op) -> Resident:
    """Somebody with a password alone."""
    return make_resident(op.url, op.settings)


@pytest.fixture(scope="module")
def yuki(op: Op) -> Resident:
    """Somebody whom an operator has seen, with a password and an authenticator app."""
    return make_resident(op.url, op.settings, with_app=True, proofing="face_to_face")


@pytest.fixture
def app(op: Op) -> RelyingParty:
    return op.register()


def asked_by(app: RelyingParty, surfer: Surfer, **more: str) -> None:
    """Let a service send the browser to the platform."""
    app.cookies = surfer.cookies
    surfer.follow(app.ask("v" * 43, **more))


def text_of(surfer: Surfer) -> str:
    assert surfer.page is not None
    return surfer.page.text


def test_a_name_and_a_password_lead_back_to_the_service(
    op: Op, app: RelyingParty, hanako: Resident
) -> None:
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer, login_hint="somebody@example.jp")
        assert 'value="somebody@example.jp"' in text_of(surfer)
        surfer.sign_in(hanako)
        tokens = app.redeem(surfer.arrived()["code"]).json()
    assert app.introspect(tokens["access_token"])["acr"] == "https://trust.example/acr/ial1/aal1"


def test_wrong_names_and_wrong_passwords_are_answered_alike(op: Op, hanako: Resident) -> None:
    seen = []
    for login, password in (("nobody-here", PASSWORD), (hanako.login, "not her password at all")):
        with Surfer(url=op.url) as surfer:
            surfer.visit(f"{PAGES}/sign-in?tenant=default")
            answer = surfer.fill("sign-in", login=login, password=password)
            main = answer.text.partition("<main")[2].partition('name="csrf"')[0]
            seen.append((answer.status_code, main.replace(login, "…"), sorted(surfer.cookies)))
            assert password not in answer.text
    assert seen[0] == seen[1]
    assert seen[0][0] == 422


def test_who_has_an_app_is_always_asked_for_its_code(
    op: Op, app: RelyingParty, yuki: Resident
) -> None:
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer)
        surfer.fill("sign-in", login=yuki.login, password=yuki.password)
        assert SESSION not in surfer.cookies
        assert surfer.fill("second", code="000000").status_code == 422
        surfer.fill("second", code=yuki.code())
        claims = app.redeem(surfer.arrived()["code"]).json()
        told = app.introspect(claims["access_token"])
    assert told["acr"] == "https://trust.example/acr/ial3/aal2"


def test_a_code_counts_once_in_all_processes(op: Op, other_worker: str, app: RelyingParty) -> None:
    resident = make_resident(op.url, op.settings, with_app=True)
    code = resident.code()
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        assert surfer.sign_in(resident, code).status_code == 200
    with Surfer(url=other_worker) as thief:
        thief.visit(f"{PAGES}/sign-in?tenant=default")
        assert thief.sign_in(resident, code).status_code == 422
        assert SESSION not in thief.cookies


def test_a_recovery_code_stands_in_for_the_app_once(op: Op) -> None:
    resident, link = invite(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
        add_app(surfer, "default")
        page = surfer.fill("account/recovery")
        codes = [part.partition("</code>")[0] for part in page.text.split('class="secret">')[1:]]
    assert len(set(codes)) == 10
    for expected in (200, 422):
        with Surfer(url=op.url) as surfer:
            surfer.visit(f"{PAGES}/sign-in?tenant=default")
            surfer.fill("sign-in", login=resident.login, password=PASSWORD)
            assert surfer.fill("second", code=codes[0].upper()).status_code == expected


def test_attack_brute_force_is_stopped_in_all_processes(op: Op, other_worker: str) -> None:
    resident = make_resident(op.url, op.settings)
    statuses = []
    for worker in [op.url, other_worker] * 5:
        with Surfer(url=worker) as surfer:
            surfer.visit(f"{PAGES}/sign-in?tenant=default")
            typed = {"login": resident.login, "password": "guessed by a program"}
            statuses.append(surfer.fill("sign-in", **typed).status_code)
    assert statuses == [422] * 10
    with Surfer(url=other_worker) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        refused = surfer.sign_in(resident)
    assert refused.status_code == 429
    assert SESSION not in surfer.cookies


def test_attack_session_fixation(op: Op, app: RelyingParty, hanako: Resident) -> None:
    planted = "planted-by-somebody-else"
    with Surfer(url=op.url) as surfer:
        surfer.cookies[SESSION] = planted
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        first = surfer.cookies[SESSION]
        assert first != planted
        surfer.visit(f"{PAGES}/sign-in?tenant=default")  # signing in anew: another cookie again
        surfer.sign_in(hanako)
        assert surfer.cookies[SESSION] != first
    for cookie in (planted, first):
        with Surfer(url=op.url) as thief:
            thief.cookies[SESSION] = cookie
            page = thief.visit(f"{PAGES}/account?tenant=default")
            assert "sign-in" in str(page.url)


def test_attack_forms_from_elsewhere(op: Op, hanako: Resident) -> None:
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        typed = {"login": hanako.login, "password": hanako.password}
        place = f"{PAGES}/sign-in?tenant=default"
        assert surfer.send("POST", place, typed).status_code == 403
        evil = surfer.send("POST", place, typed, origin="https://evil.example")
        assert evil.status_code == 403
        surfer.sign_in(hanako)
        for action in ("sessions/end-all", "consents/withdraw", "factors/remove", "password"):
            place = f"{PAGES}/account/{action}?tenant=default"
            assert surfer.send("POST", place, {"csrf": "guessed"}).status_code == 403
        assert surfer.visit(f"{PAGES}/account?tenant=default").status_code == 200
        assert "sign-in?" not in str(surfer.page and surfer.page.url)


def test_attack_pages_in_frames(op: Op, hanako: Resident) -> None:
    _, link = invite(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        account = ("", "/password", "/totp", "/passkey")
        places = [f"{PAGES}/account{one}?tenant=default" for one in account]
        for place in (*places, f"{PAGES}/sign-in?tenant=default", link, f"{PAGES}/logout"):
            page = surfer.visit(place)
            policy = page.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy, place
            assert "unsafe" not in policy
            assert page.headers["cache-control"] == "no-store", place


def test_attack_a_session_of_one_municipality_at_another(op: Op, hanako: Resident) -> None:
    other = make_tenant(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        surfer.cookies[f"renkei_session_{other}"] = surfer.cookies[SESSION]
        surfer.visit(f"{PAGES}/account?tenant={other}")
        assert f"sign-in?tenant={other}" in str(surfer.page and surfer.page.url)
        assert surfer.sign_in(hanako).status_code == 422  # her account is not there either


def test_attack_an_interaction_in_another_browser(
    op: Op, app: RelyingParty, hanako: Resident
) -> None:
    with Surfer(url=op.url) as surfer, Surfer(url=op.url) as thief:
        asked_by(app, surfer)
        assert surfer.page is not None
        assert thief.visit(str(surfer.page.url)).status_code == 400
        surfer.fill("sign-in", login=hanako.login, password=hanako.password)


def test_attack_progress_of_another_browser_or_errand(op: Op, yuki: Resident) -> None:
    with Surfer(url=op.url) as surfer, Surfer(url=op.url) as thief:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.fill("sign-in", login=yuki.login, password=yuki.password)
        assert surfer.page is not None
        second = str(surfer.page.url)
        assert "progress=" in second
        assert thief.visit(second).status_code == 410
        other = make_tenant(op.url, op.settings)
        elsewhere = second.replace("tenant=default", f"tenant={other}")
        assert surfer.visit(elsewhere).status_code == 410


def test_attack_nobody_is_asked_silently_and_levels_stay(
    op: Op, app: RelyingParty, hanako: Resident
) -> None:
    claims = f'{{"id_token":{{"acr":{{"essential":true,"values":["{LEVELS_2_2}"]}}}}}}'
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer, prompt="none")
        assert surfer.arrived()["error"] == "login_required"
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        asked_by(app, surfer, prompt="none", claims=claims)
        assert surfer.arrived()["error"] == "login_required"
        asked_by(app, surfer, prompt="none")
        assert "code" in surfer.arrived()


def test_a_service_may_ask_for_a_new_sign_in_and_a_language(
    op: Op, app: RelyingParty, hanako: Resident
) -> None:
    with Surfer(url=op.url, language="") as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        for more in ({"prompt": "login"}, {"prompt": "select_account"}):
            asked_by(app, surfer, ui_locales="fr en-GB", **more)
            assert "<h1>Sign in</h1>" in text_of(surfer)
            surfer.sign_in(hanako)
            assert "code" in surfer.arrived()
        asked_by(app, surfer, max_age="1000")
        assert "code" in surfer.arrived()


def test_who_cancels_is_sent_back_without_a_code(op: Op, app: RelyingParty) -> None:
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer)
        surfer.fill("cancel")
        assert surfer.arrived()["error"] == "access_denied"


def test_a_session_is_raised_on_demand(op: Op) -> None:
    app = op.register(service_class="existence")
    resident, link = invite(op.url, op.settings)
    prove(op.url, op.settings, resident.account)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
        secret = add_app(surfer, "default")
        before = surfer.cookies[SESSION]
        asked_by(app, surfer)
        assert "追加の確認" in text_of(surfer)
        assert surfer.fill("step-up?", code="123456").status_code == 422
        raised = Resident(account=resident.account, tenant="default", login="", totp=secret)
        surfer.fill("step-up?", code=raised.code())
        token = app.redeem(surfer.arrived()["code"]).json()["access_token"]
        assert surfer.cookies[SESSION] != before
    assert app.introspect(token)["acr"] == "https://trust.example/acr/ial3/aal2"


def test_who_cannot_be_raised_goes_back(op: Op, hanako: Resident) -> None:
    strict, easy = op.register(service_class="existence"), op.register()
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(hanako)
        asked_by(strict, surfer)
        assert "窓口で" in text_of(surfer)
        surfer.fill("decline")
        assert surfer.arrived()["error"] == "unmet_authentication_requirements"
        asked_by(easy, surfer, acr_values=LEVELS_2_2)
        surfer.fill("decline")
        assert "code" in surfer.arrived()


def test_a_password_alone_makes_no_second_factor_where_somebody_was_proofed(op: Op) -> None:
    resident = make_resident(op.url, op.settings)
    prove(op.url, op.settings, resident.account)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        page = surfer.sign_in(resident)
        assert "account/totp" not in page.text
        surfer.visit(f"{PAGES}/account/totp?tenant=default")
        assert surfer.fill("account/totp", code="123456").status_code == 403


@pytest.mark.parametrize("password", ["short", "password123", "hanako-hanako", "aaaaaaaaaaaaaaaa"])
def test_weak_passwords_are_refused(op: Op, password: str) -> None:
    _, link = invite(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        assert surfer.fill(password=password, again=password).status_code == 422
        assert surfer.fill(password=PASSWORD, again=PASSWORD).status_code == 200


def test_a_link_is_good_once_and_not_after_a_reset(op: Op) -> None:
    resident, link = invite(op.url, op.settings)
    told = operate(op.url, op.settings, "POST", f"/{resident.account}/reset").json()
    with Surfer(url=op.url) as surfer:
        assert surfer.visit(link).status_code == 410
        surfer.visit(told["url"])
        surfer.fill(password=PASSWORD, again=PASSWORD)
        assert surfer.visit(told["url"]).status_code == 410


def test_closing_an_account_ends_its_sessions_and_frees_its_name(op: Op) -> None:
    resident = make_resident(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.sign_in(resident)
        assert operate(op.url, op.settings, "POST", f"/{resident.account}/close").is_success
        assert "sign-in" in str(surfer.visit(f"{PAGES}/account?tenant=default").url)
        assert surfer.sign_in(resident).status_code == 422
    body = {"tenant": "default", "login": resident.login}
    assert operate(op.url, op.settings, "POST", "", {**body}).status_code == 201


def test_what_services_hold_for_somebody_offline_ends_with_her_account(op: Op) -> None:
    resident, app = make_resident(op.url, op.settings), op.register()
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer, scope="openid offline_access read")
        surfer.sign_in(resident)
        tokens = app.redeem(surfer.arrived()["code"]).json()
        surfer.visit(f"{PAGES}/account?tenant=default")
        surfer.fill("end-all")
    refreshed = app.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200  # it outlives her session
    assert operate(op.url, op.settings, "POST", f"/{resident.account}/close").is_success
    assert app.refresh(refreshed.json()["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.introspect(refreshed.json()["access_token"])["active"] is False


def test_sign_ins_failures_and_changes_of_accounts_are_in_the_audit(op: Op) -> None:
    resident = make_resident(op.url, op.settings, with_app=True)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.fill("sign-in", login=resident.login, password="not hers at all")
        surfer.sign_in(resident)
        surfer.visit(f"{PAGES}/account?tenant=default")
        surfer.fill("end-all")
    token = Instance(op.settings.data).operator_token()
    answer = op.http.get(
        f"{op.url}/admin/audit/records",
        params={"person": resident.account},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    assert resident.account not in answer.text
    assert resident.login not in answer.text
    for told in (
        "account opened",
        "password set by link",
        "authenticator app added",
        "password not right",
        "signed in",
        "session ended",
    ):
        assert f'"{told}"' in answer.text, told


def test_nobody_registers_herself_unless_the_platform_lets_her(op: Op) -> None:
    with Surfer(url=op.url) as surfer:
        assert surfer.visit(f"{PAGES}/register?tenant=default").status_code == 404


def test_sessions_are_seen_and_ended_one_by_one(op: Op, hanako: Resident) -> None:
    with Surfer(url=op.url) as here, Surfer(url=op.url) as there:
        for surfer in (here, there):
            surfer.visit(f"{PAGES}/sign-in?tenant=default")
            surfer.sign_in(hanako)
        assert here.visit(f"{PAGES}/account?tenant=default").status_code == 200
        own = text_of(here).split('name="session" value="')[1].partition('"')[0]
        there.visit(f"{PAGES}/account?tenant=default")
        there.fill("sessions/end?", session=own)
        assert "sign-in" in str(here.visit(f"{PAGES}/account?tenant=default").url)
        assert there.visit(f"{PAGES}/account?tenant=default").status_code == 200
        there.fill("end-all")
        assert SESSION not in there.cookies
