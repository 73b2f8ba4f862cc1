"""`python -m loadtests.footprint`: what an idle platform takes, and how soon it answers.

For each choice of houses a platform is started on a fresh directory and, stopped, again on the same
one. Told is the time from the command to the first answer, the CPU it took, and the memory of each
worker when nothing has been asked of it for a while: resident, and its own (what no other process
shares).
"""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

_CHOICES: Sequence[tuple[str, ...]] = ((), ("broker",), ("broker", "joint_use"))
_MB = 1_000_000
_LIMIT_S = 120.0
_IDLE_S = 10.0
_GLANCE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one start took.

    Args:
        cpu_s: of all its processes until the first answer; others at work on the machine stretch
            the seconds and hardly this.
    """

    seconds: float
    cpu_s: float
    resident_mb: float
    own_mb: float


def measure(data: Path, houses: Sequence[str], workers: int) -> Taken:
    """Start, wait, look, stop."""
    with _port() as port:
        options = [word for house in houses for word in ("--house", house)]
        command = [
            *(sys.executable, "-m", "renkei", "up", "--data", str(data), "--no-demo"),
            *("--port", str(port), "--workers", str(workers), *options),
        ]
    began_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
        try:
            _await_answer(port, process)
            seconds, cpu_s = time.perf_counter() - began_s, _cpu_s(process.pid)
            time.sleep(_IDLE_S)
            memory = [_memory(one) for one in _workers(process.pid)]
        finally:
            process.terminate()
            process.wait(_LIMIT_S)
    return Taken(
        seconds=seconds,
        cpu_s=cpu_s,
        resident_mb=statistics.mean(resident for resident, _ in memory),
        own_mb=statistics.mean(own for _, own in memory),
    )


def _await_answer(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Ask until there is an answer.

    Raises:
        ValueError: the platform ends, or does not answer.
    """
    ends_s = time.monotonic() + _LIMIT_S
    while process.poll() is None and time.monotonic() < ends_s:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1) as answer:
                answer.read()
        except (URLError, OSError):
            time.sleep(_GLANCE_S)
        else:
            return
    raise ValueError("The platform does not answer")


def _cpu_s(supervisor: int) -> float:
    """Sum up the CPU of a process and all that it started, those that have ended too."""
    root = psutil.Process(supervisor)
    spent_s = 0.0
    for one in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ends just now
            spent_s += sum(one.cpu_times()[:4])
    return spent_s


def _workers(supervisor: int) -> list[psutil.Process]:
    children = psutil.Process(supervisor).children()
    return [child for child in children if "renkei.worker" in child.cmdline()]


def _memory(process: psutil.Process) -> tuple[float, float]:
    told = process.memory_full_info()
    return told.rss / _MB, told.uss / _MB


@contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.footprint", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    said = parser.parse_args()
    headings = ("houses", "fresh s", "CPU s", "existing s", "CPU s", "resident MB", "own MB")
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}", flush=True)
    for houses in _CHOICES:
        fresh, existing = [], []
        for _ in range(said.rounds):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                Path(folder).chmod(0o755)  # PostgreSQL has an account of its own
                data = Path(folder) / "data"
                fresh.append(measure(data, houses, said.workers))
                existing.append(measure(data, houses, said.workers))
        row = (
            f"{statistics.median(one.seconds for one in fresh):.1f}",
            f"{statistics.median(one.cpu_s for one in fresh):.1f}",
            f"{statistics.median(one.seconds for one in existing):.1f}",
            f"{statistics.median(one.cpu_s for one in existing):.1f}",
            f"{statistics.median(one.resident_mb for one in existing):.0f}",
            f"{statistics.median(one.own_mb for one in existing):.0f}",
        )
        print(f"| {', '.join(houses) or 'all'} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
