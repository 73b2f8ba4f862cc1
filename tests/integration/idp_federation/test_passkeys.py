"""Passkeys at the pages, by an authenticator in software: what each is worth, and attacks."""

import pytest

from kit.json import JsonObject
from tests.authenticator import Authenticator, Maker
from tests.integration.idp_federation.people import Op
from tests.platforms import make_tenant
from tests.signing_in import PASSWORD, Resident, Surfer, invite

PAGES = "/identity/v1"


def with_passkey(op: Op, authenticator: Authenticator, tenant: str = "default") -> Resident:
    """Open an account and add an authenticator's passkey to it."""
    resident, link = invite(op.url, op.settings, tenant)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
        surfer.visit(f"{PAGES}/account/passkey?tenant={tenant}")
        page = surfer.fill_passkey(authenticator.make(surfer.passkey_options()), label="鍵")
        assert "「鍵」" in page.text
    return resident


def signed_in_with(op: Op, surfer: Surfer, authenticator: Authenticator) -> JsonObject:
    """Sign in at a service with a passkey, and the password where it is asked for."""
    app = op.register()
    app.cookies = surfer.cookies
    surfer.follow(app.ask("v" * 43))
    page = surfer.fill_passkey(authenticator.show(surfer.passkey_options()))
    if 'name="password"' in page.text:
        surfer.fill("second", password=PASSWORD)
    token = app.redeem(surfer.arrived()["code"]).json()["access_token"]
    return app.introspect(token)


@pytest.mark.parametrize(
    ("synced", "verifies", "vouched", "amr", "level"),
    [
        (True, True, False, {"swk", "user", "mfa"}, 2),
        (True, False, False, {"swk", "user", "pwd"}, 2),
        (False, True, False, {"swk", "user", "mfa"}, 2),
        (True, True, True, {"swk", "user", "mfa"}, 2),
        (False, True, True, {"hwk", "user", "mfa"}, 3),
        (False, False, True, {"hwk", "user", "pwd"}, 3),
    ],
    ids=["synced", "synced, unverified", "one device", "synced, vouched", "hardware", "key alone"],
)
def test_a_passkey_gives_the_level_that_it_deserves(
    op: Op, maker: Maker, synced: bool, verifies: bool, vouched: bool, amr: set[str], level: int
) -> None:
    key = Authenticator(
        origin=op.url, synced=synced, verifies=verifies, maker=maker if vouched else None
    )
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        told = signed_in_with(op, surfer, key)
    assert told["acr"] == f"https://trust.example/acr/ial1/aal{level}"
    assert set(told["amr"] if isinstance(told["amr"], list) else ()) == amr


def test_attack_an_authenticator_of_an_unknown_maker_is_no_hardware(op: Op) -> None:
    key = Authenticator(origin=op.url, maker=Maker())
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        assert signed_in_with(op, surfer, key)["acr"] == "https://trust.example/acr/ial1/aal2"


def test_attack_a_passkey_of_one_municipality_at_another(op: Op) -> None:
    other = make_tenant(op.url, op.settings)
    key = Authenticator(origin=op.url)
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant={other}")
        page = surfer.fill_passkey(key.show(surfer.passkey_options()))
        assert page.status_code == 422
        assert not any("renkei_session" in name for name in surfer.cookies)


def test_attack_an_answer_replayed_in_any_process_or_browser(op: Op, other_worker: str) -> None:
    key = Authenticator(origin=op.url, synced=True)
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        cookies = dict(surfer.cookies)
        answer = key.show(surfer.passkey_options())
        assert surfer.fill_passkey(answer).status_code == 200
    for worker, known in ((op.url, cookies), (other_worker, cookies), (op.url, {})):
        with Surfer(url=worker, cookies={**known}) as thief:
            thief.visit(f"{PAGES}/sign-in?tenant=default")
            assert thief.fill_passkey(answer).status_code == 422


def test_attack_answers_for_another_site_by_another_key_or_by_a_copy(op: Op) -> None:
    key = Authenticator(origin=op.url)
    with_passkey(op, key)
    elsewhere = Authenticator(origin="https://evil.example", key=key.key, id=key.id, count=5)
    forged = Authenticator(origin=op.url, id=key.id, count=5)
    cloned = Authenticator(origin=op.url, key=key.key, id=key.id)
    for thief, expected in ((key, 200), (elsewhere, 422), (forged, 422), (cloned, 422)):
        with Surfer(url=op.url) as surfer:
            surfer.visit(f"{PAGES}/sign-in?tenant=default")
            answer = thief.show(surfer.passkey_options())
            assert surfer.fill_passkey(answer).status_code == expected


def test_attack_broken_answers_are_refused_not_crashed_on(op: Op) -> None:
    key = Authenticator(origin=op.url)
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        whole = key.show(surfer.passkey_options())
        response = whole["response"]
        assert isinstance(response, dict)
        broken: list[JsonObject] = [
            {},
            {**whole, "rawId": "!"},
            {**whole, "rawId": 7},
            {**whole, "response": {}},
            {**whole, "response": {**response, "clientDataJSON": "AAAA"}},
            {**whole, "type": "password"},
        ]
        for answer in broken:
            assert surfer.fill_passkey(answer).status_code == 422


def test_attack_a_second_factor_of_somebody_else(op: Op) -> None:
    key = Authenticator(origin=op.url)
    with_passkey(op, key)
    own = Authenticator(origin=op.url)
    hers = with_passkey(op, own)
    with Surfer(url=op.url) as thief:
        thief.visit(f"{PAGES}/sign-in?tenant=default")
        thief.fill("sign-in", login=hers.login, password=PASSWORD)
        options = thief.passkey_options()
        assert thief.fill_passkey(key.show(options)).status_code == 422
        assert thief.fill_passkey(own.show(thief.passkey_options())).status_code == 200


def test_a_passkey_is_removed_by_its_owner_and_opens_nothing_any_more(op: Op) -> None:
    key = Authenticator(origin=op.url, synced=True)
    with_passkey(op, key)
    with Surfer(url=op.url) as surfer:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        surfer.fill_passkey(key.show(surfer.passkey_options()))
        page = surfer.fill("factors/remove")
        assert "「鍵」" not in page.text
        surfer.visit(f"{PAGES}/sign-in?tenant=default")
        assert surfer.fill_passkey(key.show(surfer.passkey_options())).status_code == 422
