"""Links between accounts, stepping up, evidence, lifetimes and records of decisions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp_federation.assurance.acr import acr_of
from idp_federation.assurance.decision import Decision, Outcome, Route
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import HIGHEST, LOWEST
from idp_federation.assurance.link import AccountLink
from idp_federation.assurance.reasons import Reason
from idp_federation.assurance.service_class import DEFAULTS, Requirement, ServiceClass
from idp_federation.assurance.sign_in import LinkedAccount, LocalTrust
from idp_federation.federation.trust_mark import Status
from joint_use import Levels
from tests.unit.idp_federation.peers import (
    AMR,
    DOMAIN,
    JPKI,
    KYC,
    MAPPING,
    PERSON,
    SESSION_ENDS,
    city_chain,
    decided,
    peer_trust,
    sign_in,
    terms,
    verified,
)
from tests.unit.idp_federation.signed import CITY, NOW, PREF


def reasons(decision: Decision) -> set[Reason]:
    return {finding.reason for finding in decision.findings}


# Step 6: two accounts


def linked_account(held: Levels, made_at: Levels) -> LinkedAccount:
    return LinkedAccount(
        held=held, link=AccountLink(made_at=made_at), valid_until=NOW + timedelta(minutes=5)
    )


def test_one_accounts_proofing_is_never_added_to_anothers_authentication() -> None:
    proofed = linked_account(Levels(3, 1), made_at=Levels(3, 1))
    decision = decided(sign_in(Levels(1, 3)), linked=proofed)
    assert (decision.held, decision.outcome) == (Levels(1, 3), Outcome.STEP_UP)


@pytest.mark.parametrize("made_at", [Levels(3, 2), Levels(2, 3), LOWEST])
def test_a_link_made_at_less_than_both_levels_does_not_join_them(made_at: Levels) -> None:
    decision = decided(sign_in(Levels(1, 3)), linked=linked_account(HIGHEST, made_at))
    assert decision.held == Levels(1, 3)


def test_a_link_made_at_both_levels_joins_them_until_the_linked_account_ends() -> None:
    linked = linked_account(Levels(3, 1), made_at=HIGHEST)
    decision = decided(sign_in(Levels(1, 3)), linked=linked)
    assert (decision.held, decision.outcome) == (HIGHEST, Outcome.ALLOW)
    assert decision.valid_until == linked.valid_until
    assert Reason.LINK_USED in reasons(decision)
    late = decided(
        sign_in(Levels(1, 3)),
        linked=linked,
        now=linked.valid_until,
        trust=peer_trust(checked_s_ago=-300),
    )
    assert late.held == Levels(1, 3)


def test_a_link_does_not_help_at_an_issuer_that_is_not_trusted() -> None:
    linked = linked_account(HIGHEST, made_at=HIGHEST)
    decision = decided(sign_in(Levels(1, 3)), linked=linked, agreed=terms(peers=()))
    assert (decision.held, decision.outcome) == (LOWEST, Outcome.REFUSE)
    assert Reason.LINK_USED not in reasons(decision)


def test_a_link_is_still_under_the_agreements_cap() -> None:
    linked = linked_account(HIGHEST, made_at=HIGHEST)
    decision = decided(sign_in(Levels(1, 3)), linked=linked, agreed=terms(cap=Levels(2, 3)))
    assert decision.held == Levels(1, 3)


# Step 7: stepping up


@pytest.mark.parametrize(
    ("ceiling", "local", "routes", "outcome"),
    [
        (HIGHEST, HIGHEST, {Route.UPSTREAM, Route.LOCAL}, Outcome.STEP_UP),
        (HIGHEST, LOWEST, {Route.UPSTREAM}, Outcome.STEP_UP),
        (Levels(2, 3), HIGHEST, {Route.LOCAL}, Outcome.STEP_UP),
        (Levels(2, 3), Levels(3, 2), set(), Outcome.REFUSE),
    ],
)
def test_stepping_up_is_offered_only_where_it_can_help(
    ceiling: Levels, local: Levels, routes: set[Route], outcome: Outcome
) -> None:
    decision = decided(sign_in(LOWEST), agreed=terms(cap=ceiling, local=local))
    assert (set(decision.routes), decision.outcome) == (routes, outcome)
    assert (Reason.OUT_OF_REACH in reasons(decision)) is (outcome is Outcome.REFUSE)


def test_after_stepping_up_everything_is_reckoned_anew() -> None:
    low = decided(sign_in(Levels(3, 1)))
    assert low.outcome is Outcome.STEP_UP
    assert decided(sign_in(HIGHEST)).outcome is Outcome.ALLOW
    revoked = decided(sign_in(HIGHEST), trust=peer_trust(status=Status.REVOKED))
    assert revoked.held == LOWEST


# Evidence beside levels


@pytest.mark.parametrize(
    ("age_days", "is_enough"), [(1, True), (364, True), (366, False), (None, False)]
)
def test_kyc_has_to_be_dated_and_recent(age_days: int | None, *, is_enough: bool) -> None:
    at = None if age_days is None else NOW - timedelta(days=age_days)
    who = sign_in(Levels(2, 2), verified(2, framework="jp_aml", at=at))
    decision = decided(who, required=DEFAULTS[ServiceClass.CRIMINAL_PROCEEDS])
    assert (decision.outcome is Outcome.ALLOW) is is_enough
    assert decision.lacking.proofs == (frozenset() if is_enough else {Proof.KYC})


def test_levels_without_kyc_or_jpki_are_not_enough_and_the_other_way_round() -> None:
    aml, jpki = (
        DEFAULTS[ServiceClass.CRIMINAL_PROCEEDS],
        DEFAULTS[ServiceClass.PUBLIC_AUTHENTICATION],
    )
    card = verified(3, evidence=(JPKI,))
    assert decided(sign_in(HIGHEST), required=aml).lacking.proofs == {Proof.KYC}
    assert decided(sign_in(HIGHEST), required=jpki).lacking.proofs == {Proof.JPKI_SIGNATURE}
    assert decided(sign_in(HIGHEST, card), required=jpki).outcome is Outcome.ALLOW
    assert decided(sign_in(Levels(3, 2), card), required=jpki).outcome is Outcome.STEP_UP
    assert decided(sign_in(Levels(2, 1), KYC), required=aml).outcome is Outcome.STEP_UP


def test_evidence_that_no_rule_of_the_map_accepts_proves_nothing() -> None:
    required = DEFAULTS[ServiceClass.CRIMINAL_PROCEEDS]
    unmapped = replace(MAPPING, proofing=MAPPING.proofing[:3])
    decision = decided(sign_in(HIGHEST, KYC), required=required, trust=peer_trust(mapping=unmapped))
    assert decision.lacking.proofs == {Proof.KYC}


# Step 8: how long, and the record


def test_a_decision_ends_with_the_first_of_its_grounds() -> None:
    chain_ends = city_chain().expires_at
    trust = peer_trust()
    assert trust.assurance_map is not None
    map_ends = trust.assurance_map.expires_at
    assert decided().valid_until == min(SESSION_ENDS, chain_ends, map_ends) == map_ends
    short = replace(sign_in(), session_expires_at=NOW + timedelta(seconds=9))
    assert decided(short).valid_until == NOW + timedelta(seconds=9)
    aged = Requirement(levels=HIGHEST, max_age=timedelta(minutes=2))
    assert decided(required=aged).valid_until == NOW + timedelta(minutes=1)
    nearly = verified(2, at=NOW - timedelta(days=3650) + timedelta(seconds=30))
    old = replace(sign_in(), verified_claims=(nearly,))
    assert decided(old, required=Levels(2, 2)).valid_until == NOW + timedelta(seconds=30)


def test_a_decision_that_needs_kyc_ends_when_it_gets_too_old() -> None:
    at = NOW - timedelta(days=365) + timedelta(seconds=20)
    who = sign_in(Levels(2, 2), verified(2, framework="jp_aml", at=at))
    decision = decided(who, required=DEFAULTS[ServiceClass.CRIMINAL_PROCEEDS])
    assert decision.valid_until == NOW + timedelta(seconds=20)


def test_the_record_holds_inputs_map_version_outcome_and_reasons() -> None:
    record = decided(sign_in(Levels(2, 1)), required=Levels(2, 2)).record()
    assert record["outcome"] == "step_up"
    assert record["map_version"] == 3
    assert record["held"] == "(2, 1)"
    inputs = record["inputs"]
    assert isinstance(inputs, dict)
    assert inputs["acr"] == acr_of(Levels(2, 1), DOMAIN)
    assert inputs["amr"] == sorted(AMR[1])
    assert (inputs["issuer"], inputs["subject"]) == (CITY.id, PERSON)
    assert (inputs["accreditor"], inputs["status"]) == (PREF.id, "active")
    assert record["reasons"] == [
        {"reason": "peer_accepted", "issuer": CITY.id, "anchor": "https://anchor.example"},
        {"reason": "map_accepted", "accreditor": PREF.id, "version": "3"},
        {"reason": "acr_mapped", "acr": acr_of(Levels(2, 1), DOMAIN), "level": "1"},
        {
            "reason": "claims_mapped",
            "framework": "https://anchor.example/tf/area-data",
            "level": "2",
        },
        {"reason": "lacks_authentication", "held": "1", "required": "2"},
    ]


def test_a_decision_is_explained_in_both_languages() -> None:
    decision = decided(sign_in(Levels(2, 1)), required=Levels(2, 2))
    assert decision.explain("ja")[-1] == "当人認証が1で、2が必要です。"
    assert decision.explain("en")[-1] == "Authentication is 1; 2 is required."
    assert len(decision.explain("ja")) == len(decision.findings)


def test_a_local_sign_in_needs_no_peer_and_stays_when_status_is_lost() -> None:
    decision = decided(trust=LocalTrust(mapping=MAPPING), agreed=terms(peers=()))
    assert (decision.outcome, decision.held) == (Outcome.ALLOW, HIGHEST)
    assert decision.valid_until == decision.recheck_at == SESSION_ENDS
