"""Registration: request objects, assertions, explicit requests and what is answered to them."""

from datetime import timedelta

import pytest

from idp_federation.federation.entity_statement import EntityConfiguration
from idp_federation.federation.errors import (
    InvalidClient,
    InvalidJwt,
    InvalidMetadata,
    InvalidRequest,
    InvalidStatement,
)
from idp_federation.federation.registration import (
    REGISTRATION_RESPONSE,
    OneTimeProof,
    Registration,
    check_client_assertion,
    check_registration_response,
    check_request_object,
    read_registration_request,
    registration_claims,
)
from idp_federation.federation.trust_chain import validate_chain
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import (
    ANCHOR,
    CITY,
    NOW,
    PREF,
    Entity,
    chain_of,
    key_set,
    seconds,
    sign,
    verify,
)

OP, RP, EVIL = CITY, Entity("service"), Entity("evil")
RP_KEYS = key_set("service-oidc")


def request_claims(**changes: JsonValue) -> JsonObject:
    claims: dict[str, JsonValue] = {
        "iss": RP.id,
        "client_id": RP.id,
        "aud": OP.id,
        "jti": "f3c1",
        "exp": seconds(60),
        "iat": seconds(),
        "response_type": "code",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def check_request(token: str, *, offset_s: float = 0) -> OneTimeProof:
    return check_request_object(
        token,
        provider=OP.id,
        client_id=RP.id,
        keys=RP_KEYS,
        now=NOW + timedelta(seconds=offset_s),
        verify=verify,
    )


def request_object(**changes: JsonValue) -> str:
    return sign(request_claims(**changes), "service-oidc", "oauth-authz-req+jwt")


@pytest.mark.parametrize("typ", ["oauth-authz-req+jwt", "JWT", None])
def test_a_request_object_is_accepted_and_its_jti_handed_out(typ: str | None) -> None:
    proof = check_request(sign(request_claims(), "service-oidc", typ))
    assert (proof.client_id, proof.jti, proof.trust_chain) == (RP.id, "f3c1", ())
    assert proof.expires_at == NOW + timedelta(seconds=60)
    assert proof.claims["response_type"] == "code"


def test_a_request_object_may_bring_its_trust_chain() -> None:
    header: JsonObject = {"trust_chain": ["a.b.c", "d.e.f"]}
    token = sign(request_claims(), "service-oidc", "oauth-authz-req+jwt", header=header)
    assert check_request(token).trust_chain == ("a.b.c", "d.e.f")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", None),
        ("aud", PREF.id),
        ("aud", [OP.id, PREF.id]),
        ("aud", []),
        ("aud", OP.id + "/"),
        ("iss", None),
        ("iss", EVIL.id),
        ("client_id", EVIL.id),
        ("client_id", None),
        ("sub", RP.id),
        ("jti", None),
        ("jti", ""),
        ("exp", None),
        ("exp", seconds(-61)),
        ("exp", seconds(3600)),
        ("iat", seconds(61)),
        ("nbf", seconds(61)),
    ],
)
def test_a_request_object_that_breaks_a_rule_is_refused(name: str, value: JsonValue) -> None:
    with pytest.raises(InvalidRequest):
        check_request(request_object(**{name: value}))


@pytest.mark.parametrize("offset_s", [-10, 10])
def test_a_clock_ten_seconds_off_is_accepted(offset_s: int) -> None:
    assert check_request(request_object(exp=seconds()), offset_s=offset_s).jti == "f3c1"


def test_a_request_object_is_signed_with_the_protocol_key_not_the_federation_key() -> None:
    with pytest.raises(InvalidJwt, match="is not known"):
        check_request(sign(request_claims(), "service", "oauth-authz-req+jwt"))
    forged = sign(request_claims(), "evil", "JWT", header={"kid": "service-oidc"})
    with pytest.raises(InvalidJwt, match="does not bear"):
        check_request(forged)


@pytest.mark.parametrize("typ", ["entity-statement+jwt", "dpop+jwt", "at+jwt", "logout+jwt"])
def test_another_kind_of_jwt_is_no_request_object(typ: str) -> None:
    with pytest.raises(InvalidJwt, match="has typ"):
        check_request(sign(request_claims(), "service-oidc", typ))


def assertion(**changes: JsonValue) -> str:
    claims = request_claims(sub=RP.id, client_id=None, **changes)
    return sign(claims, "service-oidc", "JWT")


def check_assertion(token: str) -> OneTimeProof:
    return check_client_assertion(
        token, provider=OP.id, client_id=RP.id, keys=RP_KEYS, now=NOW, verify=verify
    )


