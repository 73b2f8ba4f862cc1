"""The public keys of clients: as registered, or fetched from where the client publishes them."""

from idp_federation.federation.jwt import JwkSet
from idp_federation.fetch.key_sets import KeySets, KeysUnavailable
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidClient
from kit.http import Outbound

_NONE = JwkSet({})


class FetchedClientKeys:
    """The keys of clients; satisfies `ClientKeys`.

    Args:
        outbound: fetches, behind the guard.
    """

    def __init__(self, outbound: Outbound) -> None:
        self._key_sets = KeySets(outbound)

    async def keys_of(self, client: Client, *, kid: str) -> JwkSet:
        """Answer with a client's keys; asked anew where none has this kid, but not too often.

        Raises:
            InvalidClient: they cannot be had.
        """
        if client.jwks is not None or client.jwks_uri is None:
            return client.jwks or _NONE
        try:
            return await self._key_sets.at(client.jwks_uri, kid=kid)
        except KeysUnavailable as error:
            raise InvalidClient(f"Keys of the client cannot be fetched: {error.detail}") from error
