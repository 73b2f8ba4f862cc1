"""What a decision is made of: a sign-in, what stands behind its issuer, and the terms agreed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from idp_federation.assurance.assurance_map import AssuranceMap, CheckedStatus
from idp_federation.assurance.evidence import VerifiedClaims
from idp_federation.assurance.levels import HIGHEST
from idp_federation.assurance.link import AccountLink
from idp_federation.assurance.mapping import LevelMapping
from idp_federation.assurance.sources import IdentitySource
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.trust_chain import TrustChain
from joint_use import Levels
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in as its issuer has signed it.

    Args:
        issuer: who vouches for it.
        subject: whom the issuer knows the person as.
        session_expires_at: when the session ends.
        auth_time: when the person authenticated.
        acr: the class that the issuer gives it.
        amr: the methods; None where the issuer does not tell.
        verified_claims: what is verified about the person.
        source: where the account's identity comes from; None where that is the issuer's to know.
    """

    issuer: str
    subject: str
    session_expires_at: datetime
    auth_time: datetime | None = None
    acr: str | None = None
    amr: frozenset[str] | None = None
    verified_claims: tuple[VerifiedClaims, ...] = ()
    source: IdentitySource | None = None

    def as_inputs(self) -> JsonObject:
        """Write what a record keeps of it: no claims about the person."""
        frameworks = sorted({one.trust_framework for one in self.verified_claims})
        return {
            "issuer": self.issuer,
            "subject": self.subject,
            "acr": self.acr,
            "amr": None if self.amr is None else [*sorted(self.amr)],
            "auth_time": None if self.auth_time is None else self.auth_time.isoformat(),
            "frameworks": [*frameworks],
            "source": None if self.source is None else self.source.name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTrust:
    """The sign-in took place here: the platform's own table says what it is worth."""

    mapping: LevelMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTrust:
    """The sign-in took place at another platform: what is known of it now."""

    chain: TrustChain | None = None
    assurance_map: AssuranceMap | None = None
    status: CheckedStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTrust:
    """The sign-in took place at a provider that this platform's operator has registered."""

    mapping: LevelMapping


Trust: TypeAlias = LocalTrust | UpstreamTrust | PeerTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a tenant has agreed with others.

    Args:
        anchor: the domain of the trust framework's acr values.
        accreditors: who may attest assurance maps.
        caps: the peers whose sign-ins are accepted, each with the most that they count for.
        local_ceiling: how far somebody can step up at this platform.
    """

    anchor: str
    accreditors: frozenset[EntityId]
    caps: Mapping[str, Levels]
    local_ceiling: Levels

    def cap_of(self, issuer: str) -> Levels:
        """Answer with the most that an issuer's sign-ins count for by agreement."""
        return self.caps.get(issuer, HIGHEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAccount:
    """Another account of the same person: the levels it was found to hold, and the link to it."""

    held: Levels
    link: AccountLink
    valid_until: datetime
