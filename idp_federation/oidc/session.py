"""A browser session: who is signed in, at which levels, how and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST
from joint_use import Levels
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The levels that a person holds, what is proven beside them, and until when both count.

    Args:
        levels: proofing and authentication.
        proofs: what is proven beside levels.
        valid_until: when evidence gets too old or a trust chain ends; then the lowest are left.
        decision: the record of how the levels were found.
    """

    levels: Levels = LOWEST
    proofs: frozenset[Proof] = frozenset()
    valid_until: datetime
    decision: JsonObject = field(default_factory=dict)

    def at(self, now: datetime) -> "Held":
        """Say what is left of it now."""
        if now < self.valid_until:
            return self
        return Held(valid_until=self.valid_until, decision=self.decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person who has just authenticated: what a sign-in page hands over.

    Args:
        account: the account's id.
        tenant: the tenant that the account belongs to.
        held: levels and proofs, found by reconciliation.
        amr: the methods (RFC 8176).
        auth_time: when.
        issuer: the upstream provider or peer that vouches; None: this platform itself.
    """

    account: str
    tenant: str
    held: Held
    amr: frozenset[str]
    auth_time: datetime
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser session.

    Args:
        sid: its name in tokens and logout; not what the cookie holds.
        signed_in: who, and how.
        started_at: when it began.
        expires_at: when it ends at the latest.
        agent: the browser as it names itself, shown to the person in the list of her sessions.
    """

    sid: str
    signed_in: SignedIn
    started_at: datetime
    expires_at: datetime
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that has just begun or got a new cookie, and the cookie's value."""

    session: Session
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account at one municipality.

    Args:
        id: opaque, never given twice.
        tenant: the municipality.
        claims: standard claims as the account holds them (name, birthdate, email …).
        verified_claims: objects of `verification` and `claims`, as they may be told to clients.
        proven_elsewhere: the same, of what providers have verified whose accounts she has linked;
            told where a sign-in itself is proofed, and of no weight to sign-ins here.
    """

    id: str
    tenant: str
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    verified_claims: tuple[JsonObject, ...] = ()
    proven_elsewhere: tuple[JsonObject, ...] = ()
