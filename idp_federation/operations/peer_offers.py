"""Signing in at a peer: offered on the sign-in page, over what its chain says of it.

Here this platform is a relying party of the peer's OpenID Provider, by automatic registration: it
pushes its requests with keys that its own Entity Configuration names.
"""

from collections.abc import Mapping

from idp_federation.assurance.acr import levels_by_acr
from idp_federation.assurance.proofing import DOCUMENT, framework_of
from idp_federation.federation.errors import FederationError
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.jwt import JwkSet
from idp_federation.federation.metadata import OPENID_PROVIDER
from idp_federation.federation_ports import TrustChains
from idp_federation.oidc.profile import Profile
from idp_federation.operations.upstreams import ShownUpstream, add_upstream
from idp_federation.relying_party.errors import UpstreamUnavailable
from idp_federation.relying_party.metadata import ProviderMetadata, read_metadata
from idp_federation.relying_party.request import Shown
from idp_federation.relying_party.upstream import Kind, Upstream
from idp_federation.relying_party_ports import (
    RelyingParty,
    UpstreamDocuments,
    Upstreams,
    UserInfoAnswer,
)
from joint_use import Principal
from kit.json import JsonObject, JsonValue


async def offer_peer(rp: RelyingParty, principal: Principal, given: JsonObject) -> ShownUpstream:
    """Offer a peer as a way to sign in; who comes for the first time gets an account.

    Args:
        rp: the ports.
        principal: who asks.
        given: `id`, `issuer`, `name`, `name#en`, `tenants`.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidUpstream: it cannot be offered so.
    """
    profile = rp.provider.profile
    wanted: JsonObject = {
        **given,
        "kind": Kind.PEER.value,
        "client_id": profile.issuer,
        "opens_accounts": True,
        "table": asked_table(profile.anchor),
    }
    return await add_upstream(rp, principal, wanted)


def asked_table(anchor: str) -> JsonObject:
    """Write the words of the trust framework, by which a peer is asked for levels.

    What its answers are worth its attested map says, not this.
    """
    rules: list[JsonValue] = [
        {
            "trust_framework": framework_of(anchor),
            "assurance_level": f"ial{level}",
            "evidence": [DOCUMENT],
            "ial": level,
        }
        for level in (2, 3)
    ]
    return {
        "version": 1,
        "acr": {acr: levels.authentication for acr, levels in levels_by_acr(anchor).items()},
        "proofing": rules,
        "max_ial": 3,
        "max_aal": 3,
    }


class PeersRelyingParty:
    """What this platform says of itself as a relying party of peers; satisfies `OwnServices`.

    Args:
        upstreams: the providers that are offered, peers among them.
        profile: the platform's OpenID Provider.
    """

    def __init__(self, upstreams: Upstreams, profile: Profile) -> None:
        self._upstreams = upstreams
        self._profile = profile

    async def relying_party(self, name: str) -> JsonObject | None:
        """Write the metadata; None where no peer is offered.

        Spec: OpenID Federation 1.0 §5.1.2
        """
        every = await self._upstreams.every()
        peers = [one for one in every if one.upstream.kind is Kind.PEER]
        if not peers:
            return None
        callbacks = [self._profile.url(f"upstream/{one.upstream.id}/callback") for one in peers]
        return {
            "client_name": name or self._profile.issuer,
            "client_registration_types": ["automatic"],
            "redirect_uris": [*callbacks],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [one.public_key for one in peers]},
        }


class PeerDocuments:
    """What providers answer with, a peer by what its chain says; satisfies `UpstreamDocuments`.

    Args:
        others: asks the providers.
        chains: finds the chains of peers.
    """

    def __init__(self, others: UpstreamDocuments, chains: TrustChains) -> None:
        self._others = others
        self._chains = chains

    async def metadata(self, upstream: Upstream, *, anew: bool = False) -> ProviderMetadata:
        """Answer with a provider's metadata."""
        if upstream.kind is not Kind.PEER:
            return await self._others.metadata(upstream, anew=anew)
        try:
            chain = await self._chains.chain_of(entity_id(upstream.issuer))
        except FederationError as refused:
            raise UpstreamUnavailable(refused.detail) from refused
        told = chain.metadata.get(OPENID_PROVIDER)
        if told is None:
            raise UpstreamUnavailable(f"{chain.entity} is no {OPENID_PROVIDER} in the federation")
        return read_metadata(told, upstream)

    async def keys(self, metadata: ProviderMetadata, *, kid: str) -> JwkSet:
        """Answer with its keys."""
        return await self._others.keys(metadata, kid=kid)

    async def push(self, url: str, form: Mapping[str, str], shown: Shown) -> str:
        """Push an authorization request; answers with its `request_uri`."""
        return await self._others.push(url, form, shown)

    async def redeem(self, url: str, form: Mapping[str, str], shown: Shown) -> JsonObject:
        """Redeem a code."""
        return await self._others.redeem(url, form, shown)

    async def userinfo(self, url: str, access_token: str) -> UserInfoAnswer:
        """Ask for what an access token's person is told of."""
        return await self._others.userinfo(url, access_token)
