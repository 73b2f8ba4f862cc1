"""The public keys of clients: as registered, or fetched from where the client publishes them."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_json, read_keys
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidClient
from kit.http import Outbound, OutboundError

KEEP_S = 300.0
ASK_AGAIN_S = 30.0
_MOST = 1000
_MAX_BYTES = 65_536
_TIMEOUT_S = 5.0
_NONE = JwkSet({})


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: JwkSet
    at_s: float


class FetchedClientKeys:
    """The keys of clients; satisfies `ClientKeys`.

    Args:
        outbound: fetches, behind the guard.
        monotonic: seconds that only grow.
    """

    def __init__(self, outbound: Outbound, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._outbound = outbound
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Fetched] = OrderedDict()

    async def keys_of(self, client: Client, *, kid: str) -> JwkSet:
        """Answer with a client's keys; asked anew where none has this kid, but not too often.

        Raises:
            InvalidClient: they cannot be had.
        """
        if client.jwks is not None or client.jwks_uri is None:
            return client.jwks or _NONE
        known = self._known.get(client.jwks_uri)
        age_s = float("inf") if known is None else self._monotonic() - known.at_s
        if known is not None and age_s < (KEEP_S if kid in known.keys.keys else ASK_AGAIN_S):
            return known.keys
        keys = await self._fetched(client.jwks_uri)
        self._known[client.jwks_uri] = _Fetched(keys, self._monotonic())
        self._known.move_to_end(client.jwks_uri)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return keys

    async def _fetched(self, url: str) -> JwkSet:
        try:
            answer = await self._outbound.fetch(
                url,
                accept="application/jwk-set+json, application/json",
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
                max_redirects=0,
            )
            if answer.status != 200:
                raise InvalidClient(f"Keys of the client cannot be fetched: status {answer.status}")
            return read_keys(read_json(answer.body, what="jwks_uri"), what="jwks_uri")
        except (OutboundError, InvalidJwt) as error:
            raise InvalidClient(f"Keys of the client cannot be fetched: {error.detail}") from error
