"""Long-lived tasks: supervised, restarted after a crash, owned by somebody who ends them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from kit import tracing

log = structlog.get_logger(__name__)

MakeCoroutine: TypeAlias = Callable[[], Coroutine[None, None, None]]
OnCrash: TypeAlias = Callable[[Exception], None]

CHANCE = random.SystemRandom()
"""Spreads waits, so that not all come back at once; it shares no state with anybody."""


_AILING_S = 60.0  # who crashed longer ago has recovered: the longest wait is half of it
_MOST_AILING = 50


@dataclass(frozen=True, slots=True)
class _Crash:
    """The last crash of a task."""

    at_s: float
    count: int
    error: str


_CRASHES: dict[str, _Crash] = {}
"""By the task's name, the newest last."""


def ailing() -> Mapping[str, str]:
    """Say of each task of this process that crashed a moment ago how often and by what."""
    now_s = time.monotonic()
    return {
        name: f"crashed {crash.count} times in a row, {now_s - crash.at_s:.0f} s ago "
        f"({crash.error}): see task_crashed in the log"
        for name, crash in _CRASHES.items()
        if now_s - crash.at_s < _AILING_S
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before the next start: doubled with each crash, up to a limit.

    A run that lasted longer than `limit_s` counts as healthy: the next wait is the first again.
    """

    first_s: float = 0.1
    limit_s: float = 30.0

    def wait_s(self, crashes: int) -> float:
        """Answer with the wait after this many crashes in a row.

        >>> [Backoff(first_s=1, limit_s=5).wait_s(crashes) for crashes in (1, 2, 3, 4, 5000)]
        [1.0, 2.0, 4.0, 5, 5]
        """
        return min(self.first_s * float(2 ** min(crashes - 1, 30)), self.limit_s)


async def supervise(
    name: str,
    make_coroutine: MakeCoroutine,
    *,
    on_crash: OnCrash | None = None,
    backoff: Backoff | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a coroutine, and again after each crash, until it returns or is cancelled.

    Args:
        name: what the logs call it.
        make_coroutine: makes a fresh coroutine for each start.
        on_crash: fails what was pending; called before the wait.
        backoff: how long to wait between starts.
        sleep: waits; a test may hand in its own.
    """
    tracing.set_current(None)  # who happened to start it is not who it works for
    backoff = backoff or Backoff()
    clock = asyncio.get_running_loop().time
    crashes = 0
    while True:
        started_s = clock()
        try:
            await make_coroutine()
        except Exception as exc:
            crashes = 1 if clock() - started_s > backoff.limit_s else crashes + 1
            wait_s = backoff.wait_s(crashes)
            log.exception("task_crashed", task=name, crashes=crashes, wait_s=wait_s)
            _note(name, crashes, exc)
            _tell(name, on_crash, exc)
            await sleep(wait_s)
        else:
            return


def _note(name: str, crashes: int, crash: Exception) -> None:
    _CRASHES.pop(name, None)
    _CRASHES[name] = _Crash(time.monotonic(), crashes, type(crash).__name__)
    while len(_CRASHES) > _MOST_AILING:
        del _CRASHES[next(iter(_CRASHES))]


def _tell(name: str, on_crash: OnCrash | None, crash: Exception) -> None:
    if on_crash is None:
        return
    try:
        on_crash(crash)
    except Exception:  # a faulty on_crash must not end the supervision
        log.exception("on_crash_failed", task=name)


class Tasks:
    """Owns supervised tasks: starts them, and at its close cancels and awaits all of them.

    They are siblings that live and die alone.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(
        self,
        name: str,
        make_coroutine: MakeCoroutine,
        *,
        on_crash: OnCrash | None = None,
        backoff: Backoff | None = None,
    ) -> asyncio.Task[None]:
        """Start one supervised task; cancelling the answered task ends it alone."""
        supervised = supervise(name, make_coroutine, on_crash=on_crash, backoff=backoff)
        task = asyncio.create_task(supervised, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel what runs still and wait until all of it has ended."""
        while self._running:
            running = tuple(self._running)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def __aenter__(self) -> "Tasks":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
