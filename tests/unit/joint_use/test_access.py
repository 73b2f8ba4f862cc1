"""Decisions: who may do what, on which types, and why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from joint_use import (
    ANYONE,
    OPERATOR,
    UNRESTRICTED,
    WHOLE,
    Action,
    Allow,
    DataConsent,
    Deny,
    Levels,
    NewConsent,
    PersonalType,
    Policy,
    Principal,
    Readers,
    Requirement,
    Standing,
    StepUp,
    decide,
    type_scope,
)

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
TENANT = "sapporo"
EVENT, ROSTER = "https://example.jp/Event", "https://example.jp/Roster"
RESIDENT, PURPOSE = "https://example.jp/Resident", "Facility booking"
OWNER = "https://example.jp/residentId"
GRID = [Levels(*pair) for pair in product((1, 2, 3), repeat=2)]

SERVICE = Principal(
    subject="booking", service="booking", tenants=frozenset({TENANT}), actions=frozenset(Action)
)
RESIDENT_OF_TENANT = Principal(
    subject="hanako",
    service="booking",
    tenants=frozenset({TENANT}),
    actions=frozenset({Action.READ, Action.WRITE, Action.SUBSCRIBE}),
    levels=Levels(2, 2),
    signed_in_at=NOW - timedelta(minutes=1),
)
CONSENT = DataConsent(
    number=7,
    terms=NewConsent(
        tenant=TENANT,
        subject="hanako",
        recipient="booking",
        purpose=PURPOSE,
        items=frozenset({RESIDENT}),
        expires_at=NOW + timedelta(days=1),
    ),
    given_at=NOW - timedelta(days=1),
)


def standing(requirement: Requirement | None = None, *consents: DataConsent) -> Standing:
    """A policy that has something of everything."""
    personal = PersonalType(
        owner=OWNER, purpose=PURPOSE, requirement=requirement or Requirement(levels=Levels(2, 2))
    )
    policy = Policy(types={EVENT: Readers.ANYONE}, personal={RESIDENT: personal})
    return Standing(policy=policy, consents=consents, at=NOW)


def test_levels_reach_what_is_required_by_both_components_or_are_asked_to_step_up() -> None:
    for held, required in product(GRID, GRID):
        person = replace(RESIDENT_OF_TENANT, levels=held)
        bound = standing(Requirement(levels=required), CONSENT)
        decision = decide(person, Action.READ, TENANT, bound, RESIDENT)
        reached = held.proofing >= required.proofing
        reached = reached and held.authentication >= required.authentication
        assert isinstance(decision, Allow if reached else StepUp), (held, required)


@pytest.mark.parametrize("held", GRID)
@pytest.mark.parametrize("proof", ["kyc", "jpki_signature"])
def test_no_level_stands_in_for_a_proof(held: Levels, proof: str) -> None:
    bound = standing(Requirement(proofs=frozenset({proof})), CONSENT)
    person = replace(RESIDENT_OF_TENANT, levels=held)
    refused = decide(person, Action.READ, TENANT, bound, RESIDENT)
    assert isinstance(refused, StepUp)
    proven = replace(person, proofs=frozenset({proof}))
    assert isinstance(decide(proven, Action.READ, TENANT, bound, RESIDENT), Allow)


def test_a_sign_in_that_is_too_long_ago_has_to_be_repeated() -> None:
    bound = standing(Requirement(max_age=timedelta(seconds=30)), CONSENT)
    assert isinstance(decide(RESIDENT_OF_TENANT, Action.READ, TENANT, bound, RESIDENT), StepUp)


def test_open_types_are_read_by_anyone_and_written_by_none_of_them() -> None:
    bound = standing()
    assert isinstance(decide(ANYONE, Action.READ, TENANT, bound, EVENT), Allow)
    assert isinstance(decide(ANYONE, Action.READ, TENANT, bound, ROSTER), Deny)
    for action in (Action.WRITE, Action.SUBSCRIBE, Action.ADMINISTER):
        assert isinstance(decide(ANYONE, action, TENANT, bound, EVENT), Deny)


def test_a_token_of_another_tenant_is_no_more_than_none() -> None:
    for action, type_ in product(Action, (EVENT, ROSTER, RESIDENT)):
        elsewhere = decide(SERVICE, action, "ebetsu", standing(), type_)
        nobody = decide(ANYONE, action, "ebetsu", standing(), type_)
        assert isinstance(elsewhere, Deny) == isinstance(nobody, Deny)


def test_services_and_operators_write_personal_data_and_do_not_read_it() -> None:
    for principal in (SERVICE, OPERATOR):
        assert isinstance(decide(principal, Action.WRITE, TENANT, standing(), RESIDENT), Allow)
        assert isinstance(decide(principal, Action.READ, TENANT, standing(), RESIDENT), Deny)


def test_people_do_not_write_personal_data() -> None:
    decision = decide(RESIDENT_OF_TENANT, Action.WRITE, TENANT, standing(None, CONSENT), RESIDENT)
    assert isinstance(decision, Deny)


def test_nobody_subscribes_to_personal_data() -> None:
    for principal in (SERVICE, OPERATOR, RESIDENT_OF_TENANT):
        decision = decide(principal, Action.SUBSCRIBE, TENANT, standing(None, CONSENT), RESIDENT)
        assert isinstance(decision, Deny)


@pytest.mark.parametrize(
    "consent",
    [
        replace(CONSENT, withdrawn_at=NOW),
        replace(CONSENT, given_at=NOW + timedelta(seconds=1)),
        replace(CONSENT, terms=replace(CONSENT.terms, expires_at=NOW)),
        replace(CONSENT, terms=replace(CONSENT.terms, purpose="Advertising")),
        replace(CONSENT, terms=replace(CONSENT.terms, recipient="points")),
        replace(CONSENT, terms=replace(CONSENT.terms, subject="taro")),
        replace(CONSENT, terms=replace(CONSENT.terms, items=frozenset({EVENT}))),
    ],
    ids=["withdrawn", "not_yet", "over", "purpose", "recipient", "subject", "items"],
)
def test_a_consent_counts_for_what_it_says_and_no_more(consent: DataConsent) -> None:
    decision = decide(RESIDENT_OF_TENANT, Action.READ, TENANT, standing(None, consent), RESIDENT)
    assert isinstance(decision, Deny)
    assert not isinstance(decision, StepUp)


def test_a_service_that_requires_levels_gets_nobody_with_less() -> None:
    policy = Policy(services={"booking": Requirement(levels=Levels(2, 3))})
    bound = Standing(policy=policy, at=NOW)
    for action in (Action.READ, Action.WRITE, Action.SUBSCRIBE):
        assert isinstance(decide(RESIDENT_OF_TENANT, action, TENANT, bound), StepUp)
    higher = replace(RESIDENT_OF_TENANT, levels=Levels(2, 3))
    assert isinstance(decide(higher, Action.READ, TENANT, bound), Allow)


def test_without_enforcement_no_policy_binds() -> None:
    for action, type_ in product(Action, (None, EVENT, RESIDENT)):
        assert isinstance(decide(UNRESTRICTED, action, TENANT, standing(), type_), Allow)
    assert type_scope(UNRESTRICTED, Action.READ, TENANT, standing()) is WHOLE


def test_the_scope_of_types_says_what_the_decisions_say() -> None:
    of_anyone = type_scope(ANYONE, Action.READ, TENANT, standing())
    assert (of_anyone.others, of_anyone.exceptions) == (False, frozenset({EVENT}))
    of_service = type_scope(SERVICE, Action.READ, TENANT, standing())
    assert (of_service.others, of_service.exceptions) == (True, frozenset({RESIDENT}))
    of_person = type_scope(RESIDENT_OF_TENANT, Action.READ, TENANT, standing(None, CONSENT))
    assert (of_person.others, of_person.exceptions) == (True, frozenset())
    assert of_person.owners == {RESIDENT: OWNER}
    assert type_scope(SERVICE, Action.WRITE, TENANT, standing()).is_whole
