"""How much of its process's time something in the background takes."""

import time
from collections.abc import Callable


class Allotment:
    """A part of the time, of which some is saved up while it is not needed.

    Args:
        part: how much of the time it may take, in the long run.
        saved_s: the most that is saved up, in seconds of work; no more is ever owed either, so
            that after one long piece of work the rest is not without end.
        clock: monotonic seconds.
    """

    def __init__(
        self, *, part: float, saved_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._part = part
        self._most_s = saved_s
        self._clock = clock
        self._saved_s = saved_s
        self._at_s = clock()

    def spend(self, work_s: float) -> None:
        """Note that work took so many seconds until now."""
        self._earn()
        self._saved_s = max(self._saved_s - work_s, -self._most_s)

    def rest_s(self) -> float:
        """Answer with for how many seconds it has to rest before it works again."""
        self._earn()
        return max(-self._saved_s / self._part, 0.0)

    def _earn(self) -> None:
        now_s = self._clock()
        earned_s = (now_s - self._at_s) * self._part
        self._saved_s = min(self._saved_s + earned_s, self._most_s)
        self._at_s = now_s
