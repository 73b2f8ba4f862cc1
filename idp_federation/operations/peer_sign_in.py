"""A peer's ID token at this platform: believed, reconciled, decided upon, written down.

Every step of identity.md's reconciliation is taken anew for each token; what was decided is kept
with its inputs and reasons, whatever follows.
"""

from datetime import datetime, timedelta

import structlog

from idp_federation.assurance.acr import acr_values_reaching
from idp_federation.assurance.decision import Decision, Outcome
from idp_federation.assurance.evidence import read_verified_claims
from idp_federation.assurance.exchange import Receipt, digest_of, receipt_for
from idp_federation.assurance.levels import shown
from idp_federation.assurance.peer import Peer
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, PeerTrust, SignIn, Terms
from idp_federation.federation.errors import (
    FederationError,
    InvalidJwt,
    InvalidMetadata,
    InvalidRequest,
)
from idp_federation.federation.identifiers import EntityId, entity_id
from idp_federation.federation.jwt import JwkSet, read_jwt, unverified_claims
from idp_federation.federation.metadata import OPENID_PROVIDER
from idp_federation.federation.trust_chain import TrustChain
from idp_federation.oidc.claims_request import VERIFIED_CLAIMS
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidGrant, UnmetAuthenticationRequirements
from idp_federation.oidc.id_token import ID_TOKEN_TYP
from idp_federation.oidc.jwt import Expected, instant, read_signed, text, texts
from idp_federation.operations.peer_trust import Grounds, PeerGrounds
from idp_federation.peer_ports import KeptDecision, Linkage
from idp_federation.ports import PeerSignIn
from idp_federation.relying_party.errors import UpstreamUnavailable
from joint_use import AuditEvent, AuditKind, AuditOutcome, Party
from kit.json import JsonObject

log = structlog.get_logger(__name__)

_LONGEST = timedelta(hours=1)
_NOTHING_REQUIRED = Requirement()


