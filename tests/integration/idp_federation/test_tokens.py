"""The token endpoint, and what becomes of tokens, over HTTP and over two workers."""

import base64
import secrets
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from idp_federation import Held
from joint_use import Levels
from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import (
    ClientKey,
    Op,
    RelyingParty,
    Tokens,
    answered,
    handed_to,
)

BASIC: JsonObject = {"token_endpoint_auth_method": "client_secret_basic", "jwks": None}
MACHINE: JsonObject = {
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "scope": "read write",
}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def app(op: Op) -> RelyingParty:
    app = op.register()
    app.browse(op.identity.sign_in(op.identity.open_account()))
    return app


def error_of(answer: httpx2.Response) -> str:
    assert answer.status_code in (400, 401, 403), answer.text
    return str(answer.json()["error"])


def elsewhere(app: RelyingParty, url: str) -> RelyingParty:
    """The same client, at another worker."""
    op = Op(url=url, settings=app.op.settings, http=app.op.http)
    there = RelyingParty(op=op, id=app.id, key=app.key)
    there.assertion = app.assertion  # type: ignore[method-assign]  # for the issuer, not the URL
    return there


def test_attack_1_a_code_is_good_once_and_its_reuse_ends_what_came_of_it(
    app: RelyingParty, other_worker: str
) -> None:
    code = app.code()
    given = Tokens(answer=app.redeem(code).json())
    assert app.introspect(given["access_token"])["active"] is True
    again = elsewhere(app, other_worker).redeem(code)
    assert error_of(again) == "invalid_grant"
    assert app.introspect(given["access_token"]) == {"active": False}
    assert error_of(app.refresh(given["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": "short"},
        {"redirect_uri": "https://app.example/other"},
        {"code": "unknown"},
    ],
)
def test_a_code_is_redeemed_by_who_asked_for_it(app: RelyingParty, wrong: dict[str, str]) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": "https://app.example/callback"}
    answer = app.post("token", {**form, "code": app.code(), "code_verifier": "v" * 43, **wrong})
    assert error_of(answer) == "invalid_grant"


def test_a_code_of_one_client_is_none_of_another(op: Op, app: RelyingParty) -> None:
    assert error_of(op.register().redeem(app.code())) == "invalid_grant"


def test_a_refresh_token_is_followed_by_the_next(app: RelyingParty) -> None:
    first = app.tokens()
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert app.introspect(second["access_token"])["active"] is True


def test_attack_1_reuse_of_a_refresh_token_ends_the_family(
    app: RelyingParty, other_worker: str
) -> None:
    first = app.tokens()
    second = app.refresh(first["refresh_token"]).json()
    assert error_of(elsewhere(app, other_worker).refresh(first["refresh_token"])) == "invalid_grant"
    assert error_of(app.refresh(second["refresh_token"])) == "invalid_grant"
    assert app.introspect(second["access_token"]) == {"active": False}


def test_a_refresh_token_of_another_client_is_left_as_it_is(op: Op, app: RelyingParty) -> None:
    given = app.tokens()
    assert error_of(op.register().refresh(given["refresh_token"])) == "invalid_grant"
    assert app.refresh(given["refresh_token"]).status_code == 200


def test_a_refresh_narrows_and_never_widens(app: RelyingParty) -> None:
    given = app.tokens()
    assert error_of(app.refresh(given["refresh_token"], scope="openid write")) == "invalid_scope"


def test_what_a_session_gave_ends_with_it_but_not_what_outlives_it(
    op: Op, app: RelyingParty
) -> None:
    bound = app.tokens()
    offline = app.tokens(scope="openid read offline_access")
    hint = {"id_token_hint": bound["id_token"]}
    assert app.visit(op.endpoint("logout"), hint).status_code == 200
    assert app.introspect(bound["access_token"]) == {"active": False}
    assert error_of(app.refresh(bound["refresh_token"])) == "invalid_grant"
    later = app.refresh(offline["refresh_token"])
    assert later.status_code == 200
    told = app.introspect(later.json()["access_token"])
    assert told["acr"] == "https://trust.example/acr/ial1/aal1"  # levels end with the session


