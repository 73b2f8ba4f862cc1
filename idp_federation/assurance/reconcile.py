"""Reconciliation of levels between platforms (整合): what a sign-in is worth here, and why.

Every step can only lower. Nothing is kept from an earlier decision: after a step-up, a revocation
or an expiry everything is reckoned from scratch.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp_federation.assurance.decision import Decision, Outcome, Route
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST, lower, shown
from idp_federation.assurance.link import through_link
from idp_federation.assurance.reasons import Finding, Reason
from idp_federation.assurance.service_class import Requirement, Shortfall, shortfall
from idp_federation.assurance.sign_in import LinkedAccount, LocalTrust, SignIn, Terms, Trust
from idp_federation.assurance.standing import Standing, standing_of, trust_inputs
from idp_federation.assurance.worth import Worth, is_stale, worth_of
from joint_use import Levels
from kit.json import JsonObject

_LACKING_PROOF = {
    Proof.KYC: Reason.LACKS_KYC,
    Proof.JPKI_SIGNATURE: Reason.LACKS_JPKI_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class _Held:
    """What counts after staleness and links, until when, and why."""

    levels: Levels
    ends: tuple[datetime, ...] = ()
    findings: tuple[Finding, ...] = ()


def reconcile(
    sign_in: SignIn,
    *,
    trust: Trust,
    terms: Terms,
    requirement: Requirement,
    now: datetime,
    linked: LinkedAccount | None = None,
) -> Decision:
    """Decide whether a sign-in reaches what a service requires.

    Args:
        sign_in: the sign-in.
        trust: what stands behind its issuer.
        terms: what the tenant has agreed.
        requirement: what the service requires.
        now: the present instant.
        linked: another account of the same person, whose proofing may help.
    """
    standing = standing_of(sign_in, trust, terms, now)
    worth = _worth(sign_in, standing, terms, requirement, now)
    stale = is_stale(sign_in, requirement, now)
    helping = linked if standing.trusted else None
    held = _held(sign_in, worth, terms, requirement, now, stale=stale, linked=helping)
    lacking = replace(shortfall(held.levels, worth.proofs, requirement), fresh=stale)
    routes = _routes(worth, trust, terms, requirement) if standing.trusted and lacking else ()
    outcome = _outcome(standing, lacking, routes)
    verdict = _verdict(held.levels, lacking, requirement, outcome, worth)
    valid_until = min((*_ends(sign_in, requirement), *standing.ends, *worth.ends, *held.ends))
    return Decision(
        outcome=outcome,
        held=held.levels,
        requirement=requirement,
        lacking=lacking,
        proofs=worth.proofs if standing.trusted else frozenset(),
        routes=frozenset(routes),
        findings=(
            *(*standing.findings, *worth.findings, *held.findings),
            *(verdict if standing.trusted else ()),
        ),
        inputs=_inputs(sign_in, trust, terms, linked),
        map_version=standing.mapping.version if standing.mapping else None,
        decided_at=now,
        valid_until=valid_until,
        recheck_at=min((valid_until, *standing.rechecks)),
    )


def _inputs(
    sign_in: SignIn, trust: Trust, terms: Terms, linked: LinkedAccount | None
) -> JsonObject:
    return {
        **sign_in.as_inputs(),
        **trust_inputs(trust),
        "agreement_cap": shown(terms.cap_of(sign_in.issuer)),
        "linked": shown(linked.held) if linked else None,
    }


def _worth(
    sign_in: SignIn, standing: Standing, terms: Terms, requirement: Requirement, now: datetime
) -> Worth:
    if standing.mapping is None:
        return Worth(levels=LOWEST, ceiling=LOWEST, proofs=frozenset(), ends=(), findings=())
    return worth_of(sign_in, standing.mapping, terms, requirement, now)


def _held(
    sign_in: SignIn,
    worth: Worth,
    terms: Terms,
    requirement: Requirement,
    now: datetime,
    *,
    stale: bool,
    linked: LinkedAccount | None,
) -> _Held:
    """Step 6: one account's levels, or what a link carries where only that is enough."""
    levels = Levels(worth.levels.proofing, 1) if stale else worth.levels
    findings = (Finding(Reason.SIGN_IN_STALE),) if stale else ()
    if linked is None or linked.valid_until <= now or levels.satisfies(requirement.levels):
        return _Held(levels, (), findings)
    carried = through_link(levels, linked.held, linked.link)
    carried = lower(carried, terms.cap_of(sign_in.issuer))
    if not carried.satisfies(requirement.levels):
        return _Held(levels, (), findings)
    used = Finding(Reason.LINK_USED, {"levels": shown(carried)})
    return _Held(carried, (linked.valid_until,), (*findings, used))


def _routes(
    worth: Worth, trust: Trust, terms: Terms, requirement: Requirement
) -> tuple[Route, ...]:
    """Step 7: where what is lacking can be had."""
    upstream = not isinstance(trust, LocalTrust) and worth.ceiling.satisfies(requirement.levels)
    local = terms.local_ceiling.satisfies(requirement.levels)
    return (*((Route.UPSTREAM,) if upstream else ()), *((Route.LOCAL,) if local else ()))


def _outcome(standing: Standing, lacking: Shortfall, routes: tuple[Route, ...]) -> Outcome:
    if not standing.trusted:
        return Outcome.REFUSE
    if not lacking:
        return Outcome.ALLOW
    return Outcome.STEP_UP if routes else Outcome.REFUSE


def _ends(sign_in: SignIn, requirement: Requirement) -> tuple[datetime, ...]:
    """Step 8: when the session ends, and when the sign-in gets too old for the service."""
    if requirement.max_age is None or sign_in.auth_time is None:
        return (sign_in.session_expires_at,)
    return (sign_in.session_expires_at, sign_in.auth_time + requirement.max_age)


def _verdict(
    held: Levels, lacking: Shortfall, requirement: Requirement, outcome: Outcome, worth: Worth
) -> list[Finding]:
    required = requirement.levels
    if outcome is Outcome.ALLOW:
        return [Finding(Reason.ENOUGH, {"held": shown(held), "required": shown(required)})]
    findings: list[Finding] = []
    if lacking.proofing:
        details = {"held": str(held.proofing), "required": str(required.proofing)}
        findings.append(Finding(Reason.LACKS_PROOFING, details))
    if lacking.authentication:
        details = {"held": str(held.authentication), "required": str(required.authentication)}
        findings.append(Finding(Reason.LACKS_AUTHENTICATION, details))
    findings += [Finding(_LACKING_PROOF[one]) for one in Proof if one in lacking.proofs]
    if outcome is Outcome.REFUSE:
        findings.append(Finding(Reason.OUT_OF_REACH, {"ceiling": shown(worth.ceiling)}))
    return findings
