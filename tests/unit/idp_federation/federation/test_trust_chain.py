"""Trust chains: right ones are believed, each way to bend one fails."""

from datetime import timedelta

import pytest

from idp_federation.federation.errors import (
    ConstraintViolated,
    FederationError,
    InvalidJwt,
    InvalidMetadata,
    InvalidStatement,
    InvalidTrustAnchor,
    InvalidTrustChain,
    PolicyError,
)
from idp_federation.federation.trust_chain import (
    MAX_STATEMENTS,
    Anchors,
    TrustChain,
    validate_chain,
)
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import (
    ANCHOR,
    CITY,
    NOW,
    PREF,
    Entity,
    jwks,
    key_set,
    long_chain,
    seconds,
    sign,
    verify,
)

ANCHORS: Anchors = {ANCHOR.id: ANCHOR.keys}
EVIL = Entity("evil")


def validate(tokens: list[str], anchors: Anchors = ANCHORS, *, offset_s: float = 0) -> TrustChain:
    now = NOW + timedelta(seconds=offset_s)
    return validate_chain(tokens, anchors=anchors, now=now, verify=verify)


def test_a_chain_over_an_intermediate_is_valid() -> None:
    chain = validate(long_chain())
    assert (chain.entity, chain.anchor) == (CITY.id, ANCHOR.id)
    assert [statement.issuer for statement in chain.statements] == [PREF.id, ANCHOR.id]
    assert chain.metadata["openid_provider"] == {"issuer": CITY.id}
    assert chain.keys == CITY.keys
    assert list(chain.tokens) == long_chain_tokens(chain)


def long_chain_tokens(chain: TrustChain) -> list[str]:
    last = chain.anchor_configuration
    assert last is not None
    between = [statement.jwt.token for statement in chain.statements]
    return [chain.subject.jwt.token, *between, last.jwt.token]


def test_the_anchors_own_statement_may_be_left_out() -> None:
    chain = validate(long_chain()[:-1])
    assert (chain.anchor, chain.anchor_configuration) == (ANCHOR.id, None)


def test_an_anchor_is_its_own_chain() -> None:
    chain = validate([ANCHOR.configuration()])
    assert (chain.entity, chain.anchor, chain.statements) == (ANCHOR.id, ANCHOR.id, ())
    assert len(chain.tokens) == 1


def test_a_chain_expires_with_the_first_of_its_statements() -> None:
    tokens = long_chain(about_pref={"exp": seconds(120)}, city={"exp": seconds(300)})
    assert validate(tokens).expires_at == NOW + timedelta(seconds=120)


@pytest.mark.parametrize("position", ["city", "about_city", "about_pref", "anchor"])
def test_a_statement_expired_anywhere_in_the_chain_breaks_it(position: str) -> None:
    expired: JsonObject = {"exp": seconds(-61)}
    with pytest.raises(InvalidStatement, match="has expired"):
        validate(long_chain(**{position: expired}))


@pytest.mark.parametrize("position", ["city", "about_city", "about_pref", "anchor"])
def test_a_statement_issued_in_the_future_breaks_the_chain(position: str) -> None:
    early: JsonObject = {"iat": seconds(61)}
    with pytest.raises(InvalidStatement, match="issued in the future"):
        validate(long_chain(**{position: early}))


@pytest.mark.parametrize("offset_s", [-10, 10])
def test_clocks_may_be_ten_seconds_apart(offset_s: int) -> None:
    tokens = long_chain(city={"iat": seconds(), "exp": seconds()})
    assert validate(tokens, offset_s=offset_s).entity == CITY.id


@pytest.mark.parametrize("offset_s", [-61, 61])
def test_clocks_may_not_be_sixty_one_seconds_apart(offset_s: int) -> None:
    tokens = long_chain(city={"iat": seconds(), "exp": seconds()})
    with pytest.raises(InvalidStatement):
        validate(tokens, offset_s=offset_s)


def test_a_chain_to_an_anchor_that_is_not_pinned_is_refused() -> None:
    with pytest.raises(InvalidTrustAnchor, match="not pinned"):
        validate(long_chain(), {PREF.id: PREF.keys})
    with pytest.raises(InvalidTrustAnchor, match="not pinned"):
        validate([EVIL.configuration()])


def test_substituted_anchor_keys_are_refused() -> None:
    """The attacker answers for the anchor, under its kid, with a key of her own."""
    stolen: JsonObject = {"keys": [{**jwks_key("evil"), "kid": "anchor"}]}
    claims = ANCHOR.claims(jwks=stolen)
    forged = [
        CITY.configuration(ANCHOR),
        sign(ANCHOR.about_claims(CITY), "evil", header={"kid": "anchor"}),
        sign(claims, "evil", header={"kid": "anchor"}),
    ]
    with pytest.raises(InvalidJwt, match="does not bear the signature"):
        validate(forged)
    with pytest.raises(InvalidJwt, match="does not bear the signature"):
        validate(forged[:-1])


