"""Kinds of providers, stepping up there, and what each sign-in is worth, over oidc-provider."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import ANCHOR, ClientKey, Op, claims_in, handed_to
from tests.integration.idp_federation.upstreams import (
    OidcProvider,
    Person,
    Registered,
    needs_oidc_provider,
    oidc_provider,
    registered,
)

pytestmark = needs_oidc_provider

JP_AML: JsonObject = {
    "trust_framework": "jp_aml",
    "evidence": ["document"],
    "ial": 2,
    "max_age": 86_400 * 365,
}
TABLE: JsonObject = {
    "version": 1,
    "acr": {"urn:example:one": 1, "urn:example:two": 2, "urn:example:three": 3},
    "proofing": [JP_AML],
    "max_ial": 2,
    "max_aal": 3,
}


@pytest.fixture(scope="module")
def there(op: Op) -> Iterator[OidcProvider]:
    with oidc_provider(op.http) as provider:
        yield provider


@pytest.fixture(scope="module")
def ekyc(op: Op, there: OidcProvider) -> Registered:
    return registered(op, there, kind="ekyc", table=TABLE, opens_accounts=True)


@pytest.fixture(scope="module")
def network(op: Op, there: OidcProvider) -> Registered:
    return registered(
        op,
        there,
        kind="sns",
        method="client_secret_basic",
        alg="RS256",
        opens_accounts=True,
        scope="openid profile",
    )


@pytest.fixture
def person(op: Op) -> Person:
    return Person(app=op.register())


def acr(proofing: int, authentication: int) -> str:
    return f"https://{ANCHOR}/acr/ial{proofing}/aal{authentication}"


def verified(at: datetime | None = None, **more: JsonValue) -> JsonObject:
    """What an eKYC provider tells of somebody whom it has checked."""
    verification: JsonObject = {
        "trust_framework": "jp_aml",
        "time": (at or datetime.now(UTC)).isoformat(),
        "evidence": [{"type": "document"}],
        **more,
    }
    return {"verified_claims": {"verification": verification, "claims": {"name": "札幌 花子"}}}


def test_ekyc_is_proofing_as_long_as_its_evidence_is_recent(
    ekyc: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(
        account="k1", acr="urn:example:two", amr=["pwd", "otp"], claims=verified()
    )
    assert person.tokens(ekyc)["acr"] == acr(2, 2)
    old = verified(datetime.now(UTC) - timedelta(days=366))
    ekyc.provider.next_sign_in(account="k1", acr="urn:example:two", amr=["pwd", "otp"], claims=old)
    assert Person(app=person.app).tokens(ekyc)["acr"] == acr(1, 2)


@pytest.mark.parametrize(
    "claims",
    [
        verified(trust_framework="jp_somebody"),
        verified(evidence=[{"type": "vouch"}]),
        verified(time="2026-01-01"),
        {},
    ],
)
def test_attack_6_verified_claims_that_fit_no_rule_prove_nothing(
    ekyc: Registered, person: Person, claims: JsonObject
) -> None:
    ekyc.provider.next_sign_in(account="k2", acr="urn:example:two", amr=["mfa"], claims=claims)
    assert person.tokens(ekyc)["acr"] == acr(1, 2)


def test_attack_6_verified_claims_without_a_signature_or_of_somebody_else_prove_nothing(
    ekyc: Registered, person: Person
) -> None:
    unsigned: JsonObject = {"userinfo": verified()}
    ekyc.provider.next_sign_in(account="k3", acr="urn:example:two", amr=["mfa"], forge=unsigned)
    assert person.tokens(ekyc)["acr"] == acr(1, 2)
    stranger: JsonObject = {"userinfo": {"sub": "somebody-else"}}
    ekyc.provider.next_sign_in(account="k3", acr="urn:example:two", forge=stranger)
    answer = Person(app=person.app).signs_in(ekyc)
    assert (answer.status_code, "about somebody else" in answer.text) == (400, True)


def test_verified_claims_in_a_signed_userinfo_count(
    op: Op, there: OidcProvider, person: Person
) -> None:
    signing = registered(
        op, there, kind="ekyc", table=TABLE, opens_accounts=True, signed_userinfo=True
    )
    there.next_sign_in(account="k4", acr="urn:example:two", amr=["mfa"], userinfo_claims=verified())
    assert person.tokens(signing)["acr"] == acr(2, 2)


def test_a_social_network_is_capped_at_self_assertion_whatever_it_says(
    network: Registered, person: Person
) -> None:
    network.provider.next_sign_in(
        account="s1", acr="urn:example:three", amr=["hwk", "pin"], claims=verified()
    )
    claims = person.tokens(network)
    assert claims["acr"] == acr(1, 1)


def test_the_digital_agencys_app_in_its_own_shapes(
    op: Op, there: OidcProvider, person: Person
) -> None:
    app = registered(op, there, kind="digital_auth", opens_accounts=True)
    known: JsonObject = {"name": "札幌 花子", "address": "札幌市中央区", "gender": "2"}
    there.next_sign_in(account="d1", acr="aal3", amr=["sc", "pin"], claims=known)
    claims = person.tokens(app)
    asked = there.seen["asked"]
    assert isinstance(asked, dict)
    assert (asked["scope"], asked["acr_values"]) == (
        "openid name address birthdate gender sign",
        "aal3 crl",
    )
    assert claims["acr"] == acr(3, 3)


def test_attack_5_an_acr_that_methods_deny_is_lowered(ekyc: Registered, person: Person) -> None:
    ekyc.provider.next_sign_in(account="c1", acr="urn:example:three", amr=["pwd"])
    assert person.tokens(ekyc)["acr"] == acr(1, 1)


def test_attack_5_a_lower_acr_than_was_asked_for_reaches_no_service_that_needs_it(
    ekyc: Registered, op: Op
) -> None:
    person = Person(app=op.register(service_class="existence"))
    ekyc.provider.next_sign_in(
        account="c2",
        acr="urn:example:two",
        claims=verified(),
        forge={"id_token": {"claims": {"acr": "urn:example:one"}}},
    )
    answer = person.get(str(person.signs_in(ekyc).headers["location"]))
    assert "/step-up?" in answer.headers["location"]
    interaction = answer.headers["location"].partition("interaction=")[2]
    back = person.walked(person.sent(ekyc, interaction))
    told = person.goes_on(person.get(back))
    assert told["error"] == "unmet_authentication_requirements"


def test_who_steps_up_there_is_asked_for_a_new_sign_in_at_the_class_required(
    ekyc: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(account="u1", acr="urn:example:one", amr=["pwd"], claims=verified())
    assert person.tokens(ekyc)["acr"] == acr(2, 1)
    high = person.app.op.register(service_class="existence")
    before = dict(person.jars[person.app.op.url])
    person.app = high
    interaction = person.asked()
    ekyc.provider.next_sign_in(
        account="u1", acr="urn:example:two", amr=["pwd", "otp"], claims=verified()
    )
    answer = person.get(person.walked(person.sent(ekyc, interaction)))
    asked = ekyc.provider.seen["asked"]
    assert isinstance(asked, dict)
    assert asked["prompt"] == "login"  # oidc-provider reads max_age=0 as that
    assert "essential" in str(asked["claims"])
    told = person.goes_on(answer)
    claims = claims_in(high.redeem(told["code"]).json()["id_token"])
    assert claims["acr"] == acr(2, 2)
    assert before != person.jars[person.app.op.url]


def test_attack_5_an_older_authentication_than_was_asked_for_is_no_step_up(
    ekyc: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(account="u2", acr="urn:example:one", claims=verified())
    person.tokens(ekyc)
    person.app = person.app.op.register(service_class="existence")
    interaction = person.asked()
    stale = int(datetime.now(UTC).timestamp()) - 600
    ekyc.provider.next_sign_in(
        account="u2",
        acr="urn:example:two",
        claims=verified(),
        forge={"id_token": {"claims": {"auth_time": stale}}},
    )
    answer = person.get(person.walked(person.sent(ekyc, interaction)))
    assert (answer.status_code, "older authentication" in answer.text) == (400, True)


def test_attack_6_levels_of_somebody_elses_account_raise_no_session(
    ekyc: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(account="low", acr="urn:example:one")
    person.tokens(ekyc)
    person.app = person.app.op.register(service_class="existence")
    interaction = person.asked()
    del person.jars[ekyc.provider.issuer]
    ekyc.provider.next_sign_in(
        account="high", acr="urn:example:three", amr=["hwk", "pin"], claims=verified()
    )
    answer = person.get(person.walked(person.sent(ekyc, interaction)))
    assert answer.headers["location"].endswith("notice=other-account")


def test_a_provider_that_cannot_reach_a_class_is_told_to_the_service(
    ekyc: Registered, op: Op
) -> None:
    person = Person(app=op.register(service_class="existence"))
    ekyc.provider.next_sign_in(account="u3", acr="urn:example:one", claims=verified())
    told = person.goes_on(person.signs_in(ekyc))
    assert (told["error"], told["state"]) == ("unmet_authentication_requirements", "s-1")


def test_who_says_no_there_is_back_on_the_page(ekyc: Registered, person: Person) -> None:
    ekyc.provider.next_sign_in(says="access_denied")
    answer = person.signs_in(ekyc)
    assert answer.headers["location"].endswith("notice=denied")


def test_without_an_account_nobody_gets_in_where_the_operator_opens_none(
    op: Op, there: OidcProvider, person: Person
) -> None:
    closed = registered(op, there, kind="generic", table=TABLE)
    there.next_sign_in(account="n1", acr="urn:example:two")
    assert person.signs_in(closed).headers["location"].endswith("notice=no-account")


def test_of_two_first_sign_ins_at_once_one_account_comes(ekyc: Registered, person: Person) -> None:
    ekyc.provider.next_sign_in(account="twice", acr="urn:example:two", amr=["mfa"])
    other = Person(app=person.app)
    ways = [one.walked(one.sent(ekyc, one.asked())) for one in (person, other)]
    subjects = [
        claims_in(one.app.redeem(one.goes_on(one.get(way))["code"]).json()["id_token"])["sub"]
        for one, way in zip((person, other), ways, strict=True)
    ]
    assert subjects[0] == subjects[1]


def test_attack_7_a_provider_of_one_municipality_lets_nobody_in_at_another(
    op: Op, there: OidcProvider, person: Person
) -> None:
    elsewhere = registered(op, there, kind="generic", table=TABLE, tenants=["somewhere_else"])
    answer = person.get(f"{elsewhere.url}/begin", {"interaction": person.asked()})
    assert answer.status_code == 503


def test_a_provider_that_changes_its_keys_is_believed_and_unknown_ones_cost_one_look(
    op: Op, there: OidcProvider, person: Person
) -> None:
    provider = registered(
        op, there, kind="generic", source="ekyc", table=TABLE, opens_accounts=True
    )
    there.next_sign_in(account="r1", acr="urn:example:two", amr=["mfa"])
    person.tokens(provider)
    there.rotate()
    assert Person(app=person.app).tokens(provider)["acr"] == acr(1, 2)
    unknown: JsonObject = {"id_token": {"header": {"kid": "nobody"}}}
    there.next_sign_in(account="r1", acr="urn:example:two", forge=unknown)
    looks = there.seen["jwks"]
    for _ in range(3):
        assert Person(app=person.app).signs_in(provider).status_code == 400
    assert there.seen["jwks"] == looks


def test_attack_6_what_one_provider_says_is_not_read_by_the_table_of_another_with_its_issuer(
    ekyc: Registered, network: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(account="both", acr="urn:example:two", amr=["mfa"])
    subject = person.tokens(ekyc)["sub"]
    network.provider.next_sign_in(account="both", acr="urn:example:two", claims=verified())
    claims = Person(app=person.app).tokens(network)
    assert claims["acr"] == acr(1, 1)
    assert claims["sub"] != subject


def test_who_signs_out_there_is_signed_out_here_and_the_token_counts_once(
    ekyc: Registered, person: Person
) -> None:
    ekyc.provider.next_sign_in(account="o1", acr="urn:example:two", amr=["mfa"])
    person.tokens(ekyc)
    page = person.get(f"{ekyc.provider.issuer}/session/end")
    xsrf = page.text.partition('name="xsrf" value="')[2].partition('"')[0]
    person.post(f"{ekyc.provider.issuer}/session/end/confirm", {"xsrf": xsrf, "logout": "yes"})
    assert handed_to(person.app.ask("v" * 43))[0] == "sign-in"
    token = str(ekyc.provider.seen["posted"]).partition("logout_token=")[2]
    again = ekyc.op.http.post(f"{ekyc.url}/backchannel-logout", data={"logout_token": token})
    assert (again.status_code, "heard before" in again.text) == (400, True)


def test_attack_8_a_logout_of_a_forger_ends_nothing(ekyc: Registered, person: Person) -> None:
    ekyc.provider.next_sign_in(account="o2", acr="urn:example:two", amr=["mfa"])
    person.tokens(ekyc)
    forger = ClientKey.new()
    now = int(datetime.now(UTC).timestamp())
    token = forger.sign(
        {
            "iss": ekyc.provider.issuer,
            "aud": ekyc.shown["client_id"],
            "sub": "o2",
            "iat": now,
            "exp": now + 60,
            "jti": "j",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        },
        typ="logout+jwt",
    )
    for wrong in (token, "no-token", ""):
        url = f"{ekyc.url}/backchannel-logout"
        answer = ekyc.op.http.post(url, data={"logout_token": wrong})
        assert answer.status_code == 400, answer.text
    assert "code=" in person.app.ask("v" * 43).headers["location"]


def test_a_changed_table_ends_what_was_begun_under_the_one_before(
    op: Op, there: OidcProvider, person: Person
) -> None:
    provider = registered(op, there, kind="ekyc", table=TABLE, opens_accounts=True)
    there.next_sign_in(account="t1", acr="urn:example:two", amr=["mfa"], claims=verified())
    token = person.signed_in(provider)["access_token"]
    assert person.app.introspect(str(token))["active"] is True
    lowered = {**TABLE, "max_ial": 1}
    refused = provider.change(table=lowered)
    assert (refused.status_code, refused.json()["where"]) == (400, "table.version")
    assert provider.change(table={**lowered, "version": 2}).status_code == 200
    assert person.app.introspect(str(token))["active"] is False
    assert handed_to(person.app.ask("v" * 43))[0] == "sign-in"
    assert Person(app=person.app).tokens(provider)["acr"] == acr(1, 2)
    assert op.admin("DELETE", f"/providers/{provider.id}").status_code == 204
    answer = person.get(f"{provider.url}/begin", {"interaction": person.asked()})
    assert answer.status_code == 503
