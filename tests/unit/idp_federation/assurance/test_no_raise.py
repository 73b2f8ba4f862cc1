"""No chain raises a level: whatever comes together, levels only ever go down on the way."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from idp_federation.assurance.acr import acr_of, levels_by_acr, levels_of
from idp_federation.assurance.decision import Decision, Outcome
from idp_federation.assurance.evidence import VerifiedClaims
from idp_federation.assurance.levels import EVERY, LOWEST, lower
from idp_federation.assurance.link import AccountLink, through_link
from idp_federation.assurance.mapping import LevelMapping, ProofingRule
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, SignIn
from idp_federation.assurance.sources import SOURCES
from idp_federation.federation.trust_mark import Status
from joint_use import Levels
from tests.unit.idp_federation.peers import (
    AMR,
    DOMAIN,
    FRAMEWORK,
    decided,
    peer_trust,
    sign_in,
    terms,
    verified,
)
from tests.unit.idp_federation.signed import NOW

level = st.integers(1, 3)
pairs = st.sampled_from(EVERY)
methods = st.frozensets(
    st.sampled_from(["pwd", "pin", "otp", "sms", "hwk", "sc", "fpt", "mfa", "geo", "kba"]),
    max_size=4,
)
acrs = st.none() | pairs.map(lambda pair: acr_of(pair, DOMAIN)) | st.just("https://x.example/acr")
frameworks = st.sampled_from([FRAMEWORK, "jp_aml", "https://x.example/tf"])
claims = st.builds(
    verified,
    level,
    framework=frameworks,
    at=st.none() | st.integers(-10, 5000).map(lambda days: NOW - timedelta(days=days)),
    subject=st.sampled_from(["pairwise-7f", "somebody-else"]),
)
sign_ins = st.builds(
    lambda acr, amr, found, source: replace(
        sign_in(), acr=acr, amr=amr, verified_claims=tuple(found), source=source
    ),
    acrs,
    st.none() | methods,
    st.lists(claims, max_size=3),
    st.none() | st.sampled_from(list(SOURCES.values())),
)
rules = st.builds(
    ProofingRule,
    trust_framework=frameworks,
    assurance_level=st.none() | level.map(lambda one: f"ial{one}"),
    proofing=level,
    max_age=st.none() | st.just(timedelta(days=1000)),
)


@st.composite
def mappings(draw: st.DrawFn) -> LevelMapping:
    """Tables that keep to what the anchor's own acr values say, as reading one makes sure."""
    own = levels_by_acr(DOMAIN)
    return LevelMapping(
        version=draw(st.integers(1, 9)),
        authentication={
            acr: draw(st.integers(1, levels.authentication)) for acr, levels in own.items()
        },
        proofing=tuple(draw(st.lists(rules, max_size=3))),
        cap=draw(pairs),
    )


statuses = st.sampled_from(Status)
ages = st.integers(0, 90)


@settings(max_examples=150)
@given(sign_ins, mappings(), pairs, statuses, ages)
def test_what_is_held_is_below_every_bound(
    who: SignIn, mapping: LevelMapping, cap: Levels, status: Status, age_s: int
) -> None:
    trust = peer_trust(mapping=mapping, status=status, checked_s_ago=age_s)
    held = decided(who, trust=trust, agreed=terms(cap=cap)).held
    assert mapping.cap.satisfies(held)
    assert cap.satisfies(held)
    assert who.source is None or who.source.cap.satisfies(held)
    claimed = levels_of(who.acr, DOMAIN)
    assert claimed.satisfies(held) if claimed else held.authentication == 1
    assert held.proofing <= max((rule.proofing for rule in mapping.proofing), default=1)
    if status is not Status.ACTIVE or age_s > 60:
        assert held == LOWEST


@settings(max_examples=150)
@given(sign_ins, mappings(), pairs, pairs)
def test_lower_caps_never_give_higher_levels(
    who: SignIn, mapping: LevelMapping, first: Levels, second: Levels
) -> None:
    trust = peer_trust(mapping=mapping)
    high = decided(who, trust=trust, agreed=terms(cap=first)).held
    low = decided(who, trust=trust, agreed=terms(cap=lower(first, second))).held
    assert high.satisfies(low)


@settings(max_examples=100)
@given(sign_ins, mappings(), st.lists(claims, max_size=2))
def test_claims_of_others_never_help(
    who: SignIn, mapping: LevelMapping, more: list[VerifiedClaims]
) -> None:
    trust = peer_trust(mapping=mapping)
    foreign = tuple(replace(one, subject="somebody-else") for one in more)
    with_them = replace(who, verified_claims=(*who.verified_claims, *foreign))
    assert decided(with_them, trust=trust).held == decided(who, trust=trust).held


@settings(max_examples=100)
@given(sign_ins, st.lists(mappings(), min_size=1, max_size=4))
def test_a_chain_of_platforms_never_raises_a_level(who: SignIn, path: list[LevelMapping]) -> None:
    """Each platform signs the levels it found, the next one reads them by its own table."""
    claimed = levels_of(who.acr, DOMAIN)
    bound = Levels(3, claimed.authentication) if claimed else Levels(3, 1)
    for mapping in path:
        held = decided(who, trust=peer_trust(mapping=mapping)).held
        assert bound.satisfies(held)
        bound = held
        who = replace(
            sign_in(),
            acr=acr_of(held, DOMAIN),
            amr=AMR[held.authentication],
            verified_claims=(verified(held.proofing),),
        )


@settings(max_examples=100)
@given(sign_ins, pairs, pairs, pairs)
def test_a_link_never_carries_more_than_it_was_made_at(
    who: SignIn, held: Levels, made_at: Levels, required: Levels
) -> None:
    alone = decided(who, required=required)
    link = AccountLink(made_at=made_at)
    linked = LinkedAccount(held=held, link=link, valid_until=NOW + timedelta(hours=1))
    joined = decided(who, required=required, linked=linked)
    assert joined.held in (alone.held, through_link(alone.held, held, link))
    if joined.held != alone.held:
        assert made_at.satisfies(joined.held)
        assert joined.held.proofing <= held.proofing
        assert joined.held.authentication <= alone.held.authentication


@settings(max_examples=150)
@given(sign_ins, mappings(), pairs)
def test_nothing_is_allowed_below_what_is_required(
    who: SignIn, mapping: LevelMapping, required: Levels
) -> None:
    decision = decided(who, trust=peer_trust(mapping=mapping), required=required)
    assert (decision.outcome is Outcome.ALLOW) is decision.held.satisfies(required)


@settings(max_examples=50)
@given(sign_ins, mappings(), pairs)
def test_deciding_twice_is_deciding_once(
    who: SignIn, mapping: LevelMapping, required: Levels
) -> None:
    def once() -> Decision:
        requirement = Requirement(levels=required)
        return decided(who, trust=peer_trust(mapping=mapping), required=requirement)

    assert once() == once()
    assert once().record() == once().record()
