"""Clients by registration and by federation: known to operators, or to a trust chain.

Spec: OpenID Federation 1.0 §12
"""

from collections.abc import Sequence
from datetime import timedelta

from idp_federation.federation.entity_statement import Use
from idp_federation.federation.errors import FederationError, InvalidMetadata, InvalidRequest
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.metadata import OPENID_RELYING_PARTY
from idp_federation.federation.own_statements import chain_tokens
from idp_federation.federation.registration import (
    REGISTRATION_RESPONSE,
    read_registration_request,
    registration_claims,
)
from idp_federation.federation.trust_chain import TrustChain, validate_chain
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import UntrustedClient
from idp_federation.oidc.federated_client import AUTOMATIC, EXPLICIT, above, client_of
from idp_federation.operations.federation_membership import require_member, trusted_anchors
from idp_federation.peer_ports import Linkage
from idp_federation.ports import ClientRegistry
from kit.jwt import bears_signature, sign

_LASTS = timedelta(days=1)
_SETTLED = timedelta(seconds=60)


class FederatedClients:
    """Clients of operators first, then of the federation; satisfies `Clients`.

    Args:
        registry: the clients that operators have registered.
        linkage: the ports of the federation.
    """

    def __init__(self, registry: ClientRegistry, linkage: Linkage) -> None:
        self._registry = registry
        self._linkage = linkage

    async def find(self, client_id: str, *, chain: Sequence[str] = ()) -> Client | None:
        """Answer with a client; a federation's is resolved here.

        Raises:
            UntrustedClient: its identifier is one of a federation, and no chain leads to it.
        """
        found = await self._registry.find(client_id)
        if found is not None or not client_id.startswith("https://"):
            return found
        if await self._linkage.federation.membership.read() is None:
            return None
        try:
            return await self._resolved(client_id, chain)
        except FederationError as refused:
            raise UntrustedClient(refused.detail, where="client_id") from refused

    async def secret_matches(self, client_id: str, secret: bytes) -> bool:
        """Tell whether a secret, by its digest, is the client's; the federation's have none."""
        return await self._registry.secret_matches(client_id, secret)

    async def register(self, tokens: Sequence[str]) -> str:
        """Register a client explicitly; answers with the response, signed.

        Args:
            tokens: the Entity Configuration that it posts, and the rest of its trust chain where
                it posts that too.

        Spec: OpenID Federation 1.0 §12.2
        Raises:
            FederationError: it is not trusted, or the request breaks a rule.
        """
        federation = self._linkage.federation
        await require_member(federation)
        if not tokens:
            raise InvalidRequest("Registration has no Entity Configuration")
        asked = read_registration_request(
            tokens[0], provider=federation.entity, now=federation.clock(), verify=bears_signature
        )
        posted = list(tokens)
        if len(posted) == 1:
            found = await federation.chains.chain_of(asked.entity)
            posted += chain_tokens(found)[1:]
        chain = await self._valid(posted, Use.REGISTRATION)
        try:
            client = await self._accepted(chain, EXPLICIT)
        except UntrustedClient as refused:
            raise InvalidMetadata(refused.detail) from refused
        now = federation.clock()
        expires_at = min(now + _LASTS, chain.expires_at)
        await self._linkage.registered.keep(chain.entity, posted, expires_at=expires_at)
        claims = registration_claims(
            chain,
            provider=federation.entity,
            client={**chain.metadata[OPENID_RELYING_PARTY], "client_id": client.id},
            now=now,
            expires_at=expires_at,
        )
        return sign(claims, await federation.keys.signer(), typ=REGISTRATION_RESPONSE)

    async def _resolved(self, client_id: str, offered: Sequence[str]) -> Client:
        """Resolve a client: as it has registered, as it shows, or as its statements say."""
        federation, entity = self._linkage.federation, entity_id(client_id)
        posted = await self._linkage.registered.find(entity, federation.clock())
        if posted:
            return await self._accepted(await self._valid(posted, Use.REGISTRATION), EXPLICIT)
        if offered:
            shown = await self._valid(offered, Use.CHAIN)
            if shown.entity != entity:
                raise InvalidRequest(f"Trust chain is of {shown.entity}, not of {entity}")
            return await self._accepted(shown, AUTOMATIC)
        try:
            return await self._accepted(await federation.chains.chain_of(entity), AUTOMATIC)
        except UntrustedClient:
            federation.chains.forget(entity, known_for=_SETTLED)  # it may say otherwise by now
            return await self._accepted(await federation.chains.chain_of(entity), AUTOMATIC)

    async def _accepted(self, chain: TrustChain, how: str) -> Client:
        peers = await self._linkage.peers.accepting(above(chain))
        return client_of(chain, peers, how=how)

    async def _valid(self, tokens: Sequence[str], use: Use) -> TrustChain:
        federation = self._linkage.federation
        return validate_chain(
            list(tokens),
            anchors=await trusted_anchors(federation),
            now=federation.clock(),
            verify=bears_signature,
            use=use,
        )
