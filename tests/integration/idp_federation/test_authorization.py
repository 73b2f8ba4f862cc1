"""Authorization code with PKCE, over HTTP."""

import time

import pytest

from joint_use import Levels
from kit.json import JsonObject
from tests.integration.idp_federation.people import (
    CALLBACK,
    LEVELS_2_2,
    Op,
    RelyingParty,
    answered,
    handed_to,
)

HIGH = '{"id_token":{"acr":{"essential":true,"values":["https://trust.example/acr/ial3/aal3"]}}}'
FORGED = '{"id_token":{"acr":{"essential":true,"values":["https://evil.example/acr/ial1/aal1"]}}}'


@pytest.fixture
def app(op: Op) -> RelyingParty:
    return op.register()


@pytest.fixture
def signed_in(op: Op, app: RelyingParty) -> RelyingParty:
    app.browse(op.identity.sign_in(op.identity.open_account()))
    return app


def test_who_is_signed_in_gets_a_code_with_state_and_issuer(signed_in: RelyingParty) -> None:
    told = answered(signed_in.ask("v" * 43))
    assert told.keys() == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == ("s-1", signed_in.op.url)


def test_a_code_becomes_tokens_that_tell_who_signed_in_and_how(signed_in: RelyingParty) -> None:
    given = signed_in.tokens()
    said, told = given.claims(), given.claims("id_token")
    assert given["token_type"] == "Bearer"
    assert said["tenant"] == "default"
    assert said["aud"] == [f"{signed_in.op.url}/ngsi-ld/v1"]
    assert said["client_id"] == signed_in.id
    assert (told["nonce"], told["aud"], told["sub"]) == ("n-1", signed_in.id, said["sub"])
    assert told["acr"] == LEVELS_2_2
    assert told["amr"] == ["otp", "pwd"]
    assert "name" not in told


def test_userinfo_tells_what_the_scopes_ask_for(signed_in: RelyingParty) -> None:
    given = signed_in.tokens()
    told = signed_in.userinfo(given["access_token"]).json()
    assert told["name"] == "札幌 花子"
    assert told["sub"] == given.claims()["sub"]
    assert "email" not in told


def test_nobody_signed_in_is_sent_to_the_sign_in_page_and_goes_on(
    op: Op, app: RelyingParty
) -> None:
    page, interaction = handed_to(app.ask("v" * 43))
    assert page == "sign-in"
    app.browse(op.identity.sign_in(op.identity.open_account()))
    resumed = app.visit(op.endpoint("resume"), {"interaction": interaction})
    assert "code" in answered(resumed)


def test_an_interaction_is_good_once(op: Op, app: RelyingParty) -> None:
    _, interaction = handed_to(app.ask("v" * 43))
    app.browse(op.identity.sign_in(op.identity.open_account()))
    app.visit(op.endpoint("resume"), {"interaction": interaction})
    again = app.visit(op.endpoint("resume"), {"interaction": interaction})
    assert again.status_code == 400


def test_an_interaction_of_one_browser_is_none_in_another(op: Op, app: RelyingParty) -> None:
    _, interaction = handed_to(app.ask("v" * 43))
    app.cookies = {}
    app.browse(op.identity.sign_in(op.identity.open_account()))
    answer = app.visit(op.endpoint("resume"), {"interaction": interaction})
    assert answer.status_code == 400


def test_prompt_login_is_not_satisfied_by_going_on_without_signing_in(
    op: Op, signed_in: RelyingParty
) -> None:
    page, interaction = handed_to(signed_in.ask("v" * 43, prompt="login"))
    assert page == "sign-in"
    resumed = signed_in.visit(op.endpoint("resume"), {"interaction": interaction})
    assert answered(resumed)["error"] == "login_required"


def test_prompt_login_is_satisfied_by_signing_in_again(op: Op, signed_in: RelyingParty) -> None:
    _, interaction = handed_to(signed_in.ask("v" * 43, prompt="login"))
    signed_in.browse(op.identity.sign_in(op.identity.open_account()))
    resumed = signed_in.visit(op.endpoint("resume"), {"interaction": interaction})
    assert "code" in answered(resumed)


def test_prompt_none_asks_nobody(app: RelyingParty) -> None:
    assert answered(app.ask("v" * 43, prompt="none"))["error"] == "login_required"


def test_max_age_that_has_passed_needs_a_fresh_sign_in(signed_in: RelyingParty) -> None:
    page, _ = handed_to(signed_in.ask("v" * 43, max_age="0"))
    assert page == "sign-in"


def test_an_essential_class_that_is_not_reached_leads_to_step_up(op: Op, app: RelyingParty) -> None:
    person = op.identity.open_account(levels=Levels(1, 1))
    app.browse(op.identity.sign_in(person))
    page, interaction = handed_to(app.ask("v" * 43, claims=HIGH))
    assert page == "step-up"
    resumed = app.visit(op.endpoint("resume"), {"interaction": interaction})
    assert answered(resumed)["error"] == "unmet_authentication_requirements"


