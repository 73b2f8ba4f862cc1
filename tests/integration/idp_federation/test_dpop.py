"""Tokens bound to a key: only who shows that she has it may use them."""

import hashlib
import time
from typing import cast

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import (
    CALLBACK,
    ClientKey,
    Op,
    RelyingParty,
    Tokens,
    base64url,
)


@pytest.fixture
def app(op: Op) -> RelyingParty:
    app = op.register(dpop_bound_access_tokens=True)
    app.browse(op.identity.sign_in(op.identity.open_account()))
    return app


def redeem(app: RelyingParty, code: str, proof: str | None) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": "v" * 43,
    }
    return app.post("token", form, dpop=proof)


def nonce_of(app: RelyingParty) -> str:
    """Ask once without a nonce, to be told one."""
    answer = redeem(app, "any", app.proof("POST", app.op.endpoint("token")))
    assert answer.json()["error"] == "use_dpop_nonce"
    return answer.headers["dpop-nonce"]


def bound_tokens(app: RelyingParty) -> Tokens:
    proof = app.proof("POST", app.op.endpoint("token"), nonce=nonce_of(app))
    answer = redeem(app, app.code(), proof)
    assert answer.status_code == 200, answer.text
    return Tokens(answer=answer.json())


def some_claims(app: RelyingParty) -> JsonObject:
    return {"jti": "j", "htm": "POST", "htu": app.op.endpoint("token"), "iat": int(time.time())}


def use(app: RelyingParty, token: str, **claims: JsonValue) -> int:
    """Ask UserInfo with a token and a proof; answers with the status."""
    url = app.op.endpoint("userinfo")
    ath = base64url(hashlib.sha256(token.encode()).digest())
    proof = app.proof("GET", url, **{"ath": ath, **claims})
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    return app.op.http.get(url, headers=headers).status_code


def test_a_bound_token_says_to_which_key_and_is_used_with_its_proof(app: RelyingParty) -> None:
    given = bound_tokens(app)
    assert given["token_type"] == "DPoP"
    assert given.claims()["cnf"] == {"jkt": app.key.key.thumbprint()}
    assert use(app, given["access_token"]) == 200


def test_a_bound_token_is_nothing_without_its_key(app: RelyingParty) -> None:
    token = bound_tokens(app)["access_token"]
    assert app.userinfo(token).status_code == 401
    thief = RelyingParty(op=app.op, id=app.id, key=ClientKey.new())
    assert use(thief, token) == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "POST"},
        {"htu": "https://evil.example/userinfo"},
        {"ath": "another"},
        {"ath": None},
        {"jti": None},
        {"iat": None},
        {"nonce": "made-up.nonce"},
    ],
)
def test_attack_1_a_proof_for_something_else_is_refused(
    app: RelyingParty, wrong: dict[str, JsonValue]
) -> None:
    assert use(app, bound_tokens(app)["access_token"], **wrong) == 401


@pytest.mark.parametrize(
    ("offset_s", "status"), [(9, 200), (-10, 200), (-50, 200), (61, 401), (-62, 401)]
)
def test_attack_8_a_proof_is_of_just_now(app: RelyingParty, offset_s: int, status: int) -> None:
    token = bound_tokens(app)["access_token"]
    assert use(app, token, iat=int(time.time()) + offset_s) == status


def test_attack_1_a_proof_is_good_once_over_two_workers(
    app: RelyingParty, other_worker: str
) -> None:
    token = bound_tokens(app)["access_token"]
    url = app.op.endpoint("userinfo")
    ath = base64url(hashlib.sha256(token.encode()).digest())
    headers = {"Authorization": f"DPoP {token}", "DPoP": app.proof("GET", url, ath=ath)}
    assert app.op.http.get(url, headers=headers).status_code == 200
    there = f"{other_worker}/identity/v1/userinfo"
    assert app.op.http.get(there, headers=headers).status_code == 401


def test_a_code_needs_a_proof_where_the_client_has_to_show_its_key(app: RelyingParty) -> None:
    assert redeem(app, app.code(), None).json()["error"] == "invalid_dpop_proof"


def test_a_refresh_token_is_bound_to_the_key_too(app: RelyingParty) -> None:
    given, nonce = bound_tokens(app), nonce_of(app)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    url = app.op.endpoint("token")
    thief = RelyingParty(op=app.op, id=app.id, key=ClientKey.new())
    stolen = app.post("token", form, dpop=thief.proof("POST", url, nonce=nonce))
    assert stolen.json()["error"] == "invalid_grant"
    kept = app.post("token", form, dpop=app.proof("POST", url, nonce=nonce))
    assert kept.status_code == 200


def test_a_code_that_was_asked_for_with_a_key_is_bound_to_it(op: Op) -> None:
    app = op.register()
    app.browse(op.identity.sign_in(op.identity.open_account()))
    other = ClientKey.new().key.thumbprint()
    proof = app.proof("POST", op.endpoint("token"), nonce=nonce_of(app))
    assert redeem(app, app.code(dpop_jkt=other), proof).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT"}, {"typ": "at+jwt"}, {"jwk": None}, {"jku": "https://evil.example"}],
)
def test_attack_2_a_proof_of_another_kind_is_none(
    app: RelyingParty, header: dict[str, JsonValue]
) -> None:
    claims = some_claims(app)
    given: dict[str, JsonValue] = {"typ": "dpop+jwt", "jwk": app.key.public, "kid": None, **header}
    forged = app.key.sign(claims, **given)
    assert redeem(app, "any", forged).json()["error"] == "invalid_dpop_proof"


def test_attack_2_a_private_key_in_a_proof_is_refused(app: RelyingParty) -> None:
    claims = some_claims(app)
    private = cast(JsonObject, app.key.key.as_dict(private=True))
    forged = app.key.sign(claims, typ="dpop+jwt", kid=None, jwk=private)
    assert redeem(app, "any", forged).json()["error"] == "invalid_dpop_proof"
