"""What a session is worth now: one that came from a peer is worth what the peer is worth now."""

from datetime import datetime

from idp_federation.assurance.levels import lower
from idp_federation.assurance.sign_in import SignIn
from idp_federation.oidc.jwt import texts
from idp_federation.oidc.session import Held, Session
from idp_federation.operations.peer_sign_in import TrustedPeers
from idp_federation.relying_party.account_link import Link
from idp_federation.relying_party.upstream import Kind
from idp_federation.relying_party_ports import AccountLinks, Upstreams
from kit.json import JsonObject


class SessionLevels:
    """The levels that sessions hold now; satisfies `Assurance`.

    A session of this platform's own keeps what it was begun with until that ends. Of a peer's
    everything is reckoned anew, and never more than it was begun with.

    Args:
        upstreams: which of those that people sign in at are peers.
        peers: what peers' sign-ins are worth.
        links: what peers said of whom.
    """

    def __init__(self, upstreams: Upstreams, peers: TrustedPeers, links: AccountLinks) -> None:
        self._upstreams = upstreams
        self._peers = peers
        self._links = links

    async def held(self, session: Session, now: datetime) -> Held:
        """Answer with the levels that count now."""
        begun, issuer = session.signed_in.held.at(now), session.signed_in.issuer
        if issuer is None or not await self._is_peer(issuer):
            return begun
        known = await self._links.of_account(session.signed_in.account)
        link = next((one for one in known if one.issuer == issuer), None)
        if link is None:
            return Held(valid_until=now, decision=begun.decision)
        decision = await self._peers.still_worth(
            _sign_in(session, link), tenant=session.signed_in.tenant
        )
        return Held(
            levels=lower(begun.levels, decision.held),
            proofs=begun.proofs & decision.proofs,
            valid_until=min(begun.valid_until, decision.valid_until, decision.recheck_at),
            decision=begun.decision,
        ).at(now)

    async def _is_peer(self, issuer: str) -> bool:
        """Tell whether who vouches is a platform of the federation rather than a provider."""
        every = [one.upstream for one in await self._upstreams.every()]
        return any(one.issuer == issuer and one.kind is Kind.PEER for one in every)


def _sign_in(session: Session, link: Link) -> SignIn:
    """Write a session's own sign-in, with what its issuer has verified of the person since."""
    signed_in = session.signed_in
    inputs = signed_in.held.decision.get("inputs")
    told: JsonObject = inputs if isinstance(inputs, dict) else {}
    acr, amr = told.get("acr"), told.get("amr")
    return SignIn(
        issuer=link.issuer,
        subject=link.subject,
        session_expires_at=session.expires_at,
        auth_time=signed_in.auth_time,
        acr=acr if isinstance(acr, str) else None,
        amr=frozenset(texts(amr)) if isinstance(amr, list) else None,
        verified_claims=tuple(one.read for one in link.shown.verifications),
    )
