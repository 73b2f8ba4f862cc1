"""Passwords: argon2id in threads, a few at a time; and how well they could be guessed."""

import asyncio
import base64
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp_federation import factors
from idp_federation.accounts.errors import Busy
from idp_federation.accounts.password import Guess

Answer = TypeVar("Answer")

AT_ONCE = 2
WAITING = 64
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)  # RFC 9106 §4, second


class Argon2:
    """Hashes passwords; satisfies `PasswordHashing`.

    Each takes 64 MiB while it runs, so a process runs few at once and lets few wait.

    Args:
        waiting: how many may run or wait.
    """

    def __init__(self, waiting: int = WAITING) -> None:
        self._most = waiting
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys = _nobodys_hash()

    async def hash(self, password: str) -> bytes:
        """Hash a new password."""
        return (await self._in_turn(lambda: _HASHER.hash(password))).encode()

    async def matches(self, kept: bytes | None, password: str) -> bool:
        """Tell whether a password is the one; without one that is kept it takes as long."""
        against = self._nobodys if kept is None else kept
        return await self._in_turn(lambda: _matches(against, password)) and kept is not None

    def is_outdated(self, kept: bytes) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return _HASHER.check_needs_rehash(kept.decode())

    async def guess(self, password: str, about: Sequence[str]) -> Guess:
        """Say how well a password could be guessed."""
        return await self._in_turn(lambda: factors.guess(password, about))

    async def _in_turn(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= self._most:
            raise Busy(
                "Too many people sign in at this moment; right is to try again in a few seconds",
                detail_ja="アクセスが集中しています。数秒おいて、もう一度お試しください。",
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _matches(kept: bytes, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _nobodys_hash() -> bytes:
    """Make a hash of today's parameters that no password has."""
    salt, tag = (base64.b64encode(os.urandom(size)).rstrip(b"=") for size in (16, 32))
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return b"$argon2id$v=19$" + cost.encode() + b"$" + salt + b"$" + tag
