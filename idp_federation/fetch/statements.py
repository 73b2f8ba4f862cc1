"""Trust chains of others: fetched behind the guard, and kept until they expire."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from idp_federation.federation.entity_statement import ENTITY_STATEMENT
from idp_federation.federation.errors import FederationError, InvalidTrustChain
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.resolution import Fetch, Limits, resolve
from idp_federation.federation.trust_chain import Anchors, TrustChain
from kit.clock import Clock
from kit.http import Outbound, OutboundError
from kit.jwt import bears_signature

_Kept = TypeVar("_Kept")
ReadAnchors: TypeAlias = Callable[[], Awaitable[Anchors]]

FETCH_S = 5.0
RESOLUTION_S = 20.0
_REFUSED_FOR = timedelta(seconds=5)
_AT_ONCE = 16
_MOST = 2000
_MEDIA_TYPE = f"application/{ENTITY_STATEMENT}"


class FetchedChains:
    """Trust chains of others; satisfies `TrustChains`.

    Whoever asks for a chain that somebody else is just asking for waits for the same answer; a
    refusal is repeated for a few seconds, and few resolutions go on at once: anybody can cause one.

    Args:
        outbound: fetches, behind the guard.
        anchors: answers with the anchors that are trusted.
        clock: the time.
        limits: how much one resolution may cost.
    """

    def __init__(
        self,
        outbound: Outbound,
        anchors: ReadAnchors,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._outbound = outbound
        self._anchors = anchors
        self._clock = clock
        self._limits = limits or Limits()
        self._known: OrderedDict[EntityId, tuple[datetime, TrustChain]] = OrderedDict()
        self._refused: OrderedDict[EntityId, tuple[datetime, str]] = OrderedDict()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[EntityId, asyncio.Lock] = {}
        self._era = 0

    async def chain_of(self, entity: EntityId) -> TrustChain:
        """Answer with a valid chain from an entity to an anchor that is trusted here.

        Raises:
            FederationError: there is none.
        """
        asked = self._asked.setdefault(entity, asyncio.Lock())
        try:
            async with asked:
                return self._remembered(entity) or await self._found(entity)
        finally:
            if not asked.locked():
                self._asked.pop(entity, None)

    def forget(self, entity: EntityId | None = None, *, known_for: timedelta = timedelta()) -> None:
        """Ask again for the chain of one, or of everybody, where it is known for so long."""
        if entity is not None:
            known = self._known.get(entity)
            if known is None or self._clock() >= known[0] + known_for:
                self._known.pop(entity, None)
                self._refused.pop(entity, None)
            return
        self._era += 1
        self._known.clear()
        self._refused.clear()

    async def _found(self, entity: EntityId) -> TrustChain:
        era = self._era
        try:
            async with self._turn, asyncio.timeout(RESOLUTION_S):
                chain = await self._resolved(entity, await self._anchors())
        except TimeoutError:
            detail = f"No trust chain of {entity} was found within {RESOLUTION_S:g} s"
            _keep(self._refused, entity, (self._clock() + _REFUSED_FOR, detail))
            raise InvalidTrustChain(detail) from None
        except FederationError as refused:
            _keep(self._refused, entity, (self._clock() + _REFUSED_FOR, refused.detail))
            raise
        if era == self._era:
            _keep(self._known, entity, (self._clock(), chain))
        return chain

    async def _resolved(self, entity: EntityId, anchors: Anchors) -> TrustChain:
        resolution = resolve(
            entity,
            anchors=anchors,
            now=self._clock(),
            verify=bears_signature,
            limits=self._limits,
        )
        try:
            fetch = next(resolution)
            while True:
                fetch = resolution.send(await self._body(fetch))
        except StopIteration as found:
            chain: TrustChain = found.value
            return chain

    async def _body(self, fetch: Fetch) -> bytes | None:
        """Fetch one statement; None where there is none, whatever stands there instead."""
        try:
            answer = await self._outbound.fetch(
                fetch.url,
                accept=_MEDIA_TYPE,
                max_bytes=fetch.max_bytes,
                timeout_s=FETCH_S,
                max_redirects=0,
            )
        except OutboundError:
            return None
        is_statement = answer.status == 200 and answer.content_type == _MEDIA_TYPE
        return answer.body if is_statement else None

    def _remembered(self, entity: EntityId) -> TrustChain | None:
        now, refused = self._clock(), self._refused.get(entity)
        if refused is not None and now < refused[0]:
            raise InvalidTrustChain(refused[1])
        known = self._known.get(entity)
        return known[1] if known is not None and now < known[1].expires_at else None


def _keep(among: OrderedDict[EntityId, _Kept], entity: EntityId, kept: _Kept) -> None:
    """Keep something of an entity, and forget what was kept first where there is too much."""
    among[entity] = kept
    among.move_to_end(entity)
    if len(among) > _MOST:
        among.popitem(last=False)