def jwks_key(name: str) -> JsonObject:
    keys = jwks(name)["keys"]
    assert isinstance(keys, list)
    assert isinstance(keys[0], dict)
    return keys[0]


def test_an_anchor_may_add_its_next_key_and_then_sign_with_it() -> None:
    """Roll-over: the configuration stays signed by a pinned key and names the next one."""
    tokens = [
        CITY.configuration(ANCHOR),
        sign(ANCHOR.about_claims(CITY), "anchor-next"),
        ANCHOR.configuration(jwks=jwks("anchor", "anchor-next")),
    ]
    assert validate(tokens).entity == CITY.id
    with pytest.raises(InvalidJwt, match="is not known"):
        validate(tokens[:-1])


def test_an_anchor_that_no_longer_names_the_key_it_signs_with_is_refused() -> None:
    tokens = [CITY.configuration(ANCHOR), ANCHOR.about(CITY)]
    retired = ANCHOR.configuration(jwks=jwks("anchor-next"))
    with pytest.raises(InvalidJwt):
        validate([*tokens, retired])


def test_a_subject_that_signs_with_a_key_its_superior_does_not_know_is_refused() -> None:
    tokens = long_chain(about_city={"jwks": jwks("other")})
    with pytest.raises(InvalidJwt, match="is not known"):
        validate(tokens)


def test_a_subject_that_signs_with_a_key_it_does_not_name_is_refused() -> None:
    claims = CITY.claims(PREF, jwks=jwks("other"))
    tokens = [sign(claims, "city"), *long_chain()[1:]]
    with pytest.raises(InvalidJwt, match="is not known"):
        validate(tokens)


def test_a_statement_signed_by_somebody_else_is_refused() -> None:
    for at, claims in ((1, PREF.about_claims(CITY)), (2, ANCHOR.about_claims(PREF))):
        tokens = long_chain()
        issuer = str(claims["iss"]).removeprefix("https://").removesuffix(".example")
        tokens[at] = sign(claims, "evil", header={"kid": issuer})
        with pytest.raises(InvalidJwt, match="does not bear the signature"):
            validate(tokens)


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (1, 0, 2, 3), (0, 1, 3, 2), (3, 2, 1, 0), (2,)])
def test_a_reordered_chain_is_refused(order: tuple[int, ...]) -> None:
    tokens = long_chain()
    with pytest.raises(InvalidTrustChain):
        validate([tokens[at] for at in order])


@pytest.mark.parametrize("left_out", [1, 2])
def test_a_chain_with_a_gap_is_refused(left_out: int) -> None:
    tokens = long_chain()
    del tokens[left_out]
    with pytest.raises(InvalidTrustChain):
        validate(tokens)


def test_a_chain_without_statements_about_its_subject_is_refused() -> None:
    with pytest.raises(InvalidTrustChain, match="no statement about"):
        validate([CITY.configuration(ANCHOR), ANCHOR.configuration()])


def test_a_looped_chain_is_refused() -> None:
    tokens = [
        CITY.configuration(PREF),
        PREF.about(CITY),
        CITY.about(PREF),
        PREF.about(CITY),
        ANCHOR.about(PREF),
        ANCHOR.configuration(),
    ]
    with pytest.raises(InvalidTrustChain, match="comes back to"):
        validate(tokens)


def test_a_superior_whom_the_subject_does_not_name_is_refused() -> None:
    tokens = [CITY.configuration(EVIL), *long_chain()[1:]]
    with pytest.raises(InvalidTrustChain, match="authority_hints"):
        validate(tokens)


def test_a_chain_that_ends_with_another_configuration_is_refused() -> None:
    tokens = [*long_chain()[:-1], EVIL.configuration()]
    with pytest.raises(InvalidTrustChain, match="ends with"):
        validate(tokens, {**ANCHORS, EVIL.id: EVIL.keys})


@pytest.mark.parametrize("count", [0, MAX_STATEMENTS + 1])
def test_a_chain_has_a_bounded_number_of_statements(count: int) -> None:
    with pytest.raises(InvalidTrustChain, match="accepted are"):
        validate([CITY.configuration(PREF)] * count)


def test_a_superiors_metadata_come_before_its_policy() -> None:
    tokens = long_chain(
        about_city={
            "metadata": {"openid_provider": {"contacts": ["x"]}, "openid_relying_party": {}},
            "metadata_policy": {"openid_provider": {"contacts": {"subset_of": ["x"]}}},
        }
    )
    metadata = validate(tokens).metadata
    assert metadata["openid_provider"] == {"issuer": CITY.id, "contacts": ["x"]}
    assert "openid_relying_party" not in metadata


