"""Asks other platforms whether they accept this one, and hands them receipts."""

from urllib.parse import urlencode, urlsplit

from idp_federation.federation.errors import TemporarilyUnavailable
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet
from idp_federation.federation.link import LINK
from idp_federation.fetch.key_sets import KeySets, KeysUnavailable
from kit.http import Outbound, OutboundError

_MAX_BYTES = 65_536
_TIMEOUT_S = 5.0


class AskedPlatforms:
    """Asks other platforms; satisfies `PeerPlatforms`.

    Args:
        outbound: asks, behind the guard.
    """

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._key_sets = KeySets(outbound)

    async def link(self, endpoint: str, *, peer: EntityId) -> str:
        """Ask a platform whether it accepts this one.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        joint = "&" if urlsplit(endpoint).query else "?"
        try:
            answer = await self._outbound.fetch(
                f"{endpoint}{joint}{urlencode({'peer': peer})}",
                accept=f"application/{LINK}",
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
                max_redirects=0,
            )
        except OutboundError as error:
            raise TemporarilyUnavailable(error.detail) from error
        if answer.status != 200 or not answer.body.isascii():
            raise TemporarilyUnavailable(f"{endpoint} answers with status {answer.status}")
        return answer.body.decode("ascii").strip()

    async def keys(self, url: str, *, kid: str) -> JwkSet:
        """Ask for the keys that it signs tokens with; anew where none has this kid, but seldom.

        Raises:
            TemporarilyUnavailable: they cannot be had.
        """
        try:
            return await self._key_sets.at(url, kid=kid)
        except KeysUnavailable as error:
            raise TemporarilyUnavailable(f"Keys at {url} cannot be had: {error.detail}") from error

    async def hand_over(self, endpoint: str, receipt: str) -> None:
        """Hand a receipt over.

        Raises:
            TemporarilyUnavailable: it is not taken.
        """
        try:
            answer = await self._outbound.post_form(
                endpoint, {"receipt": receipt}, max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S
            )
        except OutboundError as error:
            raise TemporarilyUnavailable(error.detail) from error
        if not 200 <= answer.status < 300:
            raise TemporarilyUnavailable(f"{endpoint} answers with status {answer.status}")
