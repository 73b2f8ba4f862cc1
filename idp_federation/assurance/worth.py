"""What a sign-in is worth by a table (steps 3 to 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from idp_federation.assurance.acr import levels_of
from idp_federation.assurance.amr import highest_authentication
from idp_federation.assurance.evidence import (
    LEEWAY,
    Proof,
    VerifiedClaims,
    is_jpki_signed,
    is_kyc,
)
from idp_federation.assurance.levels import lower, shown
from idp_federation.assurance.mapping import LevelMapping, ProofingRule
from idp_federation.assurance.reasons import Finding, Reason
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import SignIn, Terms
from joint_use import Levels

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a sign-in is worth.

    Args:
        levels: after all caps.
        ceiling: the most that another sign-in of the same account could be worth.
        proofs: what is proven beside levels.
        ends: when evidence gets too old.
        findings: why.
    """

    levels: Levels
    ceiling: Levels
    proofs: frozenset[Proof]
    ends: tuple[datetime, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A verification that fits a rule, and when it no longer will."""

    verified: VerifiedClaims
    rule: ProofingRule
    ends: datetime


def worth_of(
    sign_in: SignIn, mapping: LevelMapping, terms: Terms, requirement: Requirement, now: datetime
) -> Worth:
    """Say what a sign-in is worth by a table, by component and then under every cap."""
    authentication, about_authentication = _authentication(sign_in, mapping)
    accepted, about_claims = _accepted(sign_in, mapping, now)
    best = max(accepted, key=lambda one: (one.rule.proofing, one.ends), default=None)
    by_acr = _proven_by_acr(sign_in, mapping, authentication)
    proofing, about_proofing = _proofing(sign_in, best, by_acr, terms)
    if by_acr > 1 and not accepted:
        about_claims = [one for one in about_claims if one.reason is not Reason.CLAIMS_ABSENT]
    proofs = _proofs(accepted, requirement, now)
    levels, ceiling, about_caps = _capped(Levels(proofing, authentication), sign_in, mapping, terms)
    rests_on_claims = best is not None and best.rule.proofing >= proofing
    proofing_ends = (best.ends,) if best and rests_on_claims and levels.proofing > 1 else ()
    return Worth(
        levels=levels,
        ceiling=ceiling,
        proofs=frozenset(proofs),
        ends=(*proofing_ends, *(proofs[one] for one in requirement.proofs if one in proofs)),
        findings=(*about_authentication, *about_claims, *about_proofing, *about_caps),
    )


def is_stale(sign_in: SignIn, requirement: Requirement, now: datetime) -> bool:
    """Tell whether somebody has to authenticate again whatever the levels."""
    if sign_in.session_expires_at <= now:
        return True
    if sign_in.auth_time is None:
        return requirement.max_age is not None
    if sign_in.auth_time > now + LEEWAY:
        return True
    return requirement.max_age is not None and now > sign_in.auth_time + requirement.max_age


def _authentication(sign_in: SignIn, mapping: LevelMapping) -> tuple[int, list[Finding]]:
    """Step 3: the acr by the table, lowered where the methods contradict it."""
    level = mapping.authentication_of(sign_in.acr, sign_in.amr)
    acr = {"acr": sign_in.acr or "–"}
    known = sign_in.acr in mapping.authentication
    findings = [
        Finding(Reason.ACR_MAPPED, {**acr, "level": str(level)})
        if known
        else Finding(Reason.ACR_UNKNOWN, acr)
    ]
    if not known and level > 1:
        told = {"amr": " ".join(sorted(sign_in.amr or ())), "level": str(level)}
        findings = [Finding(Reason.METHODS_MAPPED, told)]
    if sign_in.amr is not None:
        highest = highest_authentication(sign_in.amr)
        if highest < level:
            methods = " ".join(sorted(sign_in.amr)) or "–"
            details = {"amr": methods, "level": str(highest)}
            findings.append(Finding(Reason.AMR_CONTRADICTS, details))
            level = highest
    return level, findings


def _accepted(
    sign_in: SignIn, mapping: LevelMapping, now: datetime
) -> tuple[list[_Accepted], list[Finding]]:
    """Step 4: the verifications of this very person that fit a rule."""
    accepted: list[_Accepted] = []
    findings: list[Finding] = []
    for verified in sign_in.verified_claims:
        if (verified.issuer, verified.subject) != (sign_in.issuer, sign_in.subject):
            findings.append(Finding(Reason.CLAIMS_FOREIGN))
            continue
        framework = {"framework": verified.trust_framework}
        rule = mapping.rule_for(verified, now)
        if rule is None:
            findings.append(Finding(Reason.CLAIMS_UNKNOWN, framework))
            continue
        level = {"level": str(rule.proofing)}
        findings.append(Finding(Reason.CLAIMS_MAPPED, {**framework, **level}))
        accepted.append(_Accepted(verified, rule, _end_of(verified, rule)))
    return accepted, findings or [Finding(Reason.CLAIMS_ABSENT)]


def _proven_by_acr(sign_in: SignIn, mapping: LevelMapping, authentication: int) -> int:
    """Say what the sign-in itself proves: with an IC card both, or neither if methods deny it."""
    acr = sign_in.acr
    if acr is None or authentication < mapping.authentication.get(acr, 1):
        return 1
    return mapping.acr_proofing.get(acr, 1)


def _proofing(
    sign_in: SignIn, best: _Accepted | None, by_acr: int, terms: Terms
) -> tuple[int, tuple[Finding, ...]]:
    """Take the best verification, but no more than the acr itself lays claim to."""
    level = best.rule.proofing if best else 1
    if by_acr > level:
        details = {"acr": str(sign_in.acr), "level": str(by_acr)}
        return by_acr, (Finding(Reason.ACR_PROVES, details),)
    own = levels_of(sign_in.acr, terms.anchor)
    if own is not None and own.proofing < level:
        limited = Finding(Reason.ACR_LIMITS_PROOFING, {"level": str(own.proofing)})
        return own.proofing, (limited,)
    return level, ()


def _capped(
    levels: Levels, sign_in: SignIn, mapping: LevelMapping, terms: Terms
) -> tuple[Levels, Levels, list[Finding]]:
    """Step 5: the component-wise minimum with every cap."""
    caps: list[tuple[Reason, Levels, Mapping[str, str]]] = [
        (Reason.CAPPED_BY_MAP, mapping.cap, {}),
        (Reason.CAPPED_BY_AGREEMENT, terms.cap_of(sign_in.issuer), {}),
    ]
    if sign_in.source is not None:
        source = {"source": sign_in.source.name}
        caps.append((Reason.CAPPED_BY_SOURCE, sign_in.source.cap, source))
    findings: list[Finding] = []
    for reason, cap, details in caps:
        if not cap.satisfies(levels):
            findings.append(Finding(reason, {"cap": shown(cap), **details}))
            levels = lower(levels, cap)
    return levels, lower(*(cap for _, cap, _ in caps)), findings


def _proofs(
    accepted: list[_Accepted], requirement: Requirement, now: datetime
) -> dict[Proof, datetime]:
    """Say what accepted verifications prove beside levels, and until when."""
    kyc = [
        min(one.ends, one.verified.time + requirement.kyc_max_age)
        for one in accepted
        if one.verified.time is not None
        and is_kyc(one.verified, max_age=requirement.kyc_max_age, now=now)
    ]
    signed = [one.ends for one in accepted if is_jpki_signed(one.verified)]
    proofs = {Proof.KYC: kyc, Proof.JPKI_SIGNATURE: signed}
    return {proof: max(ends) for proof, ends in proofs.items() if ends}


def _end_of(verified: VerifiedClaims, rule: ProofingRule) -> datetime:
    if rule.max_age is None or verified.time is None:
        return NEVER
    return verified.time + rule.max_age
