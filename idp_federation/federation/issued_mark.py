"""Trust marks that this platform issues, and those that it shows of itself.

Spec: OpenID Federation 1.0 §7, §8.4, §8.5, §8.6
"""

from dataclasses import dataclass, field
from datetime import datetime

from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.trust_mark import Status
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedMark:
    """A trust mark that this platform has issued.

    Args:
        number: its own; None before it is kept.
        trust_mark_type: what it attests.
        subject: of whom.
        content: claims beyond the standard's, as the table of an assurance map.
        issued_at: since when.
        expires_at: until when.
        token: the JWT.
        issued_by: who had it issued.
        revoked_at: since when it does not count any more.
        reason: why.
    """

    number: int | None = None
    trust_mark_type: str
    subject: EntityId
    content: JsonObject = field(default_factory=dict)
    issued_at: datetime
    expires_at: datetime
    token: str = field(repr=False)
    issued_by: str
    revoked_at: datetime | None = None
    reason: str = ""

    def status(self, now: datetime) -> Status:
        """Say whether it counts now.

        Spec: OpenID Federation 1.0 §8.4.2
        """
        if self.revoked_at is not None:
            return Status.REVOKED
        return Status.ACTIVE if now < self.expires_at else Status.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMark:
    """A trust mark of another's that this platform shows of itself."""

    trust_mark_type: str
    issuer: EntityId
    token: str | None = field(default=None, repr=False)


def mark_claims(mark: IssuedMark, issuer: EntityId) -> JsonObject:
    """Write a trust mark's claims; those of the standard have the last word.

    Spec: OpenID Federation 1.0 §7.1
    """
    return {
        **mark.content,
        "iss": issuer,
        "sub": mark.subject,
        "trust_mark_type": mark.trust_mark_type,
        "iat": _seconds(mark.issued_at),
        "exp": _seconds(mark.expires_at),
    }


def status_claims(token: str, status: Status, *, issuer: EntityId, now: datetime) -> JsonObject:
    """Write what is answered about a trust mark.

    Spec: OpenID Federation 1.0 §8.4.2
    """
    claims: dict[str, JsonValue] = {
        "iss": issuer,
        "iat": _seconds(now),
        "trust_mark": token,
        "status": status.value,
    }
    return claims


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
