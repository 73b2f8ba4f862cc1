"""Everything that links between platforms ask of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from idp_federation.assurance.exchange import Receipt
from idp_federation.assurance.peer import KnownPeer, Peer
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet
from idp_federation.federation_ports import Federation
from idp_federation.oidc.profile import Profile
from idp_federation.ports import RandomText, Withdrawals
from joint_use import Audit
from kit.json import JsonObject


class PeerList(Protocol):
    """Whom tenants accept."""

    async def find(self, tenant: str, entity: str) -> Peer | None:
        """Answer with what a tenant has said of somebody."""
        ...

    async def accepting(self, entities: Sequence[str]) -> Sequence[Peer]:
        """List what tenants have said of any of these, in order of their names."""
        ...

    async def every(self) -> Sequence[Peer]:
        """List all."""
        ...

    async def allow(self, peer: Peer, *, is_asked_about: bool) -> None:
        """Accept somebody; ask about it from now on."""
        ...

    async def disallow(self, tenant: str, entity: str) -> bool:
        """Accept somebody no more; answers whether it was accepted."""
        ...


class KnownPeers(Protocol):
    """What is known of peers, by whichever process found it out."""

    async def read(self, entity: str) -> KnownPeer | None:
        """Answer with what is known; None where nobody asks about it."""
        ...

    async def every(self) -> Sequence[KnownPeer]:
        """List what is known of all."""
        ...

    async def write(self, known: KnownPeer, *, due_at: datetime) -> None:
        """Keep what was found out, and ask again at an instant; every process hears of it."""
        ...

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[KnownPeer]:
        """Take those to be asked about; nobody else does before an instant."""
        ...


class PeerPlatforms(Protocol):
    """Other platforms, asked over the network."""

    async def link(self, endpoint: str, *, peer: EntityId) -> str:
        """Ask a platform whether it accepts this one.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        ...

    async def keys(self, url: str, *, kid: str) -> JwkSet:
        """Ask for the keys that it signs tokens with; anew where none has this kid, but seldom.

        Raises:
            TemporarilyUnavailable: they cannot be had.
        """
        ...

    async def hand_over(self, endpoint: str, receipt: str) -> None:
        """Hand a receipt over.

        Raises:
            TemporarilyUnavailable: it is not taken.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision:
    """A decision on a peer's sign-in as it is kept.

    Args:
        number: its own; None before it is kept.
        at: when.
        tenant: whose policy applied.
        client: who asked.
        peer: who vouched.
        outcome: what followed.
        record: inputs, version of the map, outcome and reasons.
    """

    number: int | None = None
    at: datetime
    tenant: str
    client: str
    peer: str
    outcome: str
    record: JsonObject = field(repr=False)


class DecisionLog(Protocol):
    """What was decided on sign-ins of peers."""

    async def keep(self, decision: KeptDecision) -> int:
        """Keep one; answers with its number."""
        ...

    async def find(self, number: int) -> KeptDecision | None:
        """Answer with one."""
        ...

    async def latest(self, *, tenant: str | None, limit: int) -> Sequence[KeptDecision]:
        """List the latest, of one tenant or of all, the last first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """A receipt as it is kept at either end.

    Args:
        content: what it says.
        arrived_at: when the other end has taken it; of one received, when it came.
        attempts: how often it was handed over in vain.
        problem: why.
    """

    content: JsonObject
    arrived_at: datetime | None = None
    attempts: int = 0
    problem: str = ""


class Receipts(Protocol):
    """What is left of exchanges of personal data, at this end."""

    async def keep(self, receipt: Receipt) -> None:
        """Keep one of this platform's, to be handed over."""
        ...

    async def take(self, receipt: JsonObject, *, at: datetime) -> None:
        """Keep one that another platform hands over; the same one only once."""
        ...

    async def latest(self, *, limit: int) -> Sequence[KeptReceipt]:
        """List the latest, the last first."""
        ...

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[KeptReceipt]:
        """Take those to be handed over; nobody else does before an instant."""
        ...

    async def arrived(self, receipt: KeptReceipt, *, at: datetime) -> None:
        """Note that the other end has taken one."""
        ...

    async def failed(self, receipt: KeptReceipt, *, problem: str, due_at: datetime | None) -> None:
        """Note that one was not taken, and when to try again."""
        ...


class RegisteredClients(Protocol):
    """Clients of the federation that have registered explicitly, each with its trust chain."""

    async def keep(self, entity: str, chain: Sequence[str], *, expires_at: datetime) -> None:
        """Keep what one has registered with, in place of what was kept."""
        ...

    async def find(self, entity: str, now: datetime) -> Sequence[str]:
        """Answer with what one has registered with; nothing where it has not, or it has expired."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """The ports of links between platforms.

    Args:
        federation: this platform as a member of the federation.
        profile: its OpenID Provider.
        peers: whom tenants accept.
        known: what is known of them.
        platforms: asks them.
        decisions: what was decided on their sign-ins.
        receipts: what is left of exchanges.
        registered: clients that have registered explicitly.
        withdrawals: lets tokens fall.
        audit: where exchanges, and the loss of trust, are written down for good.
        random: makes names of receipts.
    """

    federation: Federation
    profile: Profile
    peers: PeerList
    known: KnownPeers
    platforms: PeerPlatforms
    decisions: DecisionLog
    receipts: Receipts
    registered: RegisteredClients
    withdrawals: Withdrawals
    audit: Audit
    random: RandomText
