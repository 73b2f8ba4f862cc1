"""A real platform, started as an operator starts it, and ways to kill parts of it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from renkei.instance import Instance

START_LIMIT_S = 120.0
_STOP_LIMIT_S = 60.0
_GONE_LIMIT_S = 60.0
RENKEI_UP = (sys.executable, "-m", "renkei", "up")


class Killable:
    """A platform under `renkei up`, in a data directory and on a port of a test's own."""

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        workers: int = 2,
        more: tuple[str, ...] = (),
        program: tuple[str, ...] = RENKEI_UP,
        environment: Mapping[str, str] | None = None,
        starts_within_s: float = START_LIMIT_S,
    ) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._log = data.parent / "renkei.log"
        options = ("--data", str(data), "--port", str(port), "--workers", str(workers))
        self._options = (*options, "--auth", "off", "--no-demo", *more)
        self.program = program
        self._starts_within_s = starts_within_s
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop it as an operator does, abruptly where that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            kill(self.tree())
            self._process.wait(_STOP_LIMIT_S)

    def start(self) -> None:
        """Start it and wait until all of its workers serve.

        `/health/ready` is one worker's word: while another still loads, all connections can be
        with that one.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                (*self.program, *self._options),
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self.data.parent,  # and not where one version of the program lies
            )
        wait_until(self._is_whole, self._starts_within_s, self.log)

    def is_ready(self) -> bool:
        """Whether `/health/ready` says so."""
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            with urlopen(f"{self.url}/health/ready", timeout=2) as answer:  # noqa: S310 - http://
                status: int = answer.status
                return status == 200
        except (URLError, OSError):
            return False

    def await_service(self) -> None:
        """Wait until somebody serves again after a kill, however slow the machine is.

        Who kills by the clock alone kills, on a busy machine, workers that never served.
        """
        wait_until(self.is_ready, self._starts_within_s, self.log)

    def _is_whole(self) -> bool:
        """Whether each place for a worker has one that serves, as the supervisor knows."""
        running = Instance(self.data).running()
        return self.is_ready() and running is not None and running.is_ready

    def log(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(errors="replace")[-4000:]

    def tree(self) -> list[psutil.Process]:
        """The supervisor and everything below it, PostgreSQL with its helpers too."""
        assert self._process is not None
        supervisor = psutil.Process(self._process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if "renkei.worker" in _command_of(child)]

    def kill_tree(self) -> None:
        """Kill -9 everything at once, as the end of the machine would, but for its disk."""
        tree = self.tree()
        kill(tree)
        self._await_end(tree)

    def kill_supervisor(self) -> None:
        """Kill -9 the supervisor alone; whatever it started has to end by itself."""
        tree = self.tree()
        kill(tree[:1])
        self._await_end(tree)

    def kill_worker(self) -> None:
        """Kill -9 the one with the most connections: who serves nobody would prove nothing.

        One that still loads its modules has had much of the processor and holds no connection.
        """
        wait_until(lambda: bool(self.workers()), self._starts_within_s, self.log)
        kill([max(self.workers(), key=self._at_work)])

    def _at_work(self, worker: psutil.Process) -> tuple[int, float]:
        """Say how many connections a worker has taken, and what it has worked."""
        try:
            taken = [
                one
                for one in worker.net_connections("tcp")
                if one.status == psutil.CONN_ESTABLISHED and one.laddr.port == self._port
            ]
            return len(taken), sum(worker.cpu_times()[:2])
        except psutil.NoSuchProcess:
            return -1, 0.0

    def kill_postgres(self) -> None:
        """Kill -9 PostgreSQL's first process, if there is one at the moment."""
        pid_file = self.data / "postgres" / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, psutil.NoSuchProcess):
            first = psutil.Process(int(pid_file.read_text().split()[0]))
            if first.name().startswith("postgres"):  # and not another's reused number
                kill([first])

    def _await_end(self, tree: list[psutil.Process]) -> None:
        assert self._process is not None
        self._process.wait(_GONE_LIMIT_S)
        _, alive = psutil.wait_procs(tree[1:], timeout=_GONE_LIMIT_S)
        assert not alive, f"these live on: {[_command_of(process) for process in alive]}"


def kill(processes: list[psutil.Process]) -> None:
    """Kill -9, from parent to child."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def wait_until(
    is_so: Callable[[], bool], limit_s: float, explain: Callable[[], str] = lambda: ""
) -> None:
    """Wait until something is so, with a generous limit."""
    ends_at = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < ends_at, f"it is not so after {limit_s} s: {explain()}"
        time.sleep(0.02)


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
