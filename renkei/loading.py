"""A loader's process, from the outside.

It can begin before the settings are read: what every instance needs is known without them, and the
rest is named when they are. So this module itself loads next to nothing.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

LOADED = b"loaded\n"
EVERYBODYS = (
    "renkei.worker:main",
    "renkei.prepare:main",
    "renkei.app:create_app",
    # what libraries load when they are first used
    "httpcore2",
    "pydantic.v1",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    # what is the same in all processes, and read from many files
    "datamodels:built_in()",
)
"""What every instance of the platform needs: modules, import strings, and calls without arguments
of what keeps its answer."""

_LOADER = "renkei.loader"
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # a process with threads cannot be forked soundly
_ANSWER_S = 30.0
_NUMBER_BYTES = 32


def asked_part(words: Sequence[str]) -> str | None:
    """Say which part of the command a command line names."""
    return next((word for word in words[1:] if not word.startswith("-")), None)


def imported(name: str) -> object:
    """Import `module:attribute`."""
    module, _, attribute = name.partition(":")
    found: object = getattr(importlib.import_module(module), attribute)
    return found


class NotForked(Exception):
    """The loader gave no process."""


class Loading:
    """A loader, from its beginning on.

    Args:
        names: what it begins to load, before `complete` names everything; they stand in the list of
            processes, where a forked process writes its own name over them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", _LOADER, *names],
                stdin=theirs.fileno(),
                process_group=0,
                env={**_ONE_THREAD, **os.environ},
            )
        self.is_ready = False

    @property
    def is_alive(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def complete(self, names: Sequence[str]) -> None:
        """Name everything that is to be loaded; one that has died is noticed by who listens."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.channel.send(json.dumps([*names]).encode())
        self.channel.setblocking(False)

    def listen(self) -> None:
        """Hear whether it says that everything is loaded."""
        try:
            self.is_ready = self.is_ready or self.channel.recv(_NUMBER_BYTES) == LOADED
        except (BlockingIOError, ConnectionResetError):
            return

    def fork(self, module: str, task: str, channel: socket.socket) -> int:
        """Have a process forked, whose parent ends at once.

        Args:
            module: what it runs.
            task: what that is called with.
            channel: what it gets as its standard input.

        Returns:
            Its number.

        Raises:
            NotForked: the loader has died, or does not answer.
        """
        self.channel.settimeout(_ANSWER_S)
        try:
            asked = json.dumps([module, task]).encode()
            socket.send_fds(self.channel, [asked], [channel.fileno()])
            told = self.channel.recv(_NUMBER_BYTES)
        except OSError as error:
            raise NotForked(f"the loader does not answer: {error}") from error
        if not told:
            raise NotForked("the loader is gone")
        return int(told)

    def close(self) -> None:
        """End it; who was forked lives on."""
        self._process.kill()
        self._process.wait()
        self.channel.close()
