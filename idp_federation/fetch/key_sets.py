"""Key sets that others publish: fetched behind the guard, kept for a while, asked anew rarely."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_json, read_keys
from kit.errors import RenkeiError
from kit.http import Outbound, OutboundError
from kit.json import JsonObject

KEEP_S = 300.0
ASK_AGAIN_S = 30.0
AFTER_FAILURE_S = 3.0
_MOST = 1000
_MAX_BYTES = 65_536
_TIMEOUT_S = 5.0


class KeysUnavailable(RenkeiError):
    """A key set cannot be had."""


@dataclass(slots=True)
class _Known:
    """What is known of one address; who asks it anew holds the lock, others wait and look again."""

    keys: JwkSet | None = None
    at_s: float = float("-inf")
    missed_at_s: float = float("-inf")
    problem: str | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySets:
    """Key sets by their address.

    Args:
        outbound: fetches, behind the guard.
        usable: leaves out of a set what is no business of ours.
        monotonic: seconds that only grow.
    """

    def __init__(
        self,
        outbound: Outbound,
        usable: Callable[[JsonObject], JsonObject] = lambda told: told,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbound = outbound
        self._usable = usable
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def at(self, url: str, *, kid: str) -> JwkSet:
        """Answer with a key set; asked anew where none of its keys has this kid, but not too often.

        Raises:
            KeysUnavailable: it cannot be had.
        """
        known = self._known.setdefault(url, _Known())
        self._known.move_to_end(url)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        if (found := self._kept(known, kid)) is not None:
            return found
        async with known.asking:
            if (found := self._kept(known, kid)) is None:
                found = await self._asked(url, known)
        return found

    async def _asked(self, url: str, known: _Known) -> JwkSet:
        """Ask, and remember what came of it: whom nobody answers is not asked at once again."""
        now_s = self._monotonic()
        if known.keys is not None and now_s - known.at_s < KEEP_S:
            known.missed_at_s = now_s
        known.at_s = now_s
        try:
            known.keys, known.problem = await self._fetched(url), None
        except KeysUnavailable as error:
            known.problem = error.detail
            raise
        return known.keys

    def _kept(self, known: _Known, kid: str) -> JwkSet | None:
        """Answer with keys that are good enough for now; None where they have to be asked for."""
        if known.problem is not None and self._monotonic() - known.at_s < AFTER_FAILURE_S:
            raise KeysUnavailable(known.problem)
        if known.keys is None or known.problem is not None:
            return None
        now_s = self._monotonic()
        if kid not in known.keys.keys and now_s - known.missed_at_s >= ASK_AGAIN_S:
            return None
        return known.keys if now_s - known.at_s < KEEP_S else None

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
                raise KeysUnavailable(f"status {answer.status}")
            return read_keys(self._usable(read_json(answer.body, what="jwks_uri")), what="jwks_uri")
        except (OutboundError, InvalidJwt) as error:
            raise KeysUnavailable(error.detail) from error
