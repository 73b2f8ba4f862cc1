"""Trust marks: whose they are, who may issue them, and what their issuer says of them now."""

from datetime import timedelta

import pytest

from idp_federation.federation.errors import InvalidJwt, InvalidStatement, InvalidTrustMark
from idp_federation.federation.trust_chain import TrustChain, validate_chain
from idp_federation.federation.trust_mark import Status, TrustMark, read_status, validate_trust_mark
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import (
    ANCHOR,
    CITY,
    NOW,
    PREF,
    Entity,
    chain_of,
    jwks,
    seconds,
    sign,
    verify,
)

KIND = "https://anchor.example/marks/checked"
OWNER = Entity("owner")
DELEGATION = "trust-mark-delegation+jwt"


def issuers_chain(issuer: Entity = PREF, **anchor: JsonValue) -> TrustChain:
    claims: JsonObject = {"trust_mark_issuers": {KIND: [PREF.id]}, **anchor}
    return chain_of(issuer, anchor=ANCHOR.configuration(**claims))


def validate(
    token: str, chain: TrustChain | None = None, *, subject: Entity = CITY, offset_s: float = 0
) -> TrustMark:
    return validate_trust_mark(
        token,
        subject=subject.id,
        issuer_chain=chain or issuers_chain(),
        now=NOW + timedelta(seconds=offset_s),
        verify=verify,
    )


