"""Explicit registration: what is posted, and what is answered to it."""

from datetime import timedelta

import pytest

from idp_federation.federation.entity_statement import EntityConfiguration
from idp_federation.federation.errors import (
    InvalidJwt,
    InvalidMetadata,
    InvalidRequest,
    InvalidStatement,
)
from idp_federation.federation.registration import (
    REGISTRATION_RESPONSE,
    Registration,
    check_registration_response,
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
    seconds,
    sign,
    verify,
)

OP, RP, EVIL = CITY, Entity("service"), Entity("evil")


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
