"""What was found a moment ago, for as long as no entry has changed since."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Noted(Generic[T]):
    value: T
    weight: int
    changes: int
    until_s: float


class Remembered(Generic[T]):
    """Answers by what was asked; those asked for least lately are forgotten first.

    Args:
        longest_s: how long an answer is given again at most.
        most: the weight of all answers together.
        clock: tells seconds, for tests.

    >>> counts = Remembered[int](longest_s=60, most=10)
    >>> counts.keep("toilets", 1, 20, weight=1)
    >>> counts.find("toilets", 1), counts.find("toilets", 2)
    (20, None)
    """

    def __init__(
        self, *, longest_s: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._longest_s = longest_s
        self._most = most
        self._clock = clock
        self._noted: OrderedDict[Hashable, _Noted[T]] = OrderedDict()
        self._weight = 0

    def find(self, asked: Hashable, changes: int) -> T | None:
        """Answer as before; None: nothing is known, or it was before a change."""
        noted = self._noted.get(asked)
        if noted is None:
            return None
        if noted.changes != changes or self._clock() >= noted.until_s:
            self._forget(asked)
            return None
        self._noted.move_to_end(asked)
        return noted.value

    def keep(self, asked: Hashable, changes: int, value: T, *, weight: int) -> None:
        """Keep an answer, as it is after so many changes."""
        self._forget(asked)
        self._noted[asked] = _Noted(value, weight, changes, self._clock() + self._longest_s)
        self._weight += weight
        while self._weight > self._most:
            self._forget(next(iter(self._noted)))

    def _forget(self, asked: Hashable) -> None:
        noted = self._noted.pop(asked, None)
        if noted is not None:
            self._weight -= noted.weight
