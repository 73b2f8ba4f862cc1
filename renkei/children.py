"""The supervisor's hold on its children: starting them, hearing from them, starting them again."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import structlog

from renkei.order import READY, Order
from renkei.settings import Settings

log = structlog.get_logger()
WORKER = "renkei.worker"
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
_LAST_MOMENTS_S = 10.0  # what a retired worker has for its own end, beside that of its requests
_SETTLED_S = 30.0  # who lives this long failed for a new reason


class Pause:
    """How long to wait before the next attempt: longer each time, never for ever."""

    def __init__(self) -> None:
        self._failures = 0
        self._due_at = 0.0

    def failed(self, lived_s: float = 0.0) -> float:
        """Count a failure of what lived this long; answers with the seconds to wait."""
        self._failures = 1 if lived_s > _SETTLED_S else self._failures + 1
        pause_s = min(_FIRST_PAUSE_S * 2.0 ** (self._failures - 1), _LONGEST_PAUSE_S)
        self._due_at = time.monotonic() + pause_s
        return pause_s

    @property
    def left_s(self) -> float:
        """How much of the wait is left."""
        return max(0.0, self._due_at - time.monotonic())


class Child:
    """A Python process of ours that loads its task and waits for the order; it ends when we do.

    Args:
        module: what it runs.
        task: the import string of what that calls: an app factory, or the preparation.
    """

    def __init__(self, module: str, task: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, task],
                stdin=theirs.fileno(),
                process_group=0,  # a Ctrl-C is the supervisor's to hear
            )
        self.channel = ours
        self.began_at = time.monotonic()
        self.is_ready = False
        self._ends_by: float | None = None

    def command(self, order: Order) -> "Child":
        """Give it its order; a process that has died already is noticed by who tends it."""
        fds = [] if order.listener_fd is None else [order.listener_fd]
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self.channel, [replace(order, parent=os.getpid()).dump()], fds)
        self.channel.setblocking(False)
        return self

    def listen(self) -> None:
        """Hear whether it says that it is ready."""
        try:
            self.is_ready = self.is_ready or self.channel.recv(64).endswith(READY)
        except (BlockingIOError, ConnectionResetError):
            return

    @property
    def is_alive(self) -> bool:
        """Whether the process lives."""
        return self.process.poll() is None

    def terminate(self) -> None:
        """Ask it to finish and end."""
        self.process.terminate()

    def retire(self, within_s: float) -> None:
        """Tell it that another serves in its place: it finishes and ends, in no hurry."""
        self._ends_by = time.monotonic() + within_s
        self.process.send_signal(signal.SIGHUP)

    @property
    def is_overdue(self) -> bool:
        """Whether it was to have ended by now."""
        return self._ends_by is not None and time.monotonic() > self._ends_by

    def close(self) -> None:
        """End it, if it lives, and let go of it."""
        self.process.kill()
        self.process.wait()
        self.channel.close()


class WorkerSlot:
    """A place for one worker, filled again whenever it is empty.

    Args:
        task: the import string of each worker's app factory.
        order: what each worker in it is told.
        first: a worker that was started already and waits for its order.
    """

    def __init__(self, task: str, order: Order, first: Child) -> None:
        self._task = task
        self._order = order
        self._pause = Pause()
        self.child: Child | None = first.command(order)
        self._successor: Child | None = None
        self._retired: list[Child] = []

    @property
    def is_ready(self) -> bool:
        """Whether a worker serves in this place."""
        return self.child is not None and self.child.is_ready

    @property
    def due_in_s(self) -> float | None:
        """After how many seconds it wants to be tended, if not before an event."""
        return self._pause.left_s if self.child is None else None

    @property
    def children(self) -> list[Child]:
        """Everybody who lives here."""
        here = [self.child, self._successor, *self._retired]
        return [child for child in here if child is not None]

    @property
    def channels(self) -> list[socket.socket]:
        """Where words of workers that start come from."""
        starting = [self.child, self._successor]
        return [child.channel for child in starting if child is not None and not child.is_ready]

    def replace(self, settings: Settings) -> Child:
        """Start a successor, on the same socket; the worker retires when that one serves."""
        self._order = replace(self._order, settings=settings)
        self._successor = Child(WORKER, self._task).command(self._order)
        return self._successor

    def tend(self) -> None:
        """Notice a worker's death, and put the next one in its place when it is time."""
        self._tend_retired()
        self._tend_successor()
        if self.child is not None:
            self.child.listen()
            if self.child.is_alive:
                return
            child, self.child = self.child, None
            child.close()
            pause_s = self._pause.failed(time.monotonic() - child.began_at)
            log.error(
                "worker_died",
                pid=child.process.pid,
                exit_code=child.process.returncode,
                next_in_s=pause_s,
            )
        if self._pause.left_s == 0 and self._successor is None:
            self.child = Child(WORKER, self._task).command(self._order)

    def _tend_retired(self) -> None:
        for child in [one for one in self._retired if not one.is_alive or one.is_overdue]:
            self._retired.remove(child)
            child.close()

    def _tend_successor(self) -> None:
        successor = self._successor
        if successor is None:
            return
        successor.listen()
        if successor.is_ready:
            if self.child is not None:
                self.child.retire(self._order.settings.stopping.retire_s + _LAST_MOMENTS_S)
                self._retired.append(self.child)
            self.child, self._successor = successor, None
        elif not successor.is_alive:
            log.error("successor_died", exit_code=successor.process.returncode)
            successor.close()
            self._successor = None
