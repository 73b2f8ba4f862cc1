"""What an authorization request needs next, for every pair of levels and every wish."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp_federation.assurance.acr import acr_of, levels_of
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import EVERY
from idp_federation.assurance.service_class import DEFAULTS, ServiceClass
from idp_federation.oidc.authorization import AuthorizationRequest, read_request
from idp_federation.oidc.client import Client, ClientAuthentication, GrantType
from idp_federation.oidc.errors import LoginRequired, OAuthError, UnmetAuthenticationRequirements
from idp_federation.oidc.next_step import (
    SIGN_IN,
    STEP_UP,
    ConsentNeeded,
    Granted,
    SignInNeeded,
    Situation,
    StepUpNeeded,
    next_step,
)
from idp_federation.oidc.profile import Profile
from idp_federation.oidc.session import Held, Session, SignedIn
from joint_use import Levels

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ANCHOR = "trust.example"
PROFILE = Profile(issuer="https://op.example", anchor=ANCHOR)


def a_request(
    service_class: ServiceClass = ServiceClass.AUTHENTICATED,
    *,
    acr: tuple[Levels, ...] = (),
    **more: str,
) -> AuthorizationRequest:
    client = Client(
        id="app",
        tenants=("sapporo",),
        authentication=ClientAuthentication.NONE,
        grants=frozenset({GrantType.AUTHORIZATION_CODE}),
        redirect_uris=("https://app.example/cb",),
        scopes=frozenset({"openid"}),
        service_class=service_class,
        consent_required=False,
    )
    asked = {
        "response_type": "code",
        "redirect_uri": "https://app.example/cb",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        **more,
    }
    if acr:
        values = [acr_of(one, ANCHOR) for one in acr]
        asked["claims"] = json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})
    return read_request(asked, client)


def a_session(
    levels: Levels, proofs: frozenset[Proof] = frozenset(), *, ago: timedelta = timedelta()
) -> Session:
    held = Held(levels=levels, proofs=proofs, valid_until=NOW + timedelta(hours=1))
    who = SignedIn(
        account="a", tenant="sapporo", held=held, amr=frozenset({"pwd"}), auth_time=NOW - ago
    )
    return Session(
        sid="s", signed_in=who, started_at=NOW - ago, expires_at=NOW + timedelta(hours=1)
    )


def situation(session: Session | None, *asked: str) -> Situation:
    return Situation(session=session, has_consent=True, asked=frozenset(asked), now=NOW)


@settings(max_examples=300)
@given(
    st.sampled_from(EVERY),
    st.sampled_from([*ServiceClass]),
    st.sets(st.sampled_from(EVERY), max_size=3),
    st.sets(st.sampled_from([*Proof])),
    st.sets(st.sampled_from([SIGN_IN, STEP_UP])),
    st.booleans(),
)
def test_nobody_gets_through_below_what_is_required(
    held: Levels,
    service_class: ServiceClass,
    asked_for: set[Levels],
    proofs: set[Proof],
    asked: set[str],
    silent: bool,
) -> None:
    wish = {"prompt": "none"} if silent else {}
    request = a_request(service_class, acr=tuple(asked_for), **wish)
    session = a_session(held, frozenset(proofs))
    try:
        step = next_step(request, situation(session, *asked), PROFILE)
    except OAuthError:
        return
    if isinstance(step, Granted):
        requirement = DEFAULTS[service_class]
        assert held.satisfies(requirement.levels)
        assert requirement.proofs <= proofs
        assert not asked_for or any(held.satisfies(one) for one in asked_for)
        told = levels_of(step.acr, ANCHOR)
        assert told is not None
        assert held.satisfies(told)
        assert not asked_for or told in asked_for
    else:
        assert not silent


def test_what_is_missing_of_proofs_is_told_to_the_page() -> None:
    request = a_request(ServiceClass.CRIMINAL_PROCEEDS)
    step = next_step(request, situation(a_session(Levels(3, 3))), PROFILE)
    assert step == StepUpNeeded(
        required=Levels(2, 2), proofs=frozenset({Proof.KYC}), essential=True
    )


def test_levels_above_the_ceiling_are_refused_at_once() -> None:
    low = Profile(issuer="https://op.example", anchor=ANCHOR, ceiling=Levels(2, 2))
    with pytest.raises(UnmetAuthenticationRequirements):
        next_step(a_request(acr=(Levels(3, 1),)), situation(None), low)


def test_a_welcome_class_is_tried_once_and_done_without() -> None:
    request = a_request(acr_values=acr_of(Levels(2, 2), ANCHOR))
    low = a_session(Levels(1, 1))
    step = next_step(request, situation(low), PROFILE)
    assert isinstance(step, StepUpNeeded)
    assert not step.essential
    granted = next_step(request, situation(low, STEP_UP), PROFILE)
    assert isinstance(granted, Granted)
    assert granted.acr == acr_of(Levels(1, 1), ANCHOR)


def test_attack_5_a_stale_sign_in_has_to_be_fresh_and_once_fresh_is_enough() -> None:
    request, old = a_request(max_age="60"), a_session(Levels(1, 1), ago=timedelta(minutes=2))
    assert next_step(request, situation(old), PROFILE) == SignInNeeded(
        required=Levels(1, 1), fresh=True
    )
    since = NOW - timedelta(minutes=5)
    later = replace(situation(old, SIGN_IN), sign_in_asked_at=since)
    assert isinstance(next_step(request, later, PROFILE), Granted)
    unmoved = replace(situation(old, SIGN_IN), sign_in_asked_at=NOW)
    with pytest.raises(LoginRequired):
        next_step(request, unmoved, PROFILE)


def test_prompt_consent_asks_although_consent_is_given() -> None:
    request = a_request(prompt="consent")
    here = a_session(Levels(1, 1))
    assert next_step(request, situation(here), PROFILE) == ConsentNeeded()
    again = replace(situation(here, "consent"), consent_asked_at=NOW, consented_at=NOW)
    assert isinstance(next_step(request, again, PROFILE), Granted)
