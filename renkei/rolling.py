"""A rolling restart: the databases are prepared, then workers are replaced one after the other.

The program is loaded anew for it. A successor takes connections from the same socket as the worker
it replaces, and that one retires only when the successor serves; so there is a moment with both and
none without. Where a step fails the rest is left as it is.
"""

from collections.abc import Sequence

import structlog

from renkei.children import PREPARE, Child, WorkerSlot
from renkei.nursery import Nursery
from renkei.order import Order
from renkei.settings import Settings

log = structlog.get_logger()


class Roll:
    """One rolling restart under way.

    Args:
        slots: the places of all workers.
        nursery: where the preparation comes from, and successors.
        preparation: the import string of what readies the databases.
        settings: what the successors run with.
    """

    def __init__(
        self, slots: Sequence[WorkerSlot], nursery: Nursery, preparation: str, settings: Settings
    ) -> None:
        self._left = list(slots)
        self._nursery = nursery
        self._settings = settings
        self._task = preparation
        self._is_prepared = False
        nursery.load()  # anew: who restarts after a change of the program wants what there is now
        self._preparation: Child | None = None
        self._current: tuple[WorkerSlot, Child] | None = None
        self.failure: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, good or bad."""
        nothing_left = self._is_prepared and self._current is None and not self._left
        return self.failure is not None or nothing_left

    def tend(self) -> None:
        """Take the next step, if it is time."""
        if self.is_over:
            return
        self._nursery.tend()
        if not self._nursery.is_settled:
            return
        if not self._is_prepared:
            self._tend_preparation()
        elif self._current is not None:
            self._tend_current(*self._current)
        if self._is_prepared and self._current is None and self._left and not self.failure:
            slot = self._left.pop(0)
            self._current = slot, slot.replace(self._settings)

    def close(self) -> None:
        """End what it has started beside the workers."""
        if self._preparation is not None:
            self._preparation.close()

    def _tend_preparation(self) -> None:
        child = self._preparation
        if child is None:
            child = self._nursery.start(PREPARE, self._task)
            self._preparation = child.command(Order(settings=self._settings))
        elif not child.is_alive:
            child.close()
            self._preparation = None
            if child.process.returncode:
                self._fail("the databases could not be prepared")
            else:
                self._is_prepared = True

    def _tend_current(self, slot: WorkerSlot, successor: Child) -> None:
        if slot.child is successor and slot.is_ready:
            self._current = None
        elif not successor.is_alive:
            self._fail("a new worker did not start")

    def _fail(self, why: str) -> None:
        self.failure = why
        log.error("restart_given_up", reason=why, not_replaced=len(self._left) + 1)