def test_metadata_of_a_farther_superior_do_not_reach_the_subject() -> None:
    tokens = long_chain(about_pref={"metadata": {"openid_provider": {"contacts": ["x"]}}})
    assert validate(tokens).metadata["openid_provider"] == {"issuer": CITY.id}


def test_types_are_taken_away_before_the_policy_sees_them() -> None:
    tokens = long_chain(
        about_pref={
            "constraints": {"allowed_entity_types": []},
            "metadata_policy": {"openid_provider": {"x": {"essential": True}}},
        }
    )
    assert set(validate(tokens).metadata) == {"federation_entity"}


@pytest.mark.parametrize(
    ("position", "constraints"),
    [
        ("about_pref", {"max_path_length": 0}),
        ("about_pref", {"naming_constraints": {"permitted": ["pref.example"]}}),
        ("about_pref", {"naming_constraints": {"excluded": ["pref.example"]}}),
        ("about_pref", {"naming_constraints": {"excluded": ["city.example"]}}),
        ("about_city", {"naming_constraints": {"permitted": [".city.example"]}}),
    ],
)
def test_constraints_of_any_superior_hold(position: str, constraints: JsonObject) -> None:
    with pytest.raises(ConstraintViolated):
        validate(long_chain(**{position: {"constraints": constraints}}))


def test_constraints_that_are_kept_do_no_harm() -> None:
    tokens = long_chain(
        about_pref={
            "constraints": {
                "max_path_length": 1,
                "naming_constraints": {"permitted": [".example"], "excluded": ["evil.example"]},
                "allowed_entity_types": ["openid_provider"],
            }
        },
        about_city={"constraints": {"max_path_length": 0}},
    )
    assert set(validate(tokens).metadata) == {"federation_entity", "openid_provider"}


def test_policies_that_conflict_break_the_chain() -> None:
    def policy(value: JsonValue) -> JsonObject:
        return {"metadata_policy": {"openid_provider": {"scopes": {"value": value}}}}

    with pytest.raises(PolicyError, match="has value"):
        validate(long_chain(about_pref=policy(["a"]), about_city=policy(["b"])))


def test_a_policy_that_refuses_the_metadata_breaks_the_chain() -> None:
    policy: JsonObject = {"openid_provider": {"policy_uri": {"essential": True}}}
    with pytest.raises(PolicyError, match="there is none"):
        validate(long_chain(about_pref={"metadata_policy": policy}))


def test_a_policy_of_a_type_the_subject_has_not_is_still_checked() -> None:
    policy: JsonObject = {"oauth_client": {"x": {"add": ["a"], "one_of": ["a"]}}}
    with pytest.raises(PolicyError, match="not allowed"):
        validate(long_chain(about_pref={"metadata_policy": policy}))


def test_a_critical_operator_anywhere_breaks_the_chain() -> None:
    with pytest.raises(InvalidStatement, match="regexp"):
        validate(long_chain(about_pref={"metadata_policy_crit": ["regexp"]}))
    unused: JsonObject = {"metadata_policy": {"openid_provider": {"x": {"regexp": "^a"}}}}
    assert validate(long_chain(about_city=unused)).entity == CITY.id


def test_an_unknown_critical_claim_anywhere_breaks_the_chain() -> None:
    critical: JsonObject = {"crit": ["x"], "x": 1}
    for position in ("city", "about_city", "about_pref", "anchor"):
        with pytest.raises(InvalidStatement, match="not understood"):
            validate(long_chain(**{position: critical}))


def test_a_superior_cannot_give_a_provider_another_issuer() -> None:
    """The mix-up by way of a superior's metadata or policy."""
    spoof: JsonObject = {"openid_provider": {"issuer": EVIL.id}}
    with pytest.raises(InvalidMetadata, match="right is its own identifier"):
        validate(long_chain(about_city={"metadata": spoof}))
    policy: JsonObject = {"openid_provider": {"issuer": {"value": EVIL.id}}}
    with pytest.raises(InvalidMetadata, match="right is its own identifier"):
        validate(long_chain(about_pref={"metadata_policy": policy}))


def test_no_refusal_comes_as_anything_but_a_federation_error() -> None:
    good = long_chain()
    for at in range(len(good)):
        for broken in ("", "a.b.c", good[at][:-4], good[at].replace(".", "", 1), good[at - 1]):
            tokens = [*good[:at], broken, *good[at + 1 :]]
            with pytest.raises(FederationError):
                validate(tokens)


def test_pinned_keys_are_compared_by_kid_and_key() -> None:
    with pytest.raises(InvalidJwt, match="is not known"):
        validate(long_chain(), {ANCHOR.id: key_set("anchor-next")})
