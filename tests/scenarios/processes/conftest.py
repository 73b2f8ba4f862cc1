"""Instances of the small app under the real supervisor."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pytest

from tests import asking

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}"}


def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> bool:
    """Wait until something holds, as long as it may take on a busy machine."""
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        if holds():
            return True
        time.sleep(0.05)
    return False


@dataclass(frozen=True, slots=True)
class Instance:
    """One running instance."""

    process: subprocess.Popen[str]
    data: Path
    url: str

    def get(self, path: str = "/") -> httpx2.Response:
        """Ask it, over a new connection."""
        return asking.get(self.url + path, timeout=30)

    def keep(self, number: int) -> None:
        """Have it keep a number; answers when that is durable."""
        assert asking.post(f"{self.url}/kept?n={number}", timeout=30).status_code == 200

    def family(self) -> list[psutil.Process]:
        """Everything it started, and itself."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """Its workers."""
        return [one for one in self.family() if "renkei.worker" in _command(one)]

    def postmaster(self) -> psutil.Process:
        """Its PostgreSQL."""
        [one] = [
            child
            for child in psutil.Process(self.process.pid).children()
            if "unix_socket_directories" in " ".join(_command(child))
        ]
        return one


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def survivors(family: list[psutil.Process], within_s: float = 60.0) -> list[psutil.Process]:
    """Which of these processes are still there after a while."""
    psutil.wait_procs(family, timeout=within_s)
    return [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


Start = Callable[..., Instance]


@pytest.fixture
def command() -> list[str]:
    """What starts a supervisor."""
    return [sys.executable, str(HERE / "supervise.py")]


@pytest.fixture
def start(tmp_path: Path, command: list[str]) -> Iterator[Start]:
    """Start an instance and wait until it serves; all are ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def starting(name: str = "data", *, port: int = 0, workers: int = 2) -> Instance:
        data = tmp_path / name
        process = subprocess.Popen(
            [*command, str(data), str(port), str(workers)],
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            process_group=0,
        )
        started.append(process)
        assert process.stdout is not None
        ready = re.match(r"ready (\S+)\n", process.stdout.readline())
        assert ready
        return Instance(process, data, ready[1])

    yield starting
    for process in started:
        process.terminate()
        process.wait(15)
        assert process.stdout is not None
        process.stdout.close()