def test_attack_8_levels_that_have_ended_are_in_no_new_token(op: Op) -> None:
    app = op.register()
    ends = datetime.now(UTC) + timedelta(seconds=4)
    held = Held(levels=Levels(2, 2), valid_until=ends)
    app.browse(op.identity.sign_in(op.identity.open_account(), held=held))
    given = app.tokens()
    assert given.claims()["acr"] == "https://trust.example/acr/ial2/aal2"
    assert int(str(given.claims()["exp"])) <= ends.timestamp()
    while datetime.now(UTC) < ends:
        time.sleep(0.05)
    later = Tokens(answer=app.refresh(given["refresh_token"]).json())
    lowest = "https://trust.example/acr/ial1/aal1"
    assert (later.claims()["acr"], later.claims("id_token")["acr"]) == (lowest, lowest)


def test_a_revoked_token_is_none_at_the_other_worker(app: RelyingParty, other_worker: str) -> None:
    given = app.tokens()
    there = elsewhere(app, other_worker)
    assert there.userinfo(given["access_token"]).status_code == 200
    assert app.post("revoke", {"token": given["access_token"]}).status_code == 200
    assert there.introspect(given["access_token"]) == {"active": False}
    deadline = time.monotonic() + 60
    while there.userinfo(given["access_token"]).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_revoking_a_refresh_token_ends_its_access_tokens(app: RelyingParty) -> None:
    given = app.tokens()
    app.post("revoke", {"token": given["refresh_token"]})
    assert app.introspect(given["access_token"]) == {"active": False}
    assert app.userinfo(given["access_token"]).status_code == 401


def test_a_client_revokes_and_sees_only_its_own_tokens(op: Op, app: RelyingParty) -> None:
    given, other = app.tokens(), op.register()
    assert other.introspect(given["access_token"]) == {"active": False}
    assert other.introspect(given["refresh_token"]) == {"active": False}
    assert other.post("revoke", {"token": given["refresh_token"]}).status_code == 200
    assert app.refresh(given["refresh_token"]).status_code == 200


def test_a_service_sees_tokens_that_are_for_it(op: Op, app: RelyingParty) -> None:
    service = op.register(serves=[f"{op.url}/ngsi-ld/v1"])
    told = service.introspect(app.tokens()["access_token"])
    assert (told["active"], told["tenant"], told["token_type"]) == (True, "default", "Bearer")
    assert told["acr"] == "https://trust.example/acr/ial2/aal2"


def test_a_machine_gets_a_token_in_its_own_name(op: Op) -> None:
    machine = op.register(**MACHINE)
    answer = machine.post("token", {"grant_type": "client_credentials"})
    given = Tokens(answer=answer.json())
    said = given.claims()
    assert (said["sub"], said["client_id"], said["scope"]) == (machine.id, machine.id, "read write")
    assert not {"acr", "auth_time"} & said.keys()
    assert "refresh_token" not in given.answer
    refused = machine.post("token", {"grant_type": "client_credentials", "scope": "openid"})
    assert error_of(refused) == "invalid_scope"


def test_a_small_client_shows_its_secret_by_http_basic(op: Op) -> None:
    small = op.register(**BASIC, **MACHINE)
    form = {"grant_type": "client_credentials"}

    def ask(secret: str) -> httpx2.Response:
        shown = base64.b64encode(f"{small.id}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {shown}"}
        return op.http.post(op.endpoint("token"), data=form, headers=headers)

    assert ask(str(small.secret)).status_code == 200
    assert error_of(ask("wrong")) == "invalid_client"
    assert error_of(ask("")) == "invalid_client"
    fresh = op.admin("POST", f"/clients/{small.id}/secret").json()["client_secret"]
    assert error_of(ask(str(small.secret))) == "invalid_client"
    assert ask(fresh).status_code == 200
    in_body = {**form, "client_id": small.id, "client_secret": fresh}
    refused = op.http.post(op.endpoint("token"), data=in_body)
    assert error_of(refused) == "invalid_request"


