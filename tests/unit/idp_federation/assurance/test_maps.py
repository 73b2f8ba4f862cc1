"""Assurance maps out of trust marks, and the tables in them."""

from datetime import timedelta

import pytest

from idp_federation.assurance.acr import acr_of
from idp_federation.assurance.assurance_map import CheckedStatus, Freshness, assurance_map_of
from idp_federation.assurance.decision import Outcome
from idp_federation.assurance.errors import InvalidLevels, InvalidMapping
from idp_federation.assurance.levels import EVERY, lower, require_level
from idp_federation.assurance.mapping import read_mapping
from idp_federation.assurance.sign_in import PeerTrust
from idp_federation.federation.errors import InvalidTrustMark
from idp_federation.federation.trust_mark import Status, validate_trust_mark
from joint_use import Levels
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.peers import (
    DOMAIN,
    FRAMEWORK,
    MAP_TYPE,
    accreditors_chain,
    city_chain,
    decided,
    map_claims,
    map_mark,
    sign_in,
    verified,
)
from tests.unit.idp_federation.signed import ANCHOR, CITY, NOW, PREF, seconds, verify


def test_a_map_is_read_out_of_a_mark_and_reads_a_sign_in() -> None:
    """From a signed mark to a decision, nothing made up on the way."""
    known = assurance_map_of(map_mark(), trust_mark_type=MAP_TYPE)
    assert (known.peer, known.accreditor, known.anchor) == (CITY.id, PREF.id, ANCHOR.id)
    assert known.mapping.version == 3
    trust = PeerTrust(
        chain=city_chain(),
        assurance_map=known,
        status=CheckedStatus(status=Status.ACTIVE, checked_at=NOW),
    )
    decision = decided(sign_in(Levels(2, 2)), trust=trust, required=Levels(2, 2))
    assert (decision.outcome, decision.held) == (Outcome.ALLOW, Levels(2, 2))


def test_a_map_that_its_peer_attests_itself_counts_for_nothing() -> None:
    mark = validate_trust_mark(
        CITY.mark(CITY, MAP_TYPE, assurance_map=map_claims()),
        subject=CITY.id,
        issuer_chain=accreditors_chain(CITY, trust_mark_issuers={MAP_TYPE: [CITY.id]}),
        now=NOW,
        verify=verify,
    )
    with pytest.raises(InvalidMapping, match="no accreditor"):
        assurance_map_of(mark, trust_mark_type=MAP_TYPE)


def test_a_map_of_a_type_that_anybody_may_issue_counts_for_nothing() -> None:
    mark = validate_trust_mark(
        PREF.mark(CITY, MAP_TYPE, assurance_map=map_claims()),
        subject=CITY.id,
        issuer_chain=accreditors_chain(trust_mark_issuers={MAP_TYPE: []}),
        now=NOW,
        verify=verify,
    )
    with pytest.raises(InvalidMapping, match="no accreditor"):
        assurance_map_of(mark, trust_mark_type=MAP_TYPE)


def test_a_mark_of_another_subject_brings_no_map() -> None:
    with pytest.raises(InvalidTrustMark, match="not of"):
        validate_trust_mark(
            PREF.mark(PREF, MAP_TYPE, assurance_map=map_claims()),
            subject=CITY.id,
            issuer_chain=accreditors_chain(),
            now=NOW,
            verify=verify,
        )


def test_a_map_has_an_end_and_its_own_type() -> None:
    with pytest.raises(InvalidMapping, match="never expires"):
        assurance_map_of(map_mark(exp=None), trust_mark_type=MAP_TYPE)
    with pytest.raises(InvalidMapping, match="is no assurance map"):
        assurance_map_of(map_mark(), trust_mark_type="https://other.example/map")
    soon = assurance_map_of(map_mark(exp=seconds(60)), trust_mark_type=MAP_TYPE)
    assert soon.expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize("proofing", [1, 2, 3])
@pytest.mark.parametrize("authentication", [1, 2])
def test_a_map_may_not_raise_the_anchors_own_acr(proofing: int, authentication: int) -> None:
    acr = acr_of(Levels(proofing, authentication), DOMAIN)
    with pytest.raises(InvalidMapping, match="raises"):
        read_mapping(map_claims(acr={acr: authentication + 1}), anchor=DOMAIN)
    assert read_mapping(map_claims(acr={acr: 1}), anchor=DOMAIN).authentication_of(acr) == 1


RULE: JsonObject = {"trust_framework": FRAMEWORK, "ial": 2}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        map_claims(version=None),
        map_claims(version=0),
        map_claims(version=True),
        map_claims(version="3"),
        map_claims(acr=[]),
        map_claims(acr={"aal3": 4}),
        map_claims(acr={"aal3": "3"}),
        map_claims(acr={"aal3": True}),
        map_claims(max_ial=None),
        map_claims(max_aal=0),
        map_claims(proofing={}),
        map_claims(proofing=["ial2"]),
        map_claims(proofing=[{"ial": 2}]),
        map_claims(proofing=[{**RULE, "ial": 0}]),
        map_claims(proofing=[{**RULE, "assurance_level": 2}]),
        map_claims(proofing=[{**RULE, "evidence": "document"}]),
        map_claims(proofing=[{**RULE, "evidence": [7]}]),
        map_claims(proofing=[{**RULE, "max_age": -1}]),
        map_claims(proofing=[{**RULE, "max_age": "1y"}]),
        map_claims(proofing=[{**RULE, "max_age": 10**12}]),
    ],
)
def test_a_broken_table_is_refused(value: JsonValue) -> None:
    with pytest.raises(InvalidMapping):
        read_mapping(value, anchor=DOMAIN)


def test_a_rule_wants_its_evidence_and_its_age() -> None:
    mapping = read_mapping(map_claims(), anchor=DOMAIN)
    fitting = mapping.rule_for(verified(2), NOW)
    assert fitting is not None
    assert fitting.proofing == 2
    year = timedelta(days=365)
    assert mapping.rule_for(verified(2, evidence=()), NOW) is None
    assert mapping.rule_for(verified(2, at=NOW - year), NOW) is None
    assert mapping.rule_for(verified(2, at=None), NOW) is None
    assert mapping.rule_for(verified(3), NOW) is None


@pytest.mark.parametrize(
    ("age_s", "freshness"),
    [
        (0, Freshness.FRESH),
        (30, Freshness.FRESH),
        (31, Freshness.AGEING),
        (60, Freshness.AGEING),
        (61, Freshness.LOST),
        (-31, Freshness.LOST),
    ],
)
def test_a_status_ages_at_thirty_seconds_and_is_lost_after_sixty(
    age_s: int, freshness: Freshness
) -> None:
    checked = CheckedStatus(status=Status.ACTIVE, checked_at=NOW - timedelta(seconds=age_s))
    assert checked.freshness(NOW) is freshness


def test_levels_are_a_product_order() -> None:
    assert len(EVERY) == 9
    for one in EVERY:
        for other in EVERY:
            meet = lower(one, other)
            assert one.satisfies(meet)
            assert other.satisfies(meet)
            assert (one.satisfies(other) and other.satisfies(one)) is (one == other)
    assert not Levels(2, 3).satisfies(Levels(3, 2))
    assert not Levels(3, 2).satisfies(Levels(2, 3))


@pytest.mark.parametrize("value", [0, 4, True, "2", None, 2.0])
def test_a_level_is_one_two_or_three(value: object) -> None:
    with pytest.raises(InvalidLevels):
        require_level(value, what="ial")
