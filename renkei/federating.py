"""Federation: introduces this platform, as a member of one, to what it needs in one process."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from idp_federation import (
    BY_HAND,
    FEDERATION_CHANNEL,
    FEDERATION_PATH,
    KEYS_CHANNEL,
    PEERS_CHANNEL,
    AskedMarks,
    AskedPlatforms,
    EntityId,
    Family,
    FederatedClients,
    Federation,
    FetchedChains,
    KeyRing,
    KnownWithdrawals,
    Linkage,
    MarkKeeper,
    PeerGrounds,
    PeerKeeper,
    PeersRelyingParty,
    Profile,
    ReceiptSender,
    Seal,
    StoredAnchors,
    StoredClients,
    StoredDecisions,
    StoredKeys,
    StoredKnownPeers,
    StoredMarks,
    StoredMembership,
    StoredPeers,
    StoredReceipts,
    StoredRegistered,
    StoredSubordinates,
    StoredUpstreams,
    TrustedPeers,
    federated_metadata,
    trusted_anchors,
)
from idp_federation import Settings as IdentitySettings
from joint_use import Audit
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.http import Outbound
from kit.listen import Listener
from kit.tasks import Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationNeeds:
    """What a member of a federation is made of.

    Args:
        profile: the platform's OpenID Provider.
        seal: what only this platform may read is sealed with it.
        outbound: fetches statements of others.
        registry: the clients that operators register.
        upstreams: the providers that people sign in at, peers among them.
        withdrawals: lets tokens fall.
        audit: where the loss of trust is written down for good.
    """

    settings: IdentitySettings
    profile: Profile
    seal: Seal
    databases: Databases
    control: Database
    listener: Listener
    outbound: Outbound
    registry: StoredClients
    upstreams: StoredUpstreams
    withdrawals: KnownWithdrawals
    audit: Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationParts:
    """The federation of one process, and what keeps it going.

    Args:
        linkage: the ports that its operations take.
        grounds: what stands behind peers.
        clients: operators' clients, and the federation's.
        peers: whose tokens may be exchanged.
    """

    linkage: Linkage
    grounds: PeerGrounds
    clients: FederatedClients
    peers: TrustedPeers

    def start(self, tasks: Tasks) -> None:
        """Start what runs as long as the process serves."""
        tasks.start("trust marks", MarkKeeper(self.linkage.federation).run)
        tasks.start("peers", PeerKeeper(self.linkage).run)
        tasks.start("receipts", ReceiptSender(self.linkage).run)


def assemble_federation(needs: FederationNeeds) -> FederationParts:
    """Introduce a member of a federation to the control database and to the network."""
    databases, control, listener = needs.databases, needs.control, needs.listener
    linkage = Linkage(
        federation=_federation(needs),
        profile=needs.profile,
        peers=StoredPeers(databases, control),
        known=StoredKnownPeers(databases, control),
        platforms=AskedPlatforms(needs.outbound),
        decisions=StoredDecisions(databases, control),
        receipts=StoredReceipts(databases, control),
        registered=StoredRegistered(databases, control),
        withdrawals=needs.withdrawals,
        audit=needs.audit,
        random=lambda: secrets.token_urlsafe(16),
    )
    grounds = PeerGrounds(linkage)
    for channel in (PEERS_CHANNEL, FEDERATION_CHANNEL):
        listener.hear(channel, grounds.forget, grounds.forget)
    return FederationParts(
        linkage=linkage,
        grounds=grounds,
        clients=FederatedClients(needs.registry, linkage),
        peers=TrustedPeers(linkage, grounds),
    )


def _federation(needs: FederationNeeds) -> Federation:
    databases, control = needs.databases, needs.control
    shelf = StoredKeys(databases, control, Family.FEDERATION)
    ring = KeyRing(shelf, needs.seal, BY_HAND, utc_now)
    marks = StoredMarks(databases, control)
    address = needs.profile.issuer + FEDERATION_PATH
    chains = FetchedChains(needs.outbound, lambda: trusted_anchors(federation), utc_now)
    federation = Federation(
        entity=EntityId(needs.profile.issuer),
        address=address,
        anchor=needs.profile.anchor,
        map_type=f"https://{needs.profile.anchor}/trust-marks/assurance-map",
        lifetime=timedelta(seconds=needs.settings.federation.statement_s),
        services=PeersRelyingParty(needs.upstreams, needs.profile),
        provider_metadata=federated_metadata(needs.profile, f"{address}/register"),
        keys=ring,
        membership=StoredMembership(databases, control),
        subordinates=StoredSubordinates(databases, control),
        anchors=StoredAnchors(databases, control),
        chains=chains,
        issued_marks=marks,
        held_marks=marks,
        mark_issuers=AskedMarks(needs.outbound),
        clock=utc_now,
    )
    needs.listener.hear(KEYS_CHANNEL, ring.forget, ring.forget)
    needs.listener.hear(FEDERATION_CHANNEL, lambda _: chains.forget(), chains.forget)
    return federation