def test_a_client_assertion_is_accepted() -> None:
    assert check_assertion(assertion()).jti == "f3c1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", EVIL.id),
        ("sub", None),
        ("iss", EVIL.id),
        ("aud", f"{OP.id}/par"),
        ("aud", [OP.id, f"{OP.id}/par"]),
        ("jti", None),
        ("exp", seconds(-61)),
    ],
)
def test_a_client_assertion_that_breaks_a_rule_is_refused(name: str, value: JsonValue) -> None:
    claims = {**request_claims(sub=RP.id, client_id=None), name: value}
    kept = {member: one for member, one in claims.items() if one is not None}
    with pytest.raises(InvalidClient):
        check_assertion(sign(kept, "service-oidc", "JWT"))


def test_a_request_object_does_not_pass_for_an_assertion() -> None:
    with pytest.raises(InvalidClient):
        check_assertion(sign(request_claims(), "service-oidc", "JWT"))


RP_METADATA: JsonObject = {
    "openid_relying_party": {"redirect_uris": ["https://service.example/cb"]}
}


def registration(**changes: JsonValue) -> str:
    claims: JsonObject = {"metadata": RP_METADATA, "aud": OP.id, **changes}
    return RP.configuration(ANCHOR, **claims)


def read_registration(token: str) -> EntityConfiguration:
    return read_registration_request(token, provider=OP.id, now=NOW, verify=verify)


def test_an_explicit_registration_is_read() -> None:
    assert read_registration(registration()).entity == RP.id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", None),
        ("aud", PREF.id),
        ("aud", [OP.id, PREF.id]),
        ("metadata", {"openid_provider": {}}),
        ("trust_anchor", ANCHOR.id),
        ("authority_hints", None),
        ("exp", seconds(-61)),
    ],
)
def test_an_explicit_registration_that_breaks_a_rule_is_refused(
    name: str, value: JsonValue
) -> None:
    with pytest.raises((InvalidRequest, InvalidStatement)):
        read_registration(registration(**{name: value}))


def answer_claims(**changes: JsonValue) -> JsonObject:
    claims = registration_claims(
        chain_of(RP),
        provider=OP.id,
        client={"client_id": "c-7", "redirect_uris": ["https://service.example/cb"]},
        now=NOW,
        expires_at=NOW + timedelta(days=30),
    )
    merged = {**claims, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def check_answer(token: str) -> Registration:
    return check_registration_response(
        token,
        asked=read_registration(registration()),
        provider_chain=chain_of(OP),
        anchors={ANCHOR.id},
        now=NOW,
        verify=verify,
    )


def test_an_answer_is_made_and_checked() -> None:
    claims = answer_claims()
    assert claims["authority_hints"] == [ANCHOR.id]
    assert claims["aud"] == claims["sub"] == RP.id
    registered = check_answer(sign(claims, "city", REGISTRATION_RESPONSE))
    assert (registered.client_id, registered.anchor) == ("c-7", ANCHOR.id)


def test_a_registration_never_outlives_its_trust_chain() -> None:
    chain = chain_of(RP)
    assert answer_claims()["exp"] == int(chain.expires_at.timestamp())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", EVIL.id),
        ("sub", EVIL.id),
        ("aud", EVIL.id),
        ("aud", [RP.id, EVIL.id]),
        ("trust_anchor", EVIL.id),
        ("trust_anchor", None),
        ("authority_hints", [ANCHOR.id, PREF.id]),
        ("authority_hints", [PREF.id]),
        ("authority_hints", None),
        ("exp", seconds(-61)),
        ("iat", seconds(61)),
        ("metadata", {"openid_relying_party": {}}),
        ("metadata", {"openid_relying_party": {"client_id": "c"}, "openid_provider": {}}),
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused(name: str, value: JsonValue) -> None:
    with pytest.raises(InvalidRequest):
        check_answer(sign(answer_claims(**{name: value}), "city", REGISTRATION_RESPONSE))


def test_an_answer_signed_with_a_key_the_superior_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidJwt, match="is not known"):
        check_answer(sign(answer_claims(), "city-oidc", REGISTRATION_RESPONSE))
    with pytest.raises(InvalidJwt, match="has typ"):
        check_answer(sign(answer_claims(), "city"))


def test_who_has_no_superior_cannot_register() -> None:
    own = validate_chain(
        [ANCHOR.configuration()], anchors={ANCHOR.id: ANCHOR.keys}, now=NOW, verify=verify
    )
    with pytest.raises(InvalidRequest, match="no superior"):
        registration_claims(own, provider=OP.id, client={"client_id": "c"}, now=NOW, expires_at=NOW)
    with pytest.raises(InvalidMetadata, match="no client_id"):
        registration_claims(chain_of(RP), provider=OP.id, client={}, now=NOW, expires_at=NOW)
