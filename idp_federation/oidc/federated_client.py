"""Clients that nobody has registered: members of the federation, by what their chain says.

Spec: OpenID Federation 1.0 §5.1.2, §12
"""

from collections.abc import Sequence
from dataclasses import replace

from idp_federation.assurance.peer import Peer
from idp_federation.federation.metadata import OPENID_RELYING_PARTY
from idp_federation.federation.trust_chain import TrustChain
from idp_federation.oidc.claims_request import OPENID
from idp_federation.oidc.client import (
    MAX_URIS,
    Client,
    ClientAuthentication,
    GrantType,
    client_from_json,
    may_redirect_to,
)
from idp_federation.oidc.errors import OAuthError, UntrustedClient
from idp_federation.oidc.jwt import texts
from kit.json import JsonObject

AUTOMATIC, EXPLICIT = "automatic", "explicit"
_TAKEN = (
    "client_name",
    "client_name#en",
    "purpose",
    "jwks",
    "jwks_uri",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "dpop_bound_access_tokens",
)


def client_of(chain: TrustChain, peers: Sequence[Peer], *, how: str) -> Client:
    """Make a client of a member of the federation.

    What it may ask for is what the tenants say that accept it, or a superior of it.

    Args:
        chain: its valid trust chain.
        peers: what tenants have said of it and its superiors.
        how: how it registers: "automatic" or "explicit".

    Raises:
        UntrustedClient: it is no relying party, does not register so, nobody accepts it, or what
            it says of itself cannot be.
    """
    told = chain.metadata.get(OPENID_RELYING_PARTY)
    if told is None:
        raise UntrustedClient(f"{chain.entity} is no {OPENID_RELYING_PARTY} in the federation")
    if how not in texts(told.get("client_registration_types")):
        raise UntrustedClient(f"{chain.entity} does not register by {how} registration")
    accepting = [peer for peer in peers if peer.scopes]
    if not accepting:
        raise UntrustedClient(f"No tenant accepts {chain.entity} or who enrolled it")
    client = _client(chain.entity, told, accepting, how)
    problem = _problem(client, told)
    if problem is not None:
        raise UntrustedClient(f"{chain.entity} {problem}")
    return client


def above(chain: TrustChain) -> tuple[str, ...]:
    """List whose acceptance lets a client in: its own, and that of its superiors."""
    return (chain.entity, *(statement.issuer for statement in chain.statements))


def _client(entity: str, told: JsonObject, accepting: Sequence[Peer], how: str) -> Client:
    known: JsonObject = {name: told[name] for name in _TAKEN if name in told}
    try:
        read = client_from_json(known)
    except OAuthError as wrong:
        raise UntrustedClient(f"{entity}: {wrong.detail}") from None
    scopes = frozenset.intersection(*(peer.scopes for peer in accepting))
    grants = {GrantType.TOKEN_EXCHANGE}
    if read.redirect_uris:
        grants |= {GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}
    return replace(
        read,
        id=entity,
        name=read.name or entity,
        purpose=read.purpose or read.name or entity,
        tenants=tuple(dict.fromkeys(peer.tenant for peer in accepting)),
        authentication=ClientAuthentication.PRIVATE_KEY_JWT,
        grants=frozenset(grants),
        scopes=scopes | {OPENID},
        proven_requests=how == AUTOMATIC,
        consent_required=True,
    )


def _problem(client: Client, told: JsonObject) -> str | None:
    """Say what is wrong with what a relying party says of itself."""
    method = told.get("token_endpoint_auth_method", "private_key_jwt")
    if method != ClientAuthentication.PRIVATE_KEY_JWT.value:
        return f"proves who it is by {method!r}; right is private_key_jwt"
    if (client.jwks is None) == (client.jwks_uri is None):
        return "has not exactly one of jwks and jwks_uri"
    uris = [*client.redirect_uris, *client.post_logout_redirect_uris]
    uris += [one for one in (client.backchannel_logout_uri, client.jwks_uri) if one is not None]
    if len(uris) > MAX_URIS:
        return f"has more than {MAX_URIS} addresses"
    wrong = [uri for uri in uris if not may_redirect_to(uri)]
    return f"has an address that is not https: {wrong[0]!r}" if wrong else None
