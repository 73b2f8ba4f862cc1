"""Clients as requests name them: found, and their signatures believed."""

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_jwt
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidClient, OAuthError
from idp_federation.ports import Provider


async def known_client(provider: Provider, client_id: str | None) -> Client:
    """Answer with the client that a request names.

    Raises:
        InvalidClient: there is none of this name, or it is disabled.
    """
    client = None if client_id is None else await provider.clients.find(client_id)
    if client is None or client.disabled:
        raise InvalidClient("Client is not known here, or is disabled", where="client_id")
    return client


async def keys_for(
    provider: Provider, client: Client, jwt: str, refuse: type[OAuthError], typ: tuple[str, ...]
) -> JwkSet:
    """Answer with the keys of which one has to have signed a client's JWT.

    Raises:
        OAuthError: of the kind `refuse`: the JWT cannot be read.
    """
    try:
        kid = read_jwt(jwt, typ=(*typ, None)).kid
    except InvalidJwt as wrong:
        raise refuse(wrong.detail) from None
    return await provider.client_keys.keys_of(client, kid=kid)