def test_a_disabled_client_does_nothing_and_its_tokens_end(op: Op, app: RelyingParty) -> None:
    given, service = app.tokens(), op.register(serves=[f"{op.url}/ngsi-ld/v1"])
    assert op.admin("POST", f"/clients/{app.id}/disable").status_code == 200
    assert error_of(app.refresh(given["refresh_token"])) == "invalid_client"
    assert service.introspect(given["access_token"]) == {"active": False}


def test_attack_1_an_assertion_is_good_once_over_two_workers(op: Op, other_worker: str) -> None:
    machine = op.register(**MACHINE)
    assertion, form = machine.assertion(), {"grant_type": "client_credentials"}
    assert machine.post("token", form, assertion=assertion).status_code == 200
    replayed = elsewhere(machine, other_worker).post("token", form, assertion=assertion)
    assert error_of(replayed) == "invalid_client"


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": ["https://elsewhere.example"]},
        {"aud": "ISSUER/"},
        {"aud": "ISSUER/identity/v1/token"},
        {"aud": ["ISSUER"]},
        {"aud": ["ISSUER", "https://elsewhere.example"]},
        {"iss": "another"},
        {"sub": "another"},
        {"jti": None},
        {"exp": None},
        {"exp": 61},
        {"exp": -61},
        {"iat": 61},
        {"exp": 3600},
    ],
)
def test_attack_1_an_assertion_for_another_is_refused(op: Op, wrong: JsonObject) -> None:
    machine, now = op.register(**MACHINE), int(time.time())
    changed: JsonObject = {}
    for name, value in wrong.items():
        if isinstance(value, int):
            changed[name] = now + value
        elif isinstance(value, str):
            changed[name] = value.replace("ISSUER", op.url)
        elif isinstance(value, list):
            changed[name] = [str(one).replace("ISSUER", op.url) for one in value]
        else:
            changed[name] = value
    answer = machine.post(
        "token", {"grant_type": "client_credentials"}, assertion=machine.assertion(**changed)
    )
    if wrong == {"exp": 61}:
        assert answer.status_code == 200
    else:
        assert error_of(answer) == "invalid_client"


@pytest.mark.parametrize(("exp", "iat"), [(-6, -60), (60, 9)])  # a slow machine takes seconds
def test_attack_8_a_clock_ten_seconds_off_is_accepted(op: Op, exp: int, iat: int) -> None:
    machine, now = op.register(**MACHINE), int(time.time())
    assertion = machine.assertion(exp=now + exp, iat=now + iat)
    answer = machine.post("token", {"grant_type": "client_credentials"}, assertion=assertion)
    assert answer.status_code == 200


def test_attack_2_what_is_no_key_of_the_client_signs_nothing(op: Op) -> None:
    machine, thief = op.register(**MACHINE), ClientKey.new()
    form = {"grant_type": "client_credentials"}
    claims: JsonObject = {
        "iss": machine.id,
        "sub": machine.id,
        "aud": op.url,
        "exp": int(time.time()) + 60,
    }

    def tried(**header: JsonValue) -> str:
        forged = thief.sign({**claims, "jti": secrets.token_hex(8)}, **header)
        return error_of(machine.post("token", form, assertion=forged))

    own = machine.key.key.kid
    assert tried() == "invalid_client"
    assert tried(kid=own) == "invalid_client"
    assert tried(kid=None) == "invalid_client"
    assert tried(kid="../../etc/passwd") == "invalid_client"
    assert tried(kid="' OR 1=1 --") == "invalid_client"
    assert tried(kid=own, jwk=thief.public) == "invalid_client"
    assert tried(kid=own, jku="https://evil.example/jwks") == "invalid_client"
    assert tried(kid=own, x5u="https://evil.example/x5u") == "invalid_client"


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_attack_2_algorithms_without_a_private_key_count_for_nothing(op: Op, alg: str) -> None:
    machine = op.register(**MACHINE)
    header, claims, signature = machine.assertion().split(".")
    told = f'{{"alg":"{alg}","kid":"{machine.key.key.kid}"}}'
    forged = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
    assert forged != header
    for tail in ("", signature):
        answer = machine.post(
            "token",
            {"grant_type": "client_credentials"},
            assertion=f"{forged}.{claims}.{tail}",
        )
        assert error_of(answer) == "invalid_client"