def test_attack_5_prompt_none_at_a_low_level_gets_no_code(op: Op, app: RelyingParty) -> None:
    app.browse(op.identity.sign_in(op.identity.open_account(levels=Levels(1, 1))))
    told = answered(app.ask("v" * 43, claims=HIGH, prompt="none"))
    assert told["error"] == "login_required"


def test_attack_5_an_unknown_class_reaches_nothing(signed_in: RelyingParty) -> None:
    told = answered(signed_in.ask("v" * 43, claims=FORGED))
    assert told["error"] == "unmet_authentication_requirements"


def test_a_service_of_a_class_is_not_reached_below_its_levels(op: Op) -> None:
    app = op.register(service_class="existence")
    app.browse(op.identity.sign_in(op.identity.open_account(levels=Levels(1, 2))))
    page, _ = handed_to(app.ask("v" * 43))
    assert page == "step-up"


def test_consent_is_asked_for_once(op: Op) -> None:
    app = op.register(consent_required=True)
    person = op.identity.open_account()
    app.browse(op.identity.sign_in(person))
    page, interaction = handed_to(app.ask("v" * 43, scope="openid email"))
    assert page == "consent"
    op.identity.consent(person, app.id, "openid email", "email", "email_verified")
    resumed = app.visit(op.endpoint("resume"), {"interaction": interaction})
    assert "code" in answered(resumed)
    assert "code" in answered(app.ask("v" * 43, scope="openid email", prompt="none"))
    more = answered(app.ask("v" * 43, scope="openid email profile", prompt="none"))
    assert more["error"] == "consent_required"


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": "https://app.example.evil.example/callback"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
    ],
)
def test_nobody_is_sent_where_no_client_has_registered(
    signed_in: RelyingParty, wrong: dict[str, str | None]
) -> None:
    answer = signed_in.ask("v" * 43, **wrong)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "openid administer"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"tenant": "sapporo"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_to_the_client(
    signed_in: RelyingParty, wrong: dict[str, str | None], error: str
) -> None:
    told = answered(signed_in.ask("v" * 43, **wrong))
    assert (told["error"], told["state"], told["iss"]) == (error, "s-1", signed_in.op.url)


def test_a_parameter_that_stands_there_twice_is_refused(signed_in: RelyingParty) -> None:
    url = f"{signed_in.op.endpoint('authorize')}?client_id={signed_in.id}&client_id=other"
    assert signed_in.visit(url).status_code == 400


def test_a_pushed_request_is_good_once_and_for_its_client_alone(
    op: Op, signed_in: RelyingParty
) -> None:
    form = {
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    pushed = signed_in.post("par", form)
    assert pushed.status_code == 201
    assert pushed.json()["expires_in"] < 600
    asked = {"client_id": signed_in.id, "request_uri": pushed.json()["request_uri"]}
    thief = op.register()
    stolen = thief.visit(op.endpoint("authorize"), {**asked, "client_id": thief.id})
    assert stolen.status_code == 400
    assert "code" in answered(signed_in.visit(op.endpoint("authorize"), asked))
    assert signed_in.visit(op.endpoint("authorize"), asked).status_code == 400


def test_who_has_to_push_may_not_ask_otherwise(op: Op) -> None:
    app = op.register(require_pushed_authorization_requests=True)
    assert app.ask("v" * 43).status_code == 400


def test_a_signed_request_counts_as_it_was_signed(op: Op, signed_in: RelyingParty) -> None:
    now = int(time.time())
    claims: JsonObject = {
        "iss": signed_in.id,
        "client_id": signed_in.id,
        "aud": op.url,
        "exp": now + 60,
        "iat": now,
        "jti": f"jti-{time.time_ns()}",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "signed",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    signed = signed_in.key.sign(claims, typ="oauth-authz-req+jwt")
    asked = {"client_id": signed_in.id, "request": signed, "state": "added", "prompt": "login"}
    told = answered(signed_in.visit(op.endpoint("authorize"), asked))
    assert told["state"] == "signed"
    again = signed_in.visit(op.endpoint("authorize"), asked)
    assert again.status_code == 400  # attack 1: replay of a request object
    other_kind = signed_in.key.sign({**claims, "jti": "another"}, typ="JWT")
    wrong = signed_in.visit(op.endpoint("authorize"), {**asked, "request": other_kind})
    assert wrong.status_code == 400  # attack 2: wrong typ between kinds


def test_attack_7_a_session_of_one_municipality_is_none_at_another(op: Op) -> None:
    app = op.register()
    session = op.identity.sign_in(op.identity.open_account(tenant="elsewhere"))
    app.cookies["renkei_session_default"] = session.cookie
    page, _ = handed_to(app.ask("v" * 43))
    assert page == "sign-in"
