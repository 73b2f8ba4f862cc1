"""Clients prove who they are, and that they have a key (DPoP).

Spec: RFC 6749 §2.3, RFC 7523, RFC 9449 §5
"""

from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.client import Client, ClientAuthentication
from idp_federation.oidc.client_authentication import (
    TYPES,
    Credentials,
    read_assertion,
    read_credentials,
)
from idp_federation.oidc.dpop import PresentedProof, read_proof
from idp_federation.oidc.errors import InvalidClient, InvalidDpopProof
from idp_federation.oidc.jwt import instant, text
from idp_federation.oidc.opaque import digest
from idp_federation.operations.clients import keys_for, known_client, shown_chain
from idp_federation.ports import Provider


async def authenticate_client(
    provider: Provider, parameters: Parameters, authorization: str | None
) -> Client:
    """Answer with the client that asks, once it has proven who it is as it is registered.

    Raises:
        InvalidClient: it has not.
        InvalidRequest: it shows several things.
    """
    shown = read_credentials(parameters, authorization)
    chain = shown_chain(parameters.get("request"))
    client = await known_client(provider, shown.client, chain=chain)
    if client.authentication is not shown.method:
        raise InvalidClient(
            f"Client {client.id} proves who it is by {client.authentication.value} alone"
        )
    if shown.method is ClientAuthentication.PRIVATE_KEY_JWT:
        await _require_assertion(provider, client, shown)
    elif shown.method is ClientAuthentication.CLIENT_SECRET_BASIC:
        await _require_secret(provider, client, shown)
    return client


async def require_proof(provider: Provider, presented: PresentedProof) -> str:
    """Answer with the key that a DPoP proof at our own endpoints shows.

    Raises:
        UseDpopNonce: it has no nonce of ours, or an old one.
        InvalidDpopProof: it does not count, or was used before.
    """
    proof = read_proof(
        presented,
        now=provider.clock(),
        lifetime=provider.profile.lifetimes.proof,
        nonce_key=provider.secrets.nonce,
        nonce_needed=True,
    )
    if not await provider.replays.first_proof(
        proof.jkt, proof.jti, proof.issued_at, proof.expires_at
    ):
        raise InvalidDpopProof("DPoP proof was used before; right is a new one")
    return proof.jkt


async def _require_secret(provider: Provider, client: Client, shown: Credentials) -> None:
    if not await provider.clients.secret_matches(client.id, digest(shown.secret)):
        raise InvalidClient(f"Secret of client {client.id} is wrong")


async def _require_assertion(provider: Provider, client: Client, shown: Credentials) -> None:
    keys = await keys_for(provider, client, shown.secret, InvalidClient, TYPES)
    signed = read_assertion(
        shown.secret,
        client,
        keys,
        issuer=provider.profile.issuer,
        longest=provider.profile.lifetimes.assertion,
        now=provider.clock(),
    )
    jti, expires_at = text(signed.claims, "jti"), instant(signed.claims, "exp")
    if jti is None or expires_at is None:
        raise InvalidClient("Client assertion has no jti or exp")
    if not await provider.replays.first_assertion(client.id, jti, expires_at):
        raise InvalidClient("Client assertion was used before; right is a new one")
