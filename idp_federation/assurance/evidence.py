"""Verified claims: what was checked about a person, by which rules, on what evidence, when.

KYC and a JPKI signature are predicates over evidence, not levels.

Spec: OpenID Connect for Identity Assurance 1.0 §5
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from kit.json import JsonObject, JsonValue

JP_AML = "jp_aml"
"""The trust framework of the law against the transfer of criminal proceeds (犯収法)."""

ELECTRONIC_SIGNATURE = "electronic_signature"
JPKI_SIGNATURE_TYPES = frozenset({"jpki"})
"""What `signature_type` says of a signature made with the My Number Card (公的個人認証)."""

LEEWAY = timedelta(seconds=10)


class Proof(Enum):
    """What a service may ask for beside levels."""

    KYC = "kyc"
    JPKI_SIGNATURE = "jpki_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence; the last three are told of signatures."""

    kind: str
    signature_type: str | None = None
    issuer: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedClaims:
    """One verification, out of a JWT that its issuer signed.

    Args:
        issuer: who says so.
        subject: of whom.
        trust_framework: by which rules it was checked.
        assurance_level: the level by those rules.
        time: when it was checked.
        evidence: on what.
    """

    issuer: str
    subject: str
    trust_framework: str
    assurance_level: str | None = None
    time: datetime | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of evidence there are."""
        return frozenset(one.kind for one in self.evidence)


def read_verified_claims(claims: JsonObject, *, signed: bool) -> tuple[VerifiedClaims, ...]:
    """Take what is verified out of an ID token's or UserInfo's claims.

    What is broken is left out and so counts as unproven; without a signature everything is.

    Args:
        claims: all claims of the token, `iss` and `sub` among them.
        signed: whether they came in a JWT whose signature was checked.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not signed or not isinstance(issuer, str) or not isinstance(subject, str):
        return ()
    given = claims.get("verified_claims")
    found = (
        _read(item, issuer, subject) for item in (given if isinstance(given, list) else [given])
    )
    return tuple(one for one in found if one is not None)


def is_kyc(verified: VerifiedClaims, *, max_age: timedelta, now: datetime) -> bool:
    """Tell whether a verification is KYC by 犯収法, on evidence, and recent enough."""
    return (
        verified.trust_framework == JP_AML
        and bool(verified.evidence)
        and is_recent(verified, max_age=max_age, now=now)
    )


def is_jpki_signed(verified: VerifiedClaims) -> bool:
    """Tell whether a verification rests on a signature made with the My Number Card."""
    return any(
        one.kind == ELECTRONIC_SIGNATURE and one.signature_type in JPKI_SIGNATURE_TYPES
        for one in verified.evidence
    )


def is_recent(verified: VerifiedClaims, *, max_age: timedelta, now: datetime) -> bool:
    """Tell whether a verification is dated, not in the future, and not too old."""
    return verified.time is not None and verified.time - LEEWAY <= now < verified.time + max_age


def _read(item: JsonValue, issuer: str, subject: str) -> VerifiedClaims | None:
    if not isinstance(item, dict) or not isinstance(item.get("claims"), dict):
        return None
    verification = item.get("verification")
    framework = verification.get("trust_framework") if isinstance(verification, dict) else None
    if not isinstance(verification, dict) or not isinstance(framework, str) or not framework:
        return None
    given = verification.get("evidence", [])
    evidence = [_evidence(one) for one in given] if isinstance(given, list) else [None]
    level = verification.get("assurance_level")
    if any(one is None for one in evidence) or not isinstance(level, str | None):
        return None
    return VerifiedClaims(
        issuer=issuer,
        subject=subject,
        trust_framework=framework,
        assurance_level=level,
        time=_instant(verification.get("time")),
        evidence=tuple(one for one in evidence if one is not None),
    )


def _evidence(item: JsonValue) -> Evidence | None:
    kind = item.get("type") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(kind, str) or not kind:
        return None
    if kind != ELECTRONIC_SIGNATURE:
        return Evidence(kind=kind)
    names = ("signature_type", "issuer", "serial_number")
    texts = [text for name in names if isinstance(text := item.get(name), str) and text]
    if len(texts) != len(names):
        return None
    return Evidence(kind=kind, signature_type=texts[0], issuer=texts[1], serial_number=texts[2])


def _instant(value: JsonValue) -> datetime | None:
    """Read a time with its zone; what has none could be meant anywhere, so it is no time."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if instant.tzinfo is None else instant.astimezone(UTC)
