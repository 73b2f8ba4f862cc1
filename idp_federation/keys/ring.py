"""The key ring: the platform's signing keys as one process knows them, for 15 s at most."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from idp_federation.federation.jwt import JwkSet
from idp_federation.keys.sealing import Seal
from idp_federation.oidc.key_rotation import (
    KeptKey,
    KeyUse,
    Rotation,
    is_due,
    kept_now,
    rotated,
    told,
)
from idp_federation.ports import KeyShelf
from kit.clock import Clock
from kit.jwt import SigningKey, new_signing_key

KEEP_S = 15.0


@dataclass(frozen=True, slots=True)
class _Known:
    keys: tuple[KeptKey, ...]
    signer: SigningKey
    published: JwkSet
    until_s: float


class KeyRing:
    """The signing keys; satisfies `SigningKeys`.

    Args:
        shelf: where they are kept.
        seal: opens their private halves.
        rotation: how they follow each other.
        clock: the time.
        monotonic: seconds that only grow.
    """

    def __init__(
        self,
        shelf: KeyShelf,
        seal: Seal,
        rotation: Rotation,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf = shelf
        self._seal = seal
        self._rotation = rotation
        self._clock = clock
        self._monotonic = monotonic
        self._known: _Known | None = None

    async def signer(self) -> SigningKey:
        """Answer with the key to sign with now."""
        return (await self._keys()).signer

    async def published(self) -> JwkSet:
        """Answer with the public keys: the one in use, the next, and those still believed."""
        return (await self._keys()).published

    async def uses(self) -> Mapping[str, KeyUse]:
        """Say of each key, by its kid, what it is used for."""
        return {key.kid: key.use for key in (await self._keys()).keys}

    async def former(self) -> Sequence[KeptKey]:
        """List the keys that signed before and are remembered."""
        kept = (await self._keys()).keys
        return [key for key in kept if key.use in (KeyUse.RETIRED, KeyUse.REVOKED)]

    async def rotate(self, *, compromised: bool = False) -> Mapping[str, KeyUse]:
        """Begin to sign with the next key, and make one to follow it."""
        await self._change(lambda keys, now: self._next(keys, now, compromised=compromised))
        return await self.uses()

    async def tend(self) -> None:
        """Rotate where it is time to, and drop keys that nothing is signed with any more."""
        await self._change(
            lambda keys, now: self._next(keys, now) if is_due(keys, self._rotation, now) else keys
        )

    def forget(self, *_: object) -> None:
        """Read them again at the next use."""
        self._known = None

    async def _keys(self) -> _Known:
        known = self._known
        if known is not None and self._monotonic() < known.until_s:
            return known
        kept = await self._shelf.read()
        if is_due(kept, self._rotation, self._clock()):
            await self.tend()
            kept = await self._shelf.read()
        self._known = self._opened(tuple(kept))
        return self._known

    def _opened(self, keys: tuple[KeptKey, ...]) -> _Known:
        current = next(key for key in keys if key.use is KeyUse.CURRENT)
        private = orjson.loads(self._seal.open(current.sealed, _place(current.kid)))
        return _Known(
            keys=keys,
            signer=SigningKey(kid=current.kid, private=private),
            published=JwkSet({key.kid: key.public for key in told(keys, self._rotation)}),
            until_s=self._monotonic() + KEEP_S,
        )

    async def _change(
        self, step: Callable[[Sequence[KeptKey], datetime], Sequence[KeptKey]]
    ) -> None:
        now = self._clock()
        await self._shelf.change(lambda keys: kept_now(step(keys, now), self._rotation, now))
        self._known = None

    def _next(
        self, keys: Sequence[KeptKey], now: datetime, *, compromised: bool = False
    ) -> Sequence[KeptKey]:
        fresh = [self._fresh(now), self._fresh(now)]
        return rotated(keys, fresh, now, compromised=compromised)

    def _fresh(self, now: datetime) -> KeptKey:
        made = new_signing_key()
        sealed = self._seal.close(orjson.dumps(made.private), _place(made.kid))
        return KeptKey(kid=made.kid, use=KeyUse.NEXT, public=made.public, sealed=sealed, since=now)


def _place(kid: str) -> str:
    return f"signing key {kid}"
