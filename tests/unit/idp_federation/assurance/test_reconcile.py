"""Reconciliation step by step; each attack of a weak peer, an old mark or foreign claims fails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp_federation.assurance.acr import acr_of
from idp_federation.assurance.assurance_map import AssuranceMap
from idp_federation.assurance.decision import Decision, Outcome, Route
from idp_federation.assurance.evidence import VerifiedClaims
from idp_federation.assurance.levels import HIGHEST, LOWEST
from idp_federation.assurance.reasons import Reason
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LocalTrust, PeerTrust
from idp_federation.assurance.sources import SOURCES
from idp_federation.federation.trust_mark import Status
from joint_use import Levels
from kit.json import JsonObject
from tests.unit.idp_federation.peers import (
    DOCUMENT,
    DOMAIN,
    JPKI,
    MAPPING,
    STRANGER,
    attested_map,
    city_chain,
    decided,
    other_anchors_chain,
    peer_trust,
    sign_in,
    terms,
    verified,
)
from tests.unit.idp_federation.signed import CITY, NOW, PREF, chain_of


def reasons(decision: Decision) -> set[Reason]:
    return {finding.reason for finding in decision.findings}


def test_levels_that_a_peer_attests_rightly_are_held() -> None:
    decision = decided(sign_in(HIGHEST))
    assert (decision.outcome, decision.held, decision.map_version) == (Outcome.ALLOW, HIGHEST, 3)
    assert reasons(decision) == {
        Reason.PEER_ACCEPTED,
        Reason.MAP_ACCEPTED,
        Reason.ACR_MAPPED,
        Reason.CLAIMS_MAPPED,
        Reason.ENOUGH,
    }


# Step 1: the issuer


def test_a_peer_that_is_not_on_the_allow_list_is_refused() -> None:
    decision = decided(agreed=terms(peers=(PREF,)), required=LOWEST)
    assert (decision.outcome, decision.held) == (Outcome.REFUSE, LOWEST)
    assert reasons(decision) == {Reason.PEER_NOT_LISTED}


@pytest.mark.parametrize("spoof", [f"{CITY.id}/", f"{CITY.id}.evil.example", CITY.id.upper()])
def test_issuer_prefix_and_trailing_slash_spoofs_are_refused(spoof: str) -> None:
    decision = decided(replace(sign_in(), issuer=spoof), required=LOWEST)
    assert (decision.outcome, decision.held) == (Outcome.REFUSE, LOWEST)


def test_a_peer_without_a_trust_chain_is_refused() -> None:
    decision = decided(trust=replace(peer_trust(), chain=None), required=LOWEST)
    assert decision.outcome is Outcome.REFUSE
    assert reasons(decision) == {Reason.NO_TRUST_CHAIN}


def test_the_chain_of_another_entity_is_refused() -> None:
    decision = decided(trust=peer_trust(chain=chain_of(PREF)), required=LOWEST)
    assert decision.outcome is Outcome.REFUSE
    assert reasons(decision) == {Reason.FOREIGN_CHAIN}


def test_a_chain_that_has_expired_is_refused_at_once() -> None:
    ends = city_chain().expires_at
    before = decided(now=ends - timedelta(seconds=1), trust=peer_trust(checked_s_ago=-3590))
    after = decided(now=ends, trust=peer_trust(checked_s_ago=-3590))
    assert Reason.CHAIN_EXPIRED not in reasons(before)
    assert (after.outcome, reasons(after)) == (Outcome.REFUSE, {Reason.CHAIN_EXPIRED})


def test_an_entity_that_is_no_provider_is_refused() -> None:
    constraints: JsonObject = {"allowed_entity_types": ["openid_relying_party"]}
    decision = decided(trust=peer_trust(chain=chain_of(CITY, constraints=constraints)))
    assert (decision.outcome, reasons(decision)) == (Outcome.REFUSE, {Reason.NO_PROVIDER})


# Step 2: the assurance map


@pytest.mark.parametrize(
    ("trust", "reason"),
    [
        (replace(peer_trust(), assurance_map=None), Reason.NO_MAP),
        (replace(peer_trust(), status=None), Reason.STATUS_LOST),
        (peer_trust(status=Status.REVOKED), Reason.MARK_NOT_ACTIVE),
        (peer_trust(status=Status.EXPIRED), Reason.MARK_NOT_ACTIVE),
        (peer_trust(status=Status.INVALID), Reason.MARK_NOT_ACTIVE),
        (peer_trust(checked_s_ago=61), Reason.STATUS_LOST),
        (peer_trust(checked_s_ago=-61), Reason.STATUS_LOST),
        (peer_trust(chain=other_anchors_chain(CITY)), Reason.MAP_NOT_ACCREDITED),
    ],
)
def test_without_a_live_map_foreign_levels_fall_to_one(trust: PeerTrust, reason: Reason) -> None:
    decision = decided(trust=trust, required=Levels(2, 1))
    assert (decision.held, decision.map_version) == (LOWEST, None)
    assert reason in reasons(decision)
    assert Route.UPSTREAM not in decision.routes
    assert decided(trust=trust, required=LOWEST).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        (replace(attested_map(), peer=PREF.id), Reason.FOREIGN_MAP),
        (replace(attested_map(), accreditor=STRANGER), Reason.MAP_NOT_ACCREDITED),
        (replace(attested_map(), accreditor=CITY.id), Reason.MAP_NOT_ACCREDITED),
        (replace(attested_map(), anchor=STRANGER), Reason.MAP_NOT_ACCREDITED),
        (replace(attested_map(), expires_at=NOW), Reason.MAP_EXPIRED),
    ],
)
def test_a_foreign_self_asserted_or_expired_map_counts_for_nothing(
    bent: AssuranceMap, reason: Reason
) -> None:
    decision = decided(trust=replace(peer_trust(), assurance_map=bent))
    assert (decision.held, reason in reasons(decision)) == (LOWEST, True)


def test_a_self_asserted_map_counts_for_nothing_even_where_its_issuer_is_an_accreditor() -> None:
    trust = peer_trust()
    assert trust.assurance_map is not None
    own = replace(trust, assurance_map=replace(trust.assurance_map, accreditor=CITY.id))
    agreed = replace(terms(), accreditors=frozenset({PREF.id, CITY.id}))
    assert decided(trust=own, agreed=agreed).held == LOWEST


def test_operators_are_warned_before_a_status_is_lost() -> None:
    assert Reason.STATUS_AGEING not in reasons(decided(trust=peer_trust(checked_s_ago=30)))
    ageing = decided(trust=peer_trust(checked_s_ago=31))
    assert (Reason.STATUS_AGEING in reasons(ageing), ageing.held) == (True, HIGHEST)
    assert decided(trust=peer_trust(checked_s_ago=60)).held == HIGHEST


def test_a_decision_has_to_be_looked_at_anew_before_its_status_is_lost() -> None:
    decision = decided(trust=peer_trust(checked_s_ago=5))
    assert decision.recheck_at == NOW + timedelta(seconds=55)
    assert decision.valid_until > decision.recheck_at


# Step 3: authentication


@pytest.mark.parametrize(
    "acr",
    [
        None,
        "",
        "aal3",
        "https://evil.example/acr/ial3/aal3",
        f"https://{DOMAIN}.evil.example/acr/ial3/aal3",
        f"https://{DOMAIN}/acr/ial3/aal3/",
        f"https://{DOMAIN}/acr/ial3/aal9",
        f"https://{DOMAIN}/acr/ial3/aal3?x",
        f"HTTPS://{DOMAIN}/acr/ial3/aal3",
    ],
)
def test_an_unknown_acr_is_worth_the_lowest_authentication(acr: str | None) -> None:
    decision = decided(replace(sign_in(), acr=acr))
    assert decision.held.authentication == 1
    assert Reason.ACR_UNKNOWN in reasons(decision)


@pytest.mark.parametrize(
    ("level", "amr", "held"),
    [
        (3, {"pwd"}, 1),
        (3, set(), 1),
        (3, {"pwd", "otp"}, 2),
        (3, {"sc", "pin"}, 3),
        (2, {"pwd"}, 1),
        (2, {"pwd", "kba"}, 1),
        (2, {"sms"}, 1),
        (2, {"mfa"}, 2),
        (2, {"hwk", "pin"}, 2),
        (1, {"hwk", "pin"}, 1),
    ],
)
def test_methods_that_contradict_the_acr_lower_it_and_never_raise_it(
    level: int, amr: set[str], held: int
) -> None:
    who = replace(sign_in(Levels(3, level)), amr=frozenset(amr))
    decision = decided(who)
    assert decision.held.authentication == held
    assert (Reason.AMR_CONTRADICTS in reasons(decision)) is (held < level)


def test_an_acr_that_came_back_lower_than_asked_counts_as_it_came_back() -> None:
    """The downgrade: a voluntary acr_values, or a peer that ignores an essential one."""
    who = replace(sign_in(), acr=acr_of(Levels(3, 1), DOMAIN))
    decision = decided(who, required=Levels(2, 2))
    assert (decision.held, decision.outcome) == (Levels(3, 1), Outcome.STEP_UP)


@pytest.mark.parametrize(
    ("signed_in_s_ago", "is_stale"), [(299, False), (300, False), (301, True), (-11, True)]
)
def test_a_stale_auth_time_is_no_authentication(signed_in_s_ago: int, *, is_stale: bool) -> None:
    requirement = Requirement(levels=Levels(1, 2), max_age=timedelta(minutes=5))
    who = replace(sign_in(), auth_time=NOW - timedelta(seconds=signed_in_s_ago))
    decision = decided(who, required=requirement)
    assert (decision.outcome is Outcome.STEP_UP) is is_stale
    assert (decision.held.authentication == 1) is is_stale


def test_an_auth_time_is_needed_where_an_age_is_asked_for() -> None:
    who = replace(sign_in(), auth_time=None)
    requirement = Requirement(max_age=timedelta(minutes=5))
    assert decided(who, required=requirement).outcome is Outcome.STEP_UP
    assert decided(who, required=Requirement()).outcome is Outcome.ALLOW


def test_a_session_that_has_ended_allows_nothing() -> None:
    decision = decided(replace(sign_in(), session_expires_at=NOW), required=LOWEST)
    assert decision.outcome is Outcome.STEP_UP
    assert Reason.ENOUGH not in reasons(decision)


# Step 4: proofing


def test_absent_verified_claims_are_unproven() -> None:
    decision = decided(replace(sign_in(), verified_claims=()))
    assert decision.held == Levels(1, 3)
    assert Reason.CLAIMS_ABSENT in reasons(decision)


@pytest.mark.parametrize(
    "foreign", [verified(3, subject="somebody-else"), verified(3, issuer=PREF.id)]
)
def test_verified_claims_of_another_subject_or_issuer_are_left_out(foreign: VerifiedClaims) -> None:
    decision = decided(replace(sign_in(), verified_claims=(foreign,)))
    assert decision.held.proofing == 1
    assert Reason.CLAIMS_FOREIGN in reasons(decision)


@pytest.mark.parametrize(
    "weak",
    [
        verified(2, framework="https://evil.example/tf"),
        verified(2, evidence=()),
        verified(3, evidence=(DOCUMENT,)),
        verified(2, at=None),
        verified(2, at=NOW - timedelta(days=3651)),
        verified(2, at=NOW + timedelta(seconds=61)),
    ],
    ids=["framework", "no evidence", "other evidence", "undated", "stale", "future"],
)
def test_claims_of_an_unknown_framework_or_a_stale_time_are_unproven(weak: VerifiedClaims) -> None:
    decision = decided(replace(sign_in(), verified_claims=(weak,)))
    assert decision.held.proofing == 1
    assert Reason.CLAIMS_UNKNOWN in reasons(decision)


def test_the_best_of_several_verifications_counts_each_with_its_own_evidence() -> None:
    who = replace(sign_in(), verified_claims=(verified(2), verified(3), verified(1)))
    assert decided(who).held.proofing == 3
    mixed = (verified(3, evidence=()), verified(1, evidence=(JPKI,)))
    assert decided(replace(sign_in(), verified_claims=mixed)).held.proofing == 1


def test_a_session_holds_no_more_proofing_than_its_own_acr_claims() -> None:
    who = replace(sign_in(), acr=acr_of(Levels(1, 3), DOMAIN))
    decision = decided(who)
    assert decision.held == Levels(1, 3)
    assert Reason.ACR_LIMITS_PROOFING in reasons(decision)


# Step 5: caps


def test_the_caps_of_map_agreement_and_source_all_hold() -> None:
    capped = replace(MAPPING, cap=Levels(2, 3))
    assert decided(trust=peer_trust(mapping=capped)).held == Levels(2, 3)
    assert decided(agreed=terms(cap=Levels(3, 2))).held == Levels(3, 2)
    assert decided(replace(sign_in(), source=SOURCES["sns"])).held == Levels(1, 3)
    every = decided(
        replace(sign_in(), source=SOURCES["ekyc"]),
        trust=peer_trust(mapping=capped),
        agreed=terms(cap=Levels(3, 1)),
    )
    assert every.held == Levels(2, 1)
    assert {Reason.CAPPED_BY_MAP, Reason.CAPPED_BY_AGREEMENT} <= reasons(every)
    assert Reason.CAPPED_BY_SOURCE not in reasons(every)


def test_an_sns_account_stays_at_the_lowest_proofing() -> None:
    trust = LocalTrust(mapping=MAPPING)
    decision = decided(replace(sign_in(), source=SOURCES["sns"]), trust=trust)
    assert decision.held.proofing == 1
