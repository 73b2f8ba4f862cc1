"""The supervisor's hold on its children: starting them, hearing from them, starting them again."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import structlog

from renkei.order import LISTEN, READY, Order
from renkei.settings import Settings

log = structlog.get_logger()
WORKER = "renkei.worker"
PREPARE = "renkei.prepare"
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


class Process(Protocol):
    """A process of ours, however it began; subprocess.Popen is one."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Answer with the exit code, negative for a signal, or None while it lives."""
        ...

    def wait(self) -> int | None:
        """Wait for its end."""
        ...

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, unless it has ended."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


class Nursery(Protocol):
    """Where children come from."""

    def start(self, module: str, task: str) -> "Child":
        """Start one.

        Args:
            module: what it runs.
            task: the import string of what that calls: an app factory, or the preparation.
        """
        ...


class Child:
    """A Python process of ours that waits for its order; it ends when we do.

    Args:
        channel: our end of the way to it.
    """

    def __init__(self, process: Process, channel: socket.socket) -> None:
        self.process = process
        self.channel = channel
        self.began_at = time.monotonic()
        self.is_ready = False
        self._ends_by: float | None = None

    @classmethod
    def spawned(cls, module: str, task: str) -> "Child":
        """Start one that loads everything itself; the arguments are those of `Nursery.start`.

        What is in the directory where somebody happened to start is not loaded (`-P`).
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", module, task],
                stdin=theirs.fileno(),
                process_group=0,  # a Ctrl-C is the supervisor's to hear
            )
        return cls(process, ours)

    def command(self, order: Order) -> "Child":
        """Give it its order; a process that has died already is noticed by who tends it."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.channel.send(replace(order, parent=os.getpid()).dump())
        return self

    def listen_at(self, listener_fd: int) -> "Child":
        """Give a worker the socket to serve on, which it waits for when it has its order."""
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self.channel, [LISTEN], [listener_fd])
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
        nursery: where workers come from.
        task: the import string of each worker's app factory.
        order: what each worker in it is told.
        listener_fd: the socket that each worker in it serves on.
        first: a worker that was given the order already and waits for the socket.
    """

    def __init__(
        self, nursery: Nursery, task: str, order: Order, listener_fd: int, first: Child
    ) -> None:
        self._nursery = nursery
        self._task = task
        self._order = order
        self._listener_fd = listener_fd
        self._pause = Pause()
        self.child: Child | None = first.listen_at(listener_fd)
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
        self._successor = self._worker()
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
            self.child = self._worker()

    def _worker(self) -> Child:
        child = self._nursery.start(WORKER, self._task)
        return child.command(self._order).listen_at(self._listener_fd)

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