def test_attack_2_tokens_of_one_kind_are_none_of_another(app: RelyingParty) -> None:
    given = app.tokens()
    assert app.userinfo(given["id_token"]).status_code == 401
    assert app.userinfo(given["refresh_token"]).status_code == 401
    assert app.introspect(given["id_token"]) == {"active": False}
    as_assertion = app.post(
        "token", {"grant_type": "client_credentials"}, assertion=given["id_token"]
    )
    assert error_of(as_assertion) == "invalid_client"
    told = answered(app.ask("v" * 43, id_token_hint=given["access_token"]))
    assert told["error"] == "invalid_request"


def test_a_hint_of_somebody_else_asks_to_sign_in(op: Op, app: RelyingParty) -> None:
    hint = app.tokens()["id_token"]
    assert "code" in answered(app.ask("v" * 43, id_token_hint=hint, prompt="none"))
    app.browse(op.identity.sign_in(op.identity.open_account()))
    told = answered(app.ask("v" * 43, id_token_hint=hint, prompt="none"))
    assert told["error"] == "login_required"
    assert handed_to(app.ask("v" * 43, id_token_hint=hint))[0] == "sign-in"


def test_a_service_exchanges_a_token_that_is_for_it(op: Op, app: RelyingParty) -> None:
    given = app.tokens()
    service = op.register(
        grant_types=[EXCHANGE],
        redirect_uris=[],
        scope="read",
        serves=[f"{op.url}/ngsi-ld/v1"],
        resources=["https://ledger.example"],
    )
    form = {
        "grant_type": EXCHANGE,
        "subject_token": given["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }
    answer = service.post("token", form)
    assert answer.status_code == 200, answer.text
    assert answer.json()["issued_token_type"] == ACCESS_TOKEN
    said = Tokens(answer=answer.json()).claims()
    assert said["aud"] == ["https://ledger.example"]
    assert (said["scope"], said["act"]) == ("read", {"sub": service.id})
    assert said["acr"] == given.claims()["acr"]
    assert said["sub"] != given.claims()["sub"]  # another sector, another name
    app.post("revoke", {"token": given["refresh_token"]})
    assert service.introspect(answer.json()["access_token"]) == {"active": False}


def test_attack_7_a_token_of_one_municipality_is_exchanged_for_none_of_another(
    op: Op, app: RelyingParty
) -> None:
    form = {
        "grant_type": EXCHANGE,
        "subject_token": app.tokens()["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }
    machine: JsonObject = {"grant_types": [EXCHANGE], "redirect_uris": [], "scope": "read"}
    served: JsonObject = {"serves": [f"{op.url}/ngsi-ld/v1"]}
    foreign = op.register(**machine, **served, tenants=["elsewhere"])
    assert error_of(foreign.post("token", form)) == "invalid_target"
    unconcerned = op.register(**machine)
    assert error_of(unconcerned.post("token", form)) == "invalid_grant"


def test_attack_7_pairwise_names_differ_by_sector(op: Op) -> None:
    person, names = op.identity.open_account(), []
    for sector in ("", "", "shared", "shared"):
        app = op.register(sector=sector)
        app.browse(op.identity.sign_in(person))
        names.append(app.tokens(scope="openid").claims("id_token")["sub"])
    assert len({*names[:3]}) == 3
    assert names[2] == names[3]