def delegation(**changes: JsonValue) -> str:
    claims: dict[str, JsonValue] = {
        "iss": OWNER.id,
        "sub": PREF.id,
        "trust_mark_type": KIND,
        "iat": seconds(-60),
        "exp": seconds(900),
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return sign(kept, "owner", DELEGATION)


def owned_chain() -> TrustChain:
    return issuers_chain(trust_mark_owners={KIND: {"sub": OWNER.id, "jwks": jwks("owner")}})


def test_a_mark_of_an_accredited_issuer_is_valid() -> None:
    mark = validate(PREF.mark(CITY, KIND, ref="https://pref.example/marks"))
    assert (mark.issuer, mark.subject, mark.anchor) == (PREF.id, CITY.id, ANCHOR.id)
    assert mark.trust_mark_type == KIND
    assert mark.expires_at == NOW + timedelta(seconds=1800)
    assert not mark.open_to_all


def test_a_mark_ends_with_its_issuers_chain_at_the_latest() -> None:
    chain = chain_of(
        PREF,
        anchor=ANCHOR.configuration(
            trust_mark_issuers={KIND: [PREF.id]},
            exp=seconds(300),
        ),
    )
    assert validate(PREF.mark(CITY, KIND), chain).expires_at == NOW + timedelta(seconds=300)
    assert validate(PREF.mark(CITY, KIND, exp=None), chain).expires_at == chain.expires_at
    with pytest.raises(InvalidTrustMark, match="has expired"):
        validate(PREF.mark(CITY, KIND), chain, offset_s=361)


def test_an_anchor_issues_marks_itself() -> None:
    claims: JsonObject = {"trust_mark_issuers": {KIND: [ANCHOR.id]}}
    chain = chain_of_anchor(claims)
    assert validate(ANCHOR.mark(CITY, KIND), chain).issuer == ANCHOR.id


def chain_of_anchor(claims: JsonObject) -> TrustChain:
    return validate_chain(
        [ANCHOR.configuration(**claims)],
        anchors={ANCHOR.id: ANCHOR.keys},
        now=NOW,
        verify=verify,
    )


def test_a_mark_of_another_subject_is_refused() -> None:
    with pytest.raises(InvalidTrustMark, match="not of"):
        validate(PREF.mark(Entity("other"), KIND))


def test_a_mark_whose_issuer_the_chain_is_not_of_is_refused() -> None:
    with pytest.raises(InvalidTrustMark, match="the chain is of"):
        validate(OWNER.mark(CITY, KIND))


def test_a_self_issued_mark_is_refused_where_the_anchor_lists_others() -> None:
    with pytest.raises(InvalidTrustMark, match="does not let issue"):
        validate(CITY.mark(CITY, KIND), issuers_chain(CITY))


def test_a_type_that_the_anchor_does_not_list_is_refused() -> None:
    with pytest.raises(InvalidTrustMark, match="does not let issue"):
        validate(PREF.mark(CITY, "https://anchor.example/marks/other"))
    bare = chain_of(PREF)
    with pytest.raises(InvalidTrustMark, match="does not let issue"):
        validate(PREF.mark(CITY, KIND), bare)


def test_an_empty_list_lets_everybody_issue_and_says_so() -> None:
    chain = issuers_chain(CITY, trust_mark_issuers={KIND: []})
    assert validate(CITY.mark(CITY, KIND), chain).open_to_all


def test_only_the_anchors_list_counts_not_the_issuers_own() -> None:
    own = PREF.configuration(ANCHOR, trust_mark_issuers={KIND: [PREF.id]})
    chain = validate_chain(
        [own, ANCHOR.about(PREF), ANCHOR.configuration()],
        anchors={ANCHOR.id: ANCHOR.keys},
        now=NOW,
        verify=verify,
    )
    with pytest.raises(InvalidTrustMark, match="does not let issue"):
        validate(PREF.mark(CITY, KIND), chain)


def test_a_chain_that_leaves_out_its_anchor_says_nothing_of_issuers() -> None:
    chain = validate_chain(
        [PREF.configuration(ANCHOR), ANCHOR.about(PREF)],
        anchors={ANCHOR.id: ANCHOR.keys},
        now=NOW,
        verify=verify,
    )
    with pytest.raises(InvalidTrustMark, match="leaves out"):
        validate(PREF.mark(CITY, KIND), chain)


@pytest.mark.parametrize(("name", "value"), [("exp", seconds(-61)), ("iat", seconds(61))])
def test_a_mark_that_is_not_current_is_refused(name: str, value: int) -> None:
    with pytest.raises(InvalidTrustMark):
        validate(PREF.mark(CITY, KIND, **{name: value}))


@pytest.mark.parametrize("name", ["iss", "sub", "trust_mark_type", "iat"])
def test_a_mark_without_a_required_claim_is_refused(name: str) -> None:
    with pytest.raises(InvalidTrustMark, match=name):
        validate(PREF.mark(CITY, KIND, **{name: None}))


def test_a_mark_signed_by_another_key_is_refused() -> None:
    claims: JsonObject = {
        "iss": PREF.id,
        "sub": CITY.id,
        "trust_mark_type": KIND,
        "iat": seconds(-60),
    }
    with pytest.raises(InvalidJwt, match="does not bear the signature"):
        validate(sign(claims, "evil", "trust-mark+jwt", header={"kid": "pref"}))
    with pytest.raises(InvalidJwt, match="has typ"):
        validate(sign(claims, "pref", "entity-statement+jwt"))


def test_an_owned_type_needs_its_owners_delegation() -> None:
    with pytest.raises(InvalidTrustMark, match="no delegation of its owner"):
        validate(PREF.mark(CITY, KIND), owned_chain())
    mark = validate(PREF.mark(CITY, KIND, delegation=delegation()), owned_chain())
    assert mark.expires_at == NOW + timedelta(seconds=900)


def test_a_delegation_without_a_known_owner_is_refused() -> None:
    with pytest.raises(InvalidTrustMark, match="no owner known"):
        validate(PREF.mark(CITY, KIND, delegation=delegation()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", PREF.id),
        ("sub", CITY.id),
        ("trust_mark_type", "other"),
        ("exp", seconds(-61)),
        ("iat", seconds(61)),
        ("iat", None),
        ("sub", None),
    ],
)
def test_a_delegation_is_the_owners_to_this_issuer_for_this_type(
    name: str, value: JsonValue
) -> None:
    token = PREF.mark(CITY, KIND, delegation=delegation(**{name: value}))
    with pytest.raises(InvalidTrustMark):
        validate(token, owned_chain())


def test_a_delegation_of_another_kind_or_key_is_refused() -> None:
    claims: JsonObject = {
        "iss": OWNER.id,
        "sub": PREF.id,
        "trust_mark_type": KIND,
        "iat": seconds(-60),
    }
    for forged in (
        sign(claims, "owner", "trust-mark+jwt"),
        sign(claims, "pref", DELEGATION),
        sign(claims, "pref", DELEGATION, header={"kid": "owner"}),
    ):
        with pytest.raises(InvalidJwt):
            validate(PREF.mark(CITY, KIND, delegation=forged), owned_chain())


def answer(mark: TrustMark, key: str = "pref", **changes: JsonValue) -> str:
    claims: dict[str, JsonValue] = {
        "iss": PREF.id,
        "iat": seconds(-5),
        "trust_mark": mark.token,
        "status": "active",
        **changes,
    }
    return sign(claims, key, "trust-mark-status-response+jwt")


def status(token: str, mark: TrustMark) -> Status:
    return read_status(
        token,
        mark=mark,
        keys=PREF.keys,
        now=NOW,
        verify=verify,
        max_age=timedelta(seconds=30),
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("active", Status.ACTIVE),
        ("expired", Status.EXPIRED),
        ("revoked", Status.REVOKED),
        ("invalid", Status.INVALID),
        ("on holiday", Status.INVALID),
        ("ACTIVE", Status.INVALID),
    ],
)
def test_a_status_is_read_and_unknown_words_are_no_good_news(word: str, expected: Status) -> None:
    mark = validate(PREF.mark(CITY, KIND))
    assert status(answer(mark, status=word), mark) is expected


def test_a_status_of_another_mark_or_issuer_or_an_old_one_is_refused() -> None:
    mark, other = validate(PREF.mark(CITY, KIND)), validate(PREF.mark(CITY, KIND, iat=seconds(-9)))
    for token in (
        answer(other),
        answer(mark, iss=CITY.id),
        answer(mark, iat=seconds(-61)),
        answer(mark, iat=seconds(61)),
    ):
        with pytest.raises(InvalidTrustMark):
            status(token, mark)
    with pytest.raises(InvalidJwt):
        status(answer(mark, key="evil"), mark)
    with pytest.raises(InvalidJwt):
        status(PREF.mark(CITY, KIND), mark)


def test_marks_of_a_configuration_are_read_unverified() -> None:
    with pytest.raises(InvalidStatement, match="broken trust mark"):
        chain_of(CITY, anchor=ANCHOR.configuration(trust_marks=[broken()]))


def broken() -> JsonObject:
    return {"trust_mark_type": KIND, "trust_mark": "not.a.mark"}
