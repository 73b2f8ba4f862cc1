"""A rolling restart: the databases are prepared, then workers are replaced one after the other.

A successor takes connections from the same socket as the worker it replaces, and that one retires
only when the successor serves; so there is a moment with both and none without. Where a step fails
the rest is left as it is.
"""

import socket
from collections.abc import Sequence

import structlog

from renkei.children import Child, WorkerSlot
from renkei.order import Order
from renkei.settings import Settings

log = structlog.get_logger()


class Roll:
    """One rolling restart under way.

    Args:
        slots: the places of all workers.
        preparation: what readies the databases, without its order yet.
        settings: what the successors run with.
    """

    def __init__(self, slots: Sequence[WorkerSlot], preparation: Child, settings: Settings) -> None:
        self._left = list(slots)
        self._settings = settings
        self._preparation: Child | None = preparation.command(Order(settings=settings))
        self._current: tuple[WorkerSlot, Child] | None = None
        self.failure: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, good or bad."""
        nothing_left = self._preparation is None and self._current is None and not self._left
        return self.failure is not None or nothing_left

    @property
    def channels(self) -> list[socket.socket]:
        """Where to hear of its next event; workers' own channels are their places'."""
        return [] if self._preparation is None else [self._preparation.channel]

    def tend(self) -> None:
        """Take the next step, if it is time."""
        if self.is_over:
            return
        if self._preparation is not None:
            self._tend_preparation(self._preparation)
        elif self._current is not None:
            self._tend_current(*self._current)
        if self._preparation is None and self._current is None and self._left and not self.failure:
            slot = self._left.pop(0)
            self._current = slot, slot.replace(self._settings)

    def close(self) -> None:
        """End what it has started beside the workers."""
        if self._preparation is not None:
            self._preparation.close()

    def _tend_preparation(self, child: Child) -> None:
        if child.is_alive:
            return
        child.close()
        self._preparation = None
        if child.process.returncode:
            self._fail("the databases could not be prepared")

    def _tend_current(self, slot: WorkerSlot, successor: Child) -> None:
        if slot.child is successor and slot.is_ready:
            self._current = None
        elif not successor.is_alive:
            self._fail("a new worker did not start")

    def _fail(self, why: str) -> None:
        self.failure = why
        log.error("restart_given_up", reason=why, not_replaced=len(self._left) + 1)
