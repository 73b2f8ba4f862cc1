"""What an authorization request needs next: a sign-in, higher levels, consent, or nothing more.

Decided from scratch each time the browser comes back, so that no page can be stepped around.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from idp_federation.assurance.acr import acr_of, levels_by_acr
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import EVERY
from idp_federation.assurance.service_class import shortfall
from idp_federation.oidc.authorization import AuthorizationRequest, Prompt, is_stale
from idp_federation.oidc.errors import (
    AccessDenied,
    ConsentRequired,
    LoginRequired,
    UnmetAuthenticationRequirements,
)
from idp_federation.oidc.profile import Profile
from idp_federation.oidc.session import Held, Session
from joint_use import Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInNeeded:
    """Somebody has to sign in; with `fresh` even though somebody is signed in."""

    required: Levels
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpNeeded:
    """Who is signed in needs more; without `essential` she may decline and go on."""

    required: Levels
    proofs: frozenset[Proof]
    essential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """Who is signed in has to agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Nothing is missing; the client is told this acr."""

    session: Session
    acr: str


NextStep: TypeAlias = SignInNeeded | StepUpNeeded | ConsentNeeded | Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when it is decided.

    Args:
        session: who is signed in at this municipality, with the levels that count now.
        has_consent: whether consent covers what is asked for.
        is_hinted: whether she is whom the id_token_hint means; True where there is none.
        asked: what she was asked already on behalf of this request.
        sign_in_asked_at: since when she was asked to sign in; who did so after it is fresh.
        consent_asked_at: since when she was asked for consent.
        consented_at: when the consent was given.
        now: the present instant.
    """

    session: Session | None
    has_consent: bool
    is_hinted: bool = True
    asked: frozenset[str] = frozenset()
    sign_in_asked_at: datetime | None = None
    consent_asked_at: datetime | None = None
    consented_at: datetime | None = None
    now: datetime


SIGN_IN, STEP_UP, CONSENT = "sign-in", "step-up", "consent"


def next_step(request: AuthorizationRequest, situation: Situation, profile: Profile) -> NextStep:
    """Decide what an authorization request needs next.

    Spec: OpenID Connect Core 1.0 §3.1.2.3, §3.1.2.6; OpenID Connect Core Unmet Authentication
        Requirements 1.0 §2
    Raises:
        LoginRequired, ConsentRequired: somebody would have to be asked, and may not be.
        UnmetAuthenticationRequirements: the levels cannot be reached.
        AccessDenied: she was asked for consent and did not give it.
    """
    wanted = _wanted(request, profile)
    session = situation.session
    if session is None or _is_unfit(request, situation, session):
        if request.is_silent or SIGN_IN in situation.asked:
            raise LoginRequired("Nobody is signed in as this request needs")
        return SignInNeeded(required=wanted[0], fresh=session is not None)
    step = _levels_step(request, situation, session.signed_in.held, wanted, profile)
    return (
        step
        or _consent_step(request, situation)
        or Granted(session=session, acr=_told_acr(request, session.signed_in.held.levels, profile))
    )


def _wanted(request: AuthorizationRequest, profile: Profile) -> tuple[Levels, ...]:
    """List the pairs of levels of which one has to be reached, the lowest first."""
    own = request.client.requirement.levels
    essential = request.claims.essential_acr
    if essential is None:
        asked: tuple[Levels, ...] = (own,)
    else:
        known = levels_by_acr(profile.anchor)
        asked = tuple(_join(known[acr], own) for acr in essential if acr in known)
    reachable = {one for one in asked if profile.ceiling.satisfies(one)}
    if not reachable:
        raise UnmetAuthenticationRequirements("The levels asked for cannot be reached here")
    return tuple(one for one in EVERY if one in reachable)


def _is_unfit(request: AuthorizationRequest, situation: Situation, session: Session) -> bool:
    """Tell whether who is signed in has to authenticate again, or is somebody else."""
    if not situation.is_hinted:
        return True
    auth_time, asked_at = session.signed_in.auth_time, situation.sign_in_asked_at
    if asked_at is not None and auth_time >= asked_at:
        return False  # she has just done so
    if request.prompt & {Prompt.LOGIN, Prompt.SELECT_ACCOUNT}:
        return True
    return any(
        is_stale(auth_time, max_age, situation.now)
        for max_age in (request.max_age, request.client.requirement.max_age)
    )


def _levels_step(
    request: AuthorizationRequest,
    situation: Situation,
    held: Held,
    wanted: tuple[Levels, ...],
    profile: Profile,
) -> StepUpNeeded | None:
    """Say which levels or proofs are missing; None where none are."""
    requirement = request.client.requirement
    missing = shortfall(held.levels, held.proofs, requirement).proofs
    if missing or not any(held.levels.satisfies(one) for one in wanted):
        if request.is_silent:
            raise LoginRequired("Who is signed in does not reach the levels asked for")
        if STEP_UP in situation.asked:
            raise UnmetAuthenticationRequirements("The levels asked for were not reached")
        return StepUpNeeded(required=wanted[0], proofs=missing, essential=True)
    if request.is_silent or STEP_UP in situation.asked:
        return None
    known = levels_by_acr(profile.anchor)
    voluntary = (*request.acr_values, *request.claims.voluntary_acr)
    welcome = [
        known[acr] for acr in voluntary if acr in known and profile.ceiling.satisfies(known[acr])
    ]
    if not welcome or any(held.levels.satisfies(one) for one in welcome):
        return None
    return StepUpNeeded(required=welcome[0], proofs=frozenset(), essential=False)


def _consent_step(request: AuthorizationRequest, situation: Situation) -> ConsentNeeded | None:
    """Say whether consent is missing."""
    anew = Prompt.CONSENT in request.prompt and (
        situation.consent_asked_at is None
        or situation.consented_at is None
        or situation.consented_at < situation.consent_asked_at
    )
    lacking = request.client.consent_required and not situation.has_consent
    if not anew and not lacking:
        return None
    if request.is_silent:
        raise ConsentRequired("Consent is missing")
    if CONSENT in situation.asked:
        raise AccessDenied("Consent is not given")
    return ConsentNeeded()


def _told_acr(request: AuthorizationRequest, held: Levels, profile: Profile) -> str:
    """Choose the acr to tell: of those asked for the highest that is reached, else what is held."""
    asked = request.claims.essential_acr or (*request.acr_values, *request.claims.voluntary_acr)
    known = levels_by_acr(profile.anchor)
    reached = {known[acr] for acr in asked if acr in known and held.satisfies(known[acr])}
    best = max(reached, key=EVERY.index, default=None)
    return acr_of(held if best is None or held in reached else best, profile.anchor)


def _join(first: Levels, second: Levels) -> Levels:
    return Levels(
        max(first.proofing, second.proofing), max(first.authentication, second.authentication)
    )
