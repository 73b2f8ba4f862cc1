"""Peers: which other platforms a tenant accepts, and what is known of each of them now."""

from dataclasses import dataclass, field
from datetime import datetime

from idp_federation.assurance.assurance_map import CheckedStatus
from idp_federation.assurance.levels import HIGHEST
from idp_federation.federation.identifiers import EntityId
from joint_use import Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A platform, or another member of the federation, that a tenant accepts.

    Args:
        tenant: who accepts it.
        entity: whom.
        cap: the most that its sign-ins count for here, by agreement.
        scopes: what its own services, and those enrolled by it, may ask for here; none: nothing.
        allowed_at: since when.
        allowed_by: who said so.
    """

    tenant: str
    entity: EntityId
    cap: Levels = HIGHEST
    scopes: frozenset[str] = frozenset()
    allowed_at: datetime
    allowed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeer:
    """What one process has found out about a peer, for all of them.

    Args:
        entity: whom.
        chain: its trust chain, from its own statement to the anchor's; none: none was found.
        mark: the trust mark with its assurance map; None: it shows none that counts.
        issuer_chain: the trust chain of whoever issued the mark.
        status: what its issuer last said of the mark.
        accepted_at: when the peer last said, signed, that it accepts this platform.
        problem: what went wrong when it was last asked; "" where nothing did.
    """

    entity: EntityId
    chain: tuple[str, ...] = ()
    mark: str | None = field(default=None, repr=False)
    issuer_chain: tuple[str, ...] = ()
    status: CheckedStatus | None = None
    accepted_at: datetime | None = None
    problem: str = ""
