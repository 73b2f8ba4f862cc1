"""Links as the other end sees them: whether it is accepted here, and receipts both ways."""

from datetime import timedelta

from idp_federation.federation.claims import Claims
from idp_federation.federation.errors import FederationError, InvalidRequest, NotFound
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.jwt import unverified_claims
from idp_federation.federation.link import (
    LINK,
    RECEIPT,
    RECEIPT_ENDPOINT,
    Parties,
    link_claims,
    read_receipt,
    receipt_claims,
)
from idp_federation.operations.federation_membership import require_member
from idp_federation.operations.held_marks import endpoint_of
from idp_federation.operations.peer_trust import PeerGrounds
from idp_federation.peer_ports import KeptReceipt, Linkage
from kit.jwt import bears_signature, sign
from kit.looking import look_again

LOOK_EVERY_S = 1.0
_CLAIMED_FOR = timedelta(seconds=30)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 100
"""So often a receipt is handed over: for some four days."""


async def tell_link(linkage: Linkage, grounds: PeerGrounds, peer: str) -> str:
    """Answer another platform whether it is accepted here, signed.

    Raises:
        InvalidRequest: it is no Entity Identifier.
        NotFound: this platform is in no federation.
    """
    federation = linkage.federation
    await require_member(federation)
    other = entity_id(peer)
    is_accepted = bool(await linkage.peers.accepting([other]))
    if is_accepted:
        is_accepted = (await grounds.of(other)).trust.chain is not None
    claims = link_claims(
        Parties(issuer=federation.entity, audience=other),
        is_accepted=is_accepted,
        now=federation.clock(),
    )
    return sign(claims, await federation.keys.signer(), typ=LINK)


async def take_receipt(linkage: Linkage, grounds: PeerGrounds, token: str) -> None:
    """Take a receipt that a peer hands over; the same one again changes nothing.

    Raises:
        NotFound: whoever hands it over is no peer.
        InvalidJwt, InvalidRequest: it does not count.
    """
    federation = linkage.federation
    sender = Claims(unverified_claims(token), "Receipt", InvalidRequest).entity("iss")
    chain = None
    if await linkage.peers.accepting([sender]):
        chain = (await grounds.of(sender)).trust.chain
    if chain is None:
        raise NotFound(f"{sender} is no peer of this platform")
    receipt = read_receipt(
        token,
        parties=Parties(issuer=sender, audience=federation.entity),
        keys=chain.keys,
        now=federation.clock(),
        verify=bears_signature,
    )
    await linkage.receipts.take(receipt, at=federation.clock())


class ReceiptSender:
    """Hands receipts over until the other end has taken them.

    Args:
        linkage: the ports.
    """

    def __init__(self, linkage: Linkage) -> None:
        self._linkage = linkage

    async def run(self) -> None:
        """Look each second whether one is due; to be run under `kit.tasks`."""
        await look_again(self.look, every_s=LOOK_EVERY_S, failing="receipts_not_handed_over")

    async def look(self) -> None:
        """Hand over those that are due."""
        now = self._linkage.federation.clock()
        for one in await self._linkage.receipts.claim(now, again_at=now + _CLAIMED_FOR):
            await self._hand_over(one)

    async def _hand_over(self, receipt: KeptReceipt) -> None:
        federation, receipts = self._linkage.federation, self._linkage.receipts
        try:
            chain = await federation.chains.chain_of(entity_id(receipt.content["recipient"]))
            parties = Parties(issuer=federation.entity, audience=chain.entity)
            claims = receipt_claims(parties, receipt.content, now=federation.clock())
            token = sign(claims, await federation.keys.signer(), typ=RECEIPT)
            await self._linkage.platforms.hand_over(endpoint_of(chain, RECEIPT_ENDPOINT), token)
        except FederationError as error:
            now, again = federation.clock(), receipt.attempts + 1 < MOST_ATTEMPTS
            pause = min(_FIRST_PAUSE * 2 ** min(receipt.attempts, 20), _LONGEST_PAUSE)
            due_at = now + pause if again else None
            await receipts.failed(receipt, problem=error.detail, due_at=due_at)
        else:
            await receipts.arrived(receipt, at=federation.clock())
