"""Clients as requests name them: found, and their signatures believed."""

from collections.abc import Sequence

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_jwt
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidClient, OAuthError
from idp_federation.oidc.jwt import texts
from idp_federation.oidc.request_object import TYP as REQUEST_OBJECT
from idp_federation.ports import Provider


async def known_client(
    provider: Provider, client_id: str | None, *, chain: Sequence[str] = ()
) -> Client:
    """Answer with the client that a request names.

    Args:
        provider: the ports.
        client_id: its name.
        chain: the trust chain that it shows.

    Raises:
        UntrustedClient: it is one of a federation, and no trust chain leads to it.
        InvalidClient: there is none of this name, or it is disabled.
    """
    client = None if client_id is None else await provider.clients.find(client_id, chain=chain)
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


def shown_chain(request_object: str | None) -> tuple[str, ...]:
    """Answer with the trust chain in a request object's header; nothing where there is none.

    Spec: OpenID Federation 1.0 §4.3
    """
    if request_object is None:
        return ()
    try:
        return texts(read_jwt(request_object, typ=(REQUEST_OBJECT, None)).header.get("trust_chain"))
    except InvalidJwt:
        return ()