class TrustedPeers:
    """Peers whose sign-ins count here; satisfies `Peers` and `PeerLevels`.

    Args:
        linkage: the ports.
        grounds: what stands behind peers.
    """

    def __init__(self, linkage: Linkage, grounds: PeerGrounds) -> None:
        self._linkage = linkage
        self._grounds = grounds

    async def accept(self, token: str, *, client: Client, tenant: str) -> PeerSignIn | None:
        """Answer with what a foreign ID token is worth; None where it is not another's at all.

        Raises:
            InvalidGrant: its issuer is no accepted peer, or the token does not count.
            UnmetAuthenticationRequirements: it is worth less than the client's service requires.
        """
        issuer = self._issuer(token)
        if issuer is None:
            return None
        peer = await self._linkage.peers.find(tenant, issuer)
        grounds = await self._grounds.of(issuer)
        sign_in = SignIn(issuer=issuer, subject="", session_expires_at=self._now + _LONGEST)
        if peer is not None and grounds.trust.chain is not None:
            claims = await self._believed(token, issuer, client, grounds.trust.chain)
            sign_in = sign_in_of(claims)
        decision = self._reckoned(sign_in, peer, grounds, client.requirement)
        number = await self._keep(decision, sign_in, client=client.id, tenant=tenant)
        if decision.outcome is not Outcome.ALLOW:
            await self._note_refusal(decision, number, client=client.id, tenant=tenant)
        if decision.outcome is Outcome.REFUSE:
            raise InvalidGrant(_told(decision), where="subject_token")
        if decision.outcome is Outcome.STEP_UP or sign_in.auth_time is None:
            raise _step_up(decision, client.requirement, self._linkage.profile.anchor)
        return PeerSignIn(
            issuer=issuer,
            subject=sign_in.subject,
            decision=decision,
            proofs=decision.proofs,
            link=grounds.link,
            auth_time=sign_in.auth_time,
            amr=sign_in.amr or frozenset(),
            expires_at=sign_in.session_expires_at,
        )

    async def keep(self, receipt: Receipt) -> None:
        """Keep the receipt of an exchange, before its token is given out."""
        await self._linkage.receipts.keep(receipt)

    async def worth(
        self,
        sign_in: SignIn,
        *,
        tenant: str,
        client: str,
        requirement: Requirement,
        linked: LinkedAccount | None,
    ) -> Decision:
        """Decide what somebody is worth who has come from a peer in her browser, and keep it.

        Args:
            sign_in: what the peer says.
            tenant: whose list of peers applies.
            client: for which service.
            requirement: what it requires.
            linked: the account here, where its proofing may help.

        Raises:
            UpstreamUnavailable: the peer is not trusted now, or the link is not live.
        """
        decision, grounds = await self._looked(sign_in, tenant, requirement, linked)
        await self._keep(decision, sign_in, client=client, tenant=tenant)
        problem = grounds.link.problem(self._now)
        if not decision.is_trusted or problem is not None:
            raise UpstreamUnavailable(problem or _told(decision))
        if decision.outcome is Outcome.ALLOW:
            await self.keep(self._receipt(grounds, decision, sign_in, client))
        return decision

    def _receipt(
        self, grounds: Grounds, decision: Decision, sign_in: SignIn, client: str
    ) -> Receipt:
        """Write down that somebody is let in at a peer's word."""
        verified = (VERIFIED_CLAIMS,) if sign_in.verified_claims else ()
        return receipt_for(
            grounds.link,
            decision,
            identifier=self._linkage.random(),
            subject=sign_in.subject,
            known_as=sign_in.subject,
            purpose=f"sign-in for {client}" if client else "sign-in",
            items=("sign_in", *verified),
            now=self._now,
        )

    async def still_worth(self, sign_in: SignIn, *, tenant: str) -> Decision:
        """Say what a sign-in is worth now that was decided upon before; nothing is kept."""
        decision, _ = await self._looked(sign_in, tenant, _NOTHING_REQUIRED, None)
        return decision

    async def _looked(
        self, sign_in: SignIn, tenant: str, requirement: Requirement, linked: LinkedAccount | None
    ) -> tuple[Decision, Grounds]:
        peer = await self._linkage.peers.find(tenant, sign_in.issuer)
        grounds = await self._grounds.of(entity_id(sign_in.issuer))
        return self._reckoned(sign_in, peer, grounds, requirement, linked), grounds

    def _reckoned(
        self,
        sign_in: SignIn,
        peer: Peer | None,
        grounds: Grounds,
        requirement: Requirement,
        linked: LinkedAccount | None = None,
    ) -> Decision:
        """Reconcile a sign-in with what is required."""
        profile = self._linkage.profile
        return reconcile(
            sign_in,
            trust=grounds.trust,
            terms=Terms(
                anchor=profile.anchor,
                accreditors=accreditors(grounds.trust, self._linkage.federation.map_type),
                caps={} if peer is None else {peer.entity: peer.cap},
                local_ceiling=profile.ceiling,
            ),
            requirement=requirement,
            now=self._now,
            linked=linked,
        )

    async def _keep(self, decision: Decision, sign_in: SignIn, *, client: str, tenant: str) -> int:
        kept = KeptDecision(
            at=decision.decided_at,
            tenant=tenant,
            client=client,
            peer=sign_in.issuer,
            outcome=decision.outcome.value,
            record={**decision.record(), "digest": digest_of(decision)},
        )
        number = await self._linkage.decisions.keep(kept)
        log.info("peer_decision", number=number, peer=sign_in.issuer, outcome=kept.outcome)
        return number

    async def _note_refusal(
        self, decision: Decision, number: int, *, client: str, tenant: str
    ) -> None:
        refused = decision.outcome is Outcome.REFUSE
        event = AuditEvent(
            kind=AuditKind.TOKEN_EXCHANGE,
            outcome=AuditOutcome.DENIED if refused else AuditOutcome.STEP_UP,
            by=Party.client(client),
            about=Party.peer(str(decision.inputs["issuer"])),
            tenant=tenant,
            what="exchange of a peer's token",
            reason=_told(decision),
            facts={"decision": str(number), "held": shown(decision.held)},
        )
        await self._linkage.audit.record(event)

    @property
    def _now(self) -> datetime:
        return self._linkage.federation.clock()

    def _issuer(self, token: str) -> EntityId | None:
        """Say who claims to have made a token; None: this platform, or nobody in a federation."""
        try:
            issuer = entity_id(unverified_claims(token).get("iss"))
        except (InvalidJwt, InvalidRequest):
            return None
        return None if issuer == self._linkage.federation.entity else issuer

    async def _believed(
        self, token: str, issuer: EntityId, client: Client, chain: TrustChain
    ) -> JsonObject:
        """Believe an ID token: the peer's own, and made for the client that shows it."""
        expected = Expected(
            what="Subject token",
            refuse=InvalidGrant,
            typ=(ID_TOKEN_TYP,),
            issuer=issuer,
            audience=client.id,
            sole_audience=True,
            longest=_LONGEST,
        )
        try:
            kid = read_jwt(token, typ=(ID_TOKEN_TYP,)).kid
            keys = await self._keys(chain, kid)
        except FederationError as wrong:
            raise InvalidGrant(wrong.detail, where="subject_token") from wrong
        claims = read_signed(token, keys, expected, self._now).claims
        if text(claims, "sub") is None or instant(claims, "auth_time") is None:
            raise InvalidGrant("Subject token is no ID token of a person", where="subject_token")
        return claims

    async def _keys(self, chain: TrustChain, kid: str) -> JwkSet:
        """Find the keys that a peer signs tokens with, at its own address alone."""
        where = chain.metadata[OPENID_PROVIDER].get("jwks_uri")
        if not isinstance(where, str) or not where.startswith(chain.entity.rstrip("/") + "/"):
            raise InvalidMetadata(f"{chain.entity} publishes no keys at an address of its own")
        return await self._linkage.platforms.keys(where, kid=kid)


def sign_in_of(claims: JsonObject) -> SignIn:
    """Read what a believed ID token says of a sign-in."""
    expires_at = instant(claims, "exp")
    if expires_at is None:
        raise InvalidGrant("Subject token has no exp", where="subject_token")
    return SignIn(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        session_expires_at=expires_at,
        auth_time=instant(claims, "auth_time"),
        acr=text(claims, "acr"),
        amr=frozenset(texts(claims["amr"])) if "amr" in claims else None,
        verified_claims=read_verified_claims(claims, signed=True),
    )


def accreditors(trust: PeerTrust, map_type: str) -> frozenset[EntityId]:
    """Say who may attest assurance maps: whom the peer's trust anchor names."""
    chain = trust.chain
    if chain is None or chain.anchor_configuration is None:
        return frozenset()
    return frozenset(chain.anchor_configuration.trust_mark_issuers.get(map_type, ()))


def _told(decision: Decision) -> str:
    return " ".join(decision.explain("en"))


def _step_up(
    decision: Decision, requirement: Requirement, anchor: str
) -> UnmetAuthenticationRequirements:
    wanted = " ".join(acr_values_reaching(requirement.levels, anchor))
    return UnmetAuthenticationRequirements(
        f"{_told(decision)} Right is an ID token with one of: {wanted}", where="subject_token"
    )
