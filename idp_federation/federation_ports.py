"""Everything that a member of a federation asks of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.issued_mark import HeldMark, IssuedMark
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

    def forget(self, entity: EntityId | None = None, *, known_for: timedelta = timedelta()) -> None:
        """Ask again for the chain of one, or of everybody, where it is known for so long."""
        ...


class IssuedMarks(Protocol):
    """The trust marks that this platform has issued."""

    async def add(self, mark: IssuedMark) -> int:
        """Keep a mark that is issued; answers with its number."""
        ...

    async def of_token(self, token: str) -> IssuedMark | None:
        """Answer with the mark that a JWT is."""
        ...

    async def numbered(self, number: int) -> IssuedMark | None:
        """Answer with a mark by its number."""
        ...

    async def every(self) -> Sequence[IssuedMark]:
        """List all, also those that do not count any more."""
        ...

    async def active(
        self, now: datetime, *, trust_mark_type: str | None = None, subject: str | None = None
    ) -> Sequence[IssuedMark]:
        """List those that count now, the latest first."""
        ...

    async def revoke(self, number: int, *, by: str, at: datetime, reason: str) -> bool:
        """Let a mark count no more; answers whether it was not revoked before."""
        ...

    async def revoke_all(self, subject: str, *, by: str, at: datetime, reason: str) -> None:
        """Let no mark of somebody's count any more."""
        ...


class HeldMarks(Protocol):
    """The trust marks that this platform shows of itself."""

    async def held(self) -> Sequence[HeldMark]:
        """List them."""
        ...

    async def hold(self, mark: HeldMark, *, due_at: datetime) -> None:
        """Show a mark, and ask its issuer for it again at an instant."""
        ...

    async def let_go(self, trust_mark_type: str, issuer: EntityId) -> bool:
        """Show a mark no more; answers whether it was shown."""
        ...

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[HeldMark]:
        """Take those to ask for again; nobody else does before an instant."""
        ...


class MarkIssuers(Protocol):
    """Who issues trust marks, asked over the network."""

    async def mark(self, endpoint: str, *, trust_mark_type: str, subject: str) -> str | None:
        """Ask for somebody's mark; None where the issuer has none.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        ...

    async def status(self, endpoint: str, token: str) -> str | None:
        """Ask whether a mark counts now; None where the issuer does not know it.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        ...


class OwnServices(Protocol):
    """What this platform is beside an OpenID Provider."""

    async def relying_party(self, name: str) -> JsonObject | None:
        """Write its metadata as a relying party of peers; None where it is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """The ports of this platform as a member of a federation.

    Args:
        entity: its identifier: that of its OpenID Provider.
        address: what its federation endpoints begin with.
        anchor: the domain of the trust framework.
        map_type: the type that trust marks with assurance maps have.
        lifetime: how long its statements hold.
        provider_metadata: what its OpenID Provider tells of itself.
        services: what it is beside that.
    """

    entity: EntityId
    address: str
    anchor: str
    map_type: str
    lifetime: timedelta
    provider_metadata: JsonObject
    services: OwnServices
    keys: FederationKeys
    membership: Membership
    subordinates: Subordinates
    anchors: PinnedAnchors
    chains: TrustChains
    issued_marks: IssuedMarks
    held_marks: HeldMarks
    mark_issuers: MarkIssuers
    clock: Clock
