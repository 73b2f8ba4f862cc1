"""What stands behind a peer now: its chain, its assurance map and the map's status.

One process asks (`peer_keeping`), all of them know: what was found out is a row, and is checked
again by each process before it is believed.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from idp_federation.assurance.assurance_map import CACHE_FOR, AssuranceMap, assurance_map_of
from idp_federation.assurance.errors import InvalidMapping
from idp_federation.assurance.exchange import FederationLink
from idp_federation.assurance.peer import KnownPeer
from idp_federation.assurance.sign_in import PeerTrust
from idp_federation.federation.errors import FederationError
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.trust_chain import Anchors, TrustChain, validate_chain
from idp_federation.federation.trust_mark import validate_trust_mark
from idp_federation.operations.federation_membership import trusted_anchors
from idp_federation.peer_ports import Linkage
from kit.jwt import bears_signature

log = structlog.get_logger(__name__)

_MOST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What stands behind a peer.

    Args:
        trust: chain, map and status.
        link: between this platform and the peer.
    """

    trust: PeerTrust
    link: FederationLink


@dataclass(frozen=True, slots=True)
class _Kept:
    grounds: Grounds
    until_s: float


class PeerGrounds:
    """Answers with what stands behind peers; what is known is kept for 15 s at most.

    Args:
        linkage: the ports.
        monotonic: seconds that only grow.
    """

    def __init__(self, linkage: Linkage, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._linkage = linkage
        self._monotonic = monotonic
        self._kept: OrderedDict[EntityId, _Kept] = OrderedDict()

    async def of(self, entity: EntityId) -> Grounds:
        """Answer with what stands behind a peer now."""
        kept = self._kept.get(entity)
        if kept is not None and self._monotonic() < kept.until_s:
            return kept.grounds
        known = await self._linkage.known.read(entity) or KnownPeer(entity=entity)
        grounds = grounds_of(self._linkage, known, await trusted_anchors(self._linkage.federation))
        until_s = self._monotonic() + CACHE_FOR.total_seconds()
        self._kept[entity] = _Kept(grounds, until_s)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return grounds

    def forget(self, *_: object) -> None:
        """Read all again at the next use."""
        self._kept.clear()


def grounds_of(linkage: Linkage, known: KnownPeer, anchors: Anchors) -> Grounds:
    """Believe what is known of a peer, as far as it still holds."""
    federation = linkage.federation
    chain = _chain(linkage, known.chain, anchors)
    link = FederationLink(
        own=federation.entity,
        peer=known.entity,
        chain=chain,
        accepted_by_peer_at=known.accepted_at,
    )
    attested = None
    if chain is not None and known.mark is not None:
        attested = _map(linkage, known, _chain(linkage, known.issuer_chain, anchors))
    trust = PeerTrust(chain=chain, assurance_map=attested, status=known.status)
    return Grounds(trust=trust, link=link)


def _chain(linkage: Linkage, tokens: tuple[str, ...], anchors: Anchors) -> TrustChain | None:
    if not tokens:
        return None
    try:
        return validate_chain(
            list(tokens),
            anchors=anchors,
            now=linkage.federation.clock(),
            verify=bears_signature,
        )
    except FederationError as refused:
        log.info("peer_chain_not_believed", reason=refused.detail)
        return None


def _map(linkage: Linkage, known: KnownPeer, issuer: TrustChain | None) -> AssuranceMap | None:
    """Believe the assurance map that a peer shows, by its issuer's chain."""
    if issuer is None or known.mark is None:
        return None
    try:
        mark = validate_trust_mark(
            known.mark,
            subject=known.entity,
            issuer_chain=issuer,
            now=linkage.federation.clock(),
            verify=bears_signature,
        )
        return assurance_map_of(mark, trust_mark_type=linkage.federation.map_type)
    except (FederationError, InvalidMapping) as refused:
        log.info("assurance_map_not_believed", peer=known.entity, reason=refused.detail)
        return None
