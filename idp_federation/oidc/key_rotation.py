"""Which key signs: the current one; the next is published ahead, the retired is still believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from kit.jwt import Jwk


class KeyUse(Enum):
    """What a key is used for."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """A key as it is kept.

    Args:
        kid: its name.
        use: what it is used for.
        public: its public half.
        sealed: the whole of it, encrypted.
        since: when it got this use.
    """

    kid: str
    use: KeyUse
    public: Jwk
    sealed: bytes = field(repr=False)
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How keys follow each other.

    Args:
        every: how long one key signs.
        ahead: how long the next is published before it may sign by itself.
        believed: how long a retired one is believed.
        is_remembered: whether former keys are kept for ever, to be told of apart from the others:
            they are historical ones, and none of them is believed.
    """

    every: timedelta = timedelta(days=90)
    ahead: timedelta = timedelta(days=1)
    believed: timedelta = timedelta(days=1)
    is_remembered: bool = False


BY_HAND = Rotation(every=timedelta(days=36_500), is_remembered=True)
"""How keys follow each other that others have to hear of first: when an operator says so."""


_IN_USE = frozenset({KeyUse.CURRENT, KeyUse.NEXT})


def kept_now(keys: Sequence[KeptKey], rotation: Rotation, now: datetime) -> tuple[KeptKey, ...]:
    """Leave out former keys that nothing valid is signed with any more."""
    if rotation.is_remembered:
        return tuple(keys)
    return tuple(
        key
        for key in keys
        if key.use in _IN_USE or (key.use is KeyUse.RETIRED and now < key.since + rotation.believed)
    )


def told(keys: Sequence[KeptKey], rotation: Rotation) -> tuple[KeptKey, ...]:
    """Choose the keys that are published as those one may believe."""
    return tuple(key for key in keys if key.use in _IN_USE or not rotation.is_remembered)


def is_due(keys: Sequence[KeptKey], rotation: Rotation, now: datetime) -> bool:
    """Tell whether a key is missing, or the present one has signed for long enough."""
    by_use = {key.use: key for key in keys}
    current, following = by_use.get(KeyUse.CURRENT), by_use.get(KeyUse.NEXT)
    if current is None or following is None:
        return True
    return now >= current.since + rotation.every and now >= following.since + rotation.ahead


def rotated(
    keys: Sequence[KeptKey], fresh: Sequence[KeptKey], now: datetime, *, compromised: bool = False
) -> tuple[KeptKey, ...]:
    """Let the next key sign and a fresh one follow it.

    Args:
        keys: those that there are.
        fresh: two new ones; as many are taken as are needed.
        now: the present instant.
        compromised: the present key is not believed any more, nor is what it signed.
    """
    spare = list(fresh)
    following = next((key for key in keys if key.use is KeyUse.NEXT), None) or spare.pop()
    signer = replace(following, use=KeyUse.CURRENT, since=now)
    coming = replace(spare.pop(), use=KeyUse.NEXT, since=now)
    ended = KeyUse.REVOKED if compromised else KeyUse.RETIRED
    former = [
        replace(key, use=ended, since=now) if key.use is KeyUse.CURRENT else key
        for key in keys
        if key.use is not KeyUse.NEXT
    ]
    return (signer, coming, *former)
