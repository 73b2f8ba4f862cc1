"""The sign-in page over plain HTTP, as a browser without scripts meets it."""

import pytest

from tests.integration.idp_federation.people import Op, RelyingParty
from tests.signing_in import PASSWORD, Resident, Surfer, make_resident


@pytest.fixture(scope="module")
def hanako(op: Op) -> Resident:
    return make_resident(op.url, op.settings)


@pytest.fixture
def app(op: Op) -> RelyingParty:
    return op.register()


def asked_by(app: RelyingParty, surfer: Surfer, **more: str) -> None:
    """Let a service send the browser to sign in."""
    answer = app.ask("v" * 43, **more)
    surfer.cookies.update(app.cookies)
    surfer.follow(answer)


def test_a_name_and_a_password_lead_back_to_the_service(
    op: Op, app: RelyingParty, hanako: Resident
) -> None:
    with Surfer(url=op.url) as surfer:
        asked_by(app, surfer, login_hint="somebody@example.jp")
        assert surfer.page is not None
        assert 'value="somebody@example.jp"' in surfer.page.text
        surfer.sign_in(hanako)
        tokens = app.redeem(surfer.arrived()["code"]).json()
    assert app.introspect(tokens["access_token"])["active"] is True


def test_wrong_names_and_wrong_passwords_are_answered_alike(op: Op, hanako: Resident) -> None:
    texts = []
    for login, password in (("nobody-here", PASSWORD), (hanako.login, "not her password at all")):
        with Surfer(url=op.url) as surfer:
            surfer.visit("/identity/v1/sign-in?tenant=default")
            answer = surfer.fill("sign-in", login=login, password=password)
            assert answer.status_code == 422
            main = answer.text.partition("<main")[2].partition("data-options")[0]
            for changing in (login, surfer.cookies["renkei_form"]):
                main = main.replace(changing, "…")
            texts.append(main.partition('name="csrf"')[0])
    assert texts[0] == texts[1]
