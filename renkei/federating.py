"""Federation: introduces this platform, as a member of one, to what it needs in one process."""

from dataclasses import dataclass
from datetime import timedelta

from idp_federation import (
    BY_HAND,
    FEDERATION_CHANNEL,
    FEDERATION_PATH,
    KEYS_CHANNEL,
    AskedMarks,
    EntityId,
    Family,
    Federation,
    FetchedChains,
    KeyRing,
    Profile,
    Seal,
    StoredAnchors,
    StoredKeys,
    StoredMarks,
    StoredMembership,
    StoredSubordinates,
    federated_metadata,
    trusted_anchors,
)
from idp_federation import Settings as IdentitySettings
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.http import Outbound
from kit.listen import Listener


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationNeeds:
    """What a member of a federation is made of.

    Args:
        profile: the platform's OpenID Provider.
        seal: what only this platform may read is sealed with it.
        outbound: fetches statements of others.
    """

    settings: IdentitySettings
    profile: Profile
    seal: Seal
    databases: Databases
    control: Database
    listener: Listener
    outbound: Outbound


def assemble_federation(needs: FederationNeeds) -> Federation:
    """Introduce a member of a federation to the control database and to the network."""
    databases, control = needs.databases, needs.control
    shelf = StoredKeys(databases, control, Family.FEDERATION)
    marks = StoredMarks(databases, control)
    ring = KeyRing(shelf, needs.seal, BY_HAND, utc_now)
    address = needs.profile.issuer + FEDERATION_PATH
    chains = FetchedChains(needs.outbound, lambda: trusted_anchors(federation), utc_now)
    federation = Federation(
        entity=EntityId(needs.profile.issuer),
        address=address,
        anchor=needs.profile.anchor,
        map_type=f"https://{needs.profile.anchor}/trust-marks/assurance-map",
        lifetime=timedelta(seconds=needs.settings.federation.statement_s),
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
