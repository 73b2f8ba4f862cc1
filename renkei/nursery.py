"""Where the supervisor's children come from: forked from what is loaded already, or started anew.

The first way is Linux's alone; the second is there for everybody else, and for the time in which a
loader has died.
"""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from renkei.children import Child
from renkei.loading import Loading, NotForked

log = structlog.get_logger()

_PR_SET_CHILD_SUBREAPER = 36


class Nursery:
    """Starts children.

    Args:
        names: import strings of what is loaded once for all of them.
        begun: a loader that has begun already, to be used first.
    """

    def __init__(self, names: Sequence[str], begun: Loading | None = None) -> None:
        self._names = names
        self._begun = begun
        self._loaded: Loading | None = None
        self._loading: Loading | None = None

    def load(self) -> None:
        """Begin to load, anew where something is loaded: children come from that once it is."""
        if sys.platform == "linux" and self._loading is None:
            self._loading, self._begun = self._begun or Loading(self._names), None
            self._loading.complete(self._names)

    @property
    def is_settled(self) -> bool:
        """Whether loading has come to its end, good or bad."""
        return self._loading is None

    @property
    def channels(self) -> list[socket.socket]:
        """Where to hear that it has."""
        return [] if self._loading is None else [self._loading.channel]

    def tend(self) -> None:
        """Hear of the end of loading; where it fails, what was loaded before stays in use."""
        if self._loading is None:
            return
        self._loading.listen()
        if self._loading.is_ready:
            before, self._loaded, self._loading = self._loaded, self._loading, None
            if before is not None:
                before.close()
        elif not self._loading.is_alive:
            self._loading.close()
            self._loading = None
            log.warning("loader_died", children="load by themselves")

    def start(self, module: str, task: str) -> Child:
        """Start a child: quickly where something is loaded, slowly otherwise."""
        if self._loaded is not None:
            try:
                return _forked(self._loaded, module, task)
            except NotForked as error:
                log.warning("loader_died", children="load by themselves", reason=str(error))
                self._loaded.close()
                self._loaded = None
        return Child.spawned(module, task)

    def close(self) -> None:
        """End the loaders; children live on."""
        for loader in (self._loaded, self._loading):
            if loader is not None:
                loader.close()
        self._loaded = self._loading = None


def _forked(loader: Loading, module: str, task: str) -> Child:
    """Have a process forked, that is ours.

    Raises:
        NotForked: the loader has died, or does not answer.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs, _adopting():
            return Child(Forked(loader.fork(module, task, theirs)), ours)
    except NotForked:
        ours.close()
        raise


class Forked:
    """A child that we did not start ourselves: what subprocess.Popen is for the others."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Answer with its exit code, negative for a signal, or None while it lives."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end."""
        return self._reap(0)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


@contextmanager
def _adopting() -> Iterator[None]:
    """Be given whose parent ends meanwhile, and nobody else's children after that."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
