"""The assurance map of a peer: what its levels are worth, attested by an accreditor, revocable."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from idp_federation.assurance.errors import InvalidMapping
from idp_federation.assurance.mapping import LevelMapping, read_mapping
from idp_federation.federation.identifiers import EntityId, host_of
from idp_federation.federation.trust_mark import Status, TrustMark

CLAIM = "assurance_map"
"""The claim of the trust mark that holds the table."""

POLL_EVERY = timedelta(seconds=25)
"""How often a mark's status is asked for."""
WARN_AFTER = timedelta(seconds=30)
"""Since when operators are told that there is no fresh status."""
LOST_AFTER = timedelta(seconds=60)
"""Since when a peer's levels count for nothing without one."""
CACHE_FOR = timedelta(seconds=15)
"""How long what follows from a status may be kept."""


class Freshness(Enum):
    """How well the present status of a mark is known."""

    FRESH = "fresh"
    AGEING = "ageing"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStatus:
    """What the accreditor last said of a mark, and when it was asked."""

    status: Status
    checked_at: datetime

    def freshness(self, now: datetime) -> Freshness:
        """Say how well the present status is known."""
        age = now - self.checked_at
        if age > LOST_AFTER or age < -WARN_AFTER:
            return Freshness.LOST
        return Freshness.AGEING if age > WARN_AFTER else Freshness.FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class AssuranceMap:
    """A table that an accreditor has attested for one peer.

    Args:
        peer: whose words it translates.
        accreditor: who attests it.
        anchor: under which trust anchor.
        mapping: the table.
        expires_at: until when at most.
    """

    peer: EntityId
    accreditor: EntityId
    anchor: EntityId
    mapping: LevelMapping
    expires_at: datetime


def assurance_map_of(mark: TrustMark, *, trust_mark_type: str) -> AssuranceMap:
    """Take the assurance map out of a valid trust mark.

    Args:
        mark: the trust mark.
        trust_mark_type: the type that assurance maps have in this federation.

    Raises:
        InvalidMapping: the mark is of another type, anybody may issue it, its subject issued it
            itself, it never expires, or its table breaks a rule.
    """
    if mark.trust_mark_type != trust_mark_type:
        raise InvalidMapping(f"Trust mark {mark.trust_mark_type} is no assurance map")
    if mark.open_to_all or mark.issuer == mark.subject:
        raise InvalidMapping(f"Assurance map of {mark.subject} is attested by no accreditor")
    if "exp" not in mark.claims:
        raise InvalidMapping(f"Assurance map of {mark.subject} never expires", where="exp")
    return AssuranceMap(
        peer=mark.subject,
        accreditor=mark.issuer,
        anchor=mark.anchor,
        mapping=read_mapping(mark.claims.get(CLAIM), anchor=host_of(mark.anchor) or ""),
        expires_at=mark.expires_at,
    )
