"""The supervisor's hold on its children: starting them, hearing from them, starting them again."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import structlog

from renkei.order import READY, Order

log = structlog.get_logger()
WORKER = "renkei.worker"
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
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

    @property
    def is_ready(self) -> bool:
        """Whether a worker serves in this place."""
        return self.child is not None and self.child.is_ready

    @property
    def due_in_s(self) -> float | None:
        """After how many seconds it wants to be tended, if not before an event."""
        return self._pause.left_s if self.child is None else None

    def tend(self) -> None:
        """Notice a worker's death, and put the next one in its place when it is time."""
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
        if self._pause.left_s == 0:
            self.child = Child(WORKER, self._task).command(self._order)
