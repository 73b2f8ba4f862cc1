"""Everything that a member of a federation asks of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet
from idp_federation.federation.membership import Member, Subordinate
from idp_federation.federation.trust_chain import Anchors, TrustChain
from idp_federation.oidc.key_rotation import KeptKey
from idp_federation.ports import SigningKeys
from kit.clock import Clock
from kit.json import JsonObject


class FederationKeys(SigningKeys, Protocol):
    """The keys of the federation; what they sign is believed from one platform to another."""

    async def former(self) -> Sequence[KeptKey]:
        """List the keys that signed before."""
        ...


class Membership(Protocol):
    """Who this platform is in the federation."""

    async def read(self) -> Member | None:
        """Answer with it; None where the platform is in none."""
        ...

    async def write(self, member: Member, *, by: str, at: datetime) -> None:
        """Become it, or change it."""
        ...


class Subordinates(Protocol):
    """Of whom this platform makes statements."""

    async def find(self, entity: str) -> Subordinate | None:
        """Answer with one."""
        ...

    async def every(self) -> Sequence[Subordinate]:
        """List them by their identifiers."""
        ...

    async def enrol(self, subordinate: Subordinate, *, by: str) -> None:
        """Write one down, in place of what was known of it."""
        ...

    async def remove(self, entity: str, *, by: str, at: datetime) -> bool:
        """Make no more statements of one; answers whether there were any."""
        ...


class PinnedAnchors(Protocol):
    """The trust anchors that operators have pinned."""

    async def read(self) -> Anchors:
        """Answer with all of them."""
        ...

    async def pin(self, entity: EntityId, keys: JwkSet, *, by: str, at: datetime) -> None:
        """Trust an anchor with these keys and no others."""
        ...

    async def unpin(self, entity: str) -> bool:
        """Trust an anchor no more; answers whether it was pinned."""
        ...


class TrustChains(Protocol):
    """Trust chains of others, found and kept until they expire."""

    async def chain_of(self, entity: EntityId) -> TrustChain:
        """Answer with a valid chain from an entity to an anchor that is trusted here.

        Raises:
            FederationError: there is none.
        """
        ...

    def forget(self, entity: EntityId | None = None) -> None:
        """Ask again for the chain of one, or of everybody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """The ports of this platform as a member of a federation.

    Args:
        entity: its identifier: that of its OpenID Provider.
        address: what its federation endpoints begin with.
        lifetime: how long its statements hold.
        provider_metadata: what its OpenID Provider tells of itself.
    """

    entity: EntityId
    address: str
    lifetime: timedelta
    provider_metadata: JsonObject
    keys: FederationKeys
    membership: Membership
    subordinates: Subordinates
    anchors: PinnedAnchors
    chains: TrustChains
    clock: Clock
