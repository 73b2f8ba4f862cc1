"""The loader: a process that loads the program once, from which workers and preparation fork.

Loading takes longer than everything else in a start, and what is loaded takes most of a worker's
memory: forked, it is paid for once. A process is forked only where that is sound: this one has a
single thread, no event loop and no connection, and a new one is a child of the supervisor, not of
this one. Which of them exist is in the supervisor's hands alone (`renkei.nursery`).

    supervisor ─┬─ loader ── (between, gone at once)
                └──────────────────└─ worker, preparation
"""

import ctypes
import gc
import importlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from renkei.loading import LOADED, imported

_ASKED_BYTES = 1 << 12
_GLANCE_S = 0.001
_ARGUMENTS = slice(48 - 3, 49 - 3 + 1)  # proc(5): arg_start and arg_end, behind pid and name


def main() -> None:
    """Load, say so, fork whatever is asked for; a process that was forked goes on from here."""
    channel = socket.socket(fileno=0)
    gc.disable()
    _load(sys.argv[1:])
    named = channel.recv(_ASKED_BYTES)
    if not named:
        return
    _load(json.loads(named))
    _settle()
    channel.send(LOADED)
    asked = _forked_for(channel)
    if asked is not None:
        module, task = asked
        _call_oneself(module, task)
        cast(Callable[[str], None], imported(f"{module}:main"))(task)


def _load(names: list[str]) -> None:
    """Import modules (`kit.db`), names (`kit.db:Database`); call functions (`kit.db:made()`)."""
    for name in names:
        module, _, attribute = name.partition(":")
        if not attribute:
            importlib.import_module(module)
        elif attribute.endswith("()"):
            cast(Callable[[], object], imported(name.removesuffix("()")))()
        else:
            imported(name)


def _settle() -> None:
    """Let garbage collection never look at what is there now.

    It would find next to nothing, take a seventh of the whole start, and in a child that touches
    these objects copy their memory.
    """
    gc.freeze()
    gc.enable()


def _forked_for(channel: socket.socket) -> tuple[str, str] | None:
    """Fork as often as asked.

    Returns:
        In a process that was forked, what it is to run; in the loader, at its end, None.

    Raises:
        SystemExit: there are threads, of which a fork would leave locks behind.
    """
    while True:
        asked, fds, _, _ = socket.recv_fds(channel, _ASKED_BYTES, 1)
        if not asked:
            return None
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            raise SystemExit("A module starts threads when it is loaded, so nothing can fork")
        [theirs] = fds
        pid = _fork_beside()
        if pid == 0:
            channel.detach()
            os.dup2(theirs, 0)
            os.close(theirs)
            os.setpgid(0, 0)  # a Ctrl-C is the supervisor's to hear
            module, task = json.loads(asked)
            return module, task
        os.close(theirs)
        channel.send(b"%d\n" % pid)


def _fork_beside() -> int:
    """Fork a process that the kernel gives to the supervisor, as the one between ends at once.

    Returns:
        Its number, or 0 in it.
    """
    heard, told = os.pipe()
    between = os.fork()
    if between == 0:
        os.close(heard)
        ending = os.getpid()
        made = os.fork()
        if made:
            os.write(told, b"%d" % made)
            os._exit(0)
        os.close(told)
        while os.getppid() == ending:
            time.sleep(_GLANCE_S)
        return 0
    os.close(told)
    with open(heard, "rb") as numbers:  # noqa: PTH123 - a descriptor, not a path
        number = int(numbers.read())
    os.waitpid(between, 0)
    return number


def _call_oneself(module: str, task: str) -> None:
    """Show in the list of processes what this one is, as if it had been started by itself."""
    with suppress(OSError, ValueError):
        told = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        begin, end = map(int, told[_ARGUMENTS])
        words = "\0".join((sys.executable, "-P", "-m", module, task)).encode()
        ctypes.memmove(begin, words[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)


if __name__ == "__main__":
    main()
