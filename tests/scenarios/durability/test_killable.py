"""Who is killed was at work: the death of a worker that serves nobody proves nothing."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.scenarios.durability.killable import Killable

_LOADS = "print(flush=True)\nwhile True: pass"
_SERVES = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
taken, _ = listener.accept()
print(flush=True)
taken.recv(1)
"""


class Standing(Killable):
    """A platform whose workers are given."""

    def __init__(self, data: Path, port: int, processes: list[subprocess.Popen[bytes]]) -> None:
        super().__init__(data, port)
        self._processes = processes

    def workers(self) -> list[psutil.Process]:
        return [psutil.Process(one.pid) for one in self._processes]


@pytest.fixture
def processes(free_port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    with ExitStack() as stack:
        started = []
        for code in (_LOADS, _SERVES):
            command = (sys.executable, "-c", code, str(free_port))
            one = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            stack.callback(one.kill)
            assert one.stdout is not None
            one.stdout.readline()
            started.append(one)
        yield started


def test_a_worker_with_connections_is_killed_rather_than_one_that_is_busy_by_itself(
    tmp_path: Path, free_port: int, processes: list[subprocess.Popen[bytes]]
) -> None:
    loads, serves = processes
    with socket.create_connection(("127.0.0.1", free_port)):
        assert serves.stdout is not None
        serves.stdout.readline()
        Standing(tmp_path / "data", free_port, processes).kill_worker()
        assert serves.wait(10) == -9
    assert loads.poll() is None
