"""Look-ups of many that go to a database together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Gathered(Generic[_Key, _Value]):
    """Looks keys up, and what is asked for while one look-up is under way with the next one.

    So however many ask for however many keys, one connection is enough. What is answered was read
    after it was asked for.

    Args:
        read: reads what there is of some keys.
    """

    def __init__(self, read: Callable[[frozenset[_Key]], Awaitable[Mapping[_Key, _Value]]]) -> None:
        self._read = read
        self._reading = asyncio.Lock()
        self._next: _Batch[_Key, _Value] = _Batch()

    async def find(self, key: _Key) -> _Value | None:
        """Answer with what there is of a key.

        Raises:
            Exception: what the look-up raised, to everybody whose key was in it.
        """
        batch = self._next
        batch.keys.add(key)
        async with self._reading:
            if not batch.is_read:
                self._next = _Batch()
                await self._fill(batch)
        if batch.failure is not None:
            raise batch.failure
        return batch.found.get(key)

    async def _fill(self, batch: "_Batch[_Key, _Value]") -> None:
        """Read for a whole batch; who is cancelled leaves it to the next one of it."""
        try:
            batch.found = await self._read(frozenset(batch.keys))
        except Exception as error:  # noqa: BLE001 — it is raised to everybody who asked
            batch.failure = error
        batch.is_read = True


class _Batch(Generic[_Key, _Value]):
    """What is looked up at once."""

    __slots__ = ("failure", "found", "is_read", "keys")

    def __init__(self) -> None:
        self.keys: set[_Key] = set()
        self.found: Mapping[_Key, _Value] = {}
        self.failure: Exception | None = None
        self.is_read = False
