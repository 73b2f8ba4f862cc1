"""The process tree: what is killed comes back, and with the supervisor everything goes."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.scenarios.processes.conftest import (
    ENVIRONMENT,
    Start,
    eventually,
    survivors,
)

STOPS_WITHIN_S = 20.0
"""Five seconds are promised; a machine that does much else at once takes some more."""


def test_no_child_survives_a_kill_of_the_supervisor(start: Start) -> None:
    instance = start()
    family = instance.family()
    assert len(family) > 5
    instance.process.kill()
    assert survivors(family) == []


def test_an_instance_whose_supervisor_was_killed_starts_again_at_once(start: Start) -> None:
    first = start()
    first.keep(1)
    port = int(first.url.rpartition(":")[2])
    first.process.kill()
    first.process.wait()
    second = start(port=port)
    assert second.get("/kept").json() == [1]


def test_a_killed_worker_is_replaced(start: Start) -> None:
    instance = start()
    killed, other = instance.workers()
    killed.kill()
    assert eventually(lambda: len(set(instance.workers()) - {killed}) == 2)
    assert other in instance.workers()
    assert instance.get().status_code == 200


def test_a_worker_that_is_killed_again_and_again_is_replaced_each_time(start: Start) -> None:
    instance = start(workers=1)
    seen: set[int] = set()
    for _ in range(3):
        assert eventually(lambda: not seen.issuperset(one.pid for one in instance.workers()))
        [worker] = instance.workers()
        seen.add(worker.pid)
        worker.kill()
    assert instance.get().status_code == 200


def test_a_killed_postmaster_comes_back_with_every_row_under_the_same_workers(
    start: Start,
) -> None:
    instance = start()
    workers = instance.workers()
    for number in range(5):
        instance.keep(number)
        instance.postmaster().kill()
        assert eventually(lambda: instance.get("/kept").status_code == 200)
    assert instance.get("/kept").json() == [0, 1, 2, 3, 4]
    assert instance.workers() == workers


def test_while_the_database_is_away_workers_say_so(start: Start) -> None:
    instance = start()
    postmaster = instance.postmaster()
    postmaster.kill()
    postmaster.wait()
    seen = {instance.get("/kept").status_code}
    assert eventually(lambda: instance.get("/kept").status_code == 200)
    assert seen <= {200, 503}


def test_a_killed_backend_costs_no_row(start: Start) -> None:
    instance = start()
    instance.keep(1)
    instance.postmaster().children()[0].kill()
    assert eventually(lambda: instance.get("/kept").status_code == 200)
    assert instance.get("/kept").json() == [1]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_time_and_leaves_nothing(start: Start, how: signal.Signals) -> None:
    instance = start()
    family = instance.family()
    began = time.monotonic()
    if how is signal.SIGINT:  # as a terminal does: to everything in the foreground
        os.killpg(instance.process.pid, how)
    else:
        instance.process.send_signal(how)
    assert instance.process.wait(30) == 0
    assert time.monotonic() - began < STOPS_WITHIN_S
    assert survivors(family, 0.0) == []
    assert not (instance.data / "run.json").exists()


def answers_of(ask: Callable[[], httpx2.Response]) -> tuple[threading.Thread, list[str]]:
    """Ask in a thread; the list tells how that ended."""
    ends: list[str] = []

    def asking() -> None:
        try:
            ends.append(str(ask().status_code))
        except httpx2.HTTPError as error:
            ends.append(type(error).__name__)

    thread = threading.Thread(target=asking)
    thread.start()
    return thread, ends


def test_requests_under_way_are_finished_before_it_stops(start: Start) -> None:
    instance = start()
    thread, ends = answers_of(lambda: instance.get("/slow?s=1"))
    time.sleep(0.3)
    instance.process.terminate()
    thread.join()
    assert ends == ["200"]


def test_a_request_that_does_not_end_holds_nothing_up(start: Start) -> None:
    instance = start()
    family = instance.family()
    thread, ends = answers_of(lambda: instance.get("/slow?s=600"))
    time.sleep(0.3)
    began = time.monotonic()
    instance.process.terminate()
    instance.process.wait(30)
    assert time.monotonic() - began < STOPS_WITHIN_S
    assert survivors(family, 0.0) == []
    thread.join()
    assert ends
    assert ends != ["200"]


def test_a_worker_that_hangs_holds_nothing_up(start: Start) -> None:
    instance = start()
    family = instance.family()
    instance.workers()[0].suspend()
    began = time.monotonic()
    instance.process.terminate()
    instance.process.wait(30)
    assert time.monotonic() - began < STOPS_WITHIN_S
    assert survivors(family, 0.0) == []


def test_a_worker_that_hangs_does_not_survive_the_supervisor(start: Start) -> None:
    instance = start()
    family = instance.family()
    hanging = instance.workers()[0]
    hanging.suspend()
    instance.process.kill()
    hanging.resume()
    assert survivors(family) == []


def test_two_instances_live_side_by_side(start: Start) -> None:
    north, south = start("north"), start("south")
    north.keep(1)
    south.keep(2)
    assert (north.get("/kept").json(), south.get("/kept").json()) == ([1], [2])
    north.process.terminate()
    north.process.wait()
    assert south.get("/kept").json() == [2]


def test_a_second_start_on_the_same_data_is_refused_and_names_the_first(
    start: Start, command: list[str]
) -> None:
    first = start()
    family = first.family()
    second = subprocess.run(
        [*command, str(first.data), "0", "1"],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert second.returncode == 1
    assert f"process {first.process.pid} at {first.url}" in second.stderr
    assert first.family() == family


def test_a_taken_port_is_refused_before_anything_is_started(
    tmp_path: Path, command: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*command, str(tmp_path / "data"), str(port), "1"],
            check=False,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
    assert ended.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in ended.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_preparation_that_fails_ends_the_start(tmp_path: Path, command: list[str]) -> None:
    ended = subprocess.run(
        [*command, str(tmp_path / "data"), "0", "1", "served:refuse"],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert ended.returncode == 1
    assert "this preparation never succeeds" in ended.stderr
    assert "cannot be prepared" in ended.stderr


def test_a_restart_replaces_each_worker_and_lets_its_requests_finish(start: Start) -> None:
    instance = start()
    before = {worker.pid for worker in instance.workers()}
    thread, ends = answers_of(lambda: instance.get("/slow?s=4"))
    time.sleep(0.3)
    assert renkei("restart", "--data", str(instance.data)).returncode == 0
    served_by = {instance.get().json()["pid"] for _ in range(20)}
    thread.join()
    assert ends == ["200"]
    assert not served_by & before
    assert eventually(lambda: not before & {worker.pid for worker in instance.workers()})
    assert len(instance.workers()) == 2


def test_a_restart_whose_new_workers_do_not_start_leaves_the_old_ones(start: Start) -> None:
    instance = start()
    before = instance.workers()
    (instance.data / "broken").touch()
    refused = renkei("restart", "--data", str(instance.data))
    assert refused.returncode == 1
    assert "a new worker did not start" in refused.stderr
    assert instance.workers() == before
    assert instance.get().status_code == 200


def test_a_restart_with_settings_that_are_refused_changes_nothing(start: Start) -> None:
    instance = start()
    before = instance.workers()
    (instance.data / "settings.toml").write_text("prot = 1026")
    refused = renkei("restart", "--data", str(instance.data))
    assert refused.returncode == 1
    assert instance.workers() == before


def renkei(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "renkei", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRONMENT)


def test_status_and_down_find_the_instance_by_its_data(start: Start) -> None:
    instance = start()
    other = start("other")
    status = renkei("status", "--data", str(instance.data))
    assert status.returncode == 0
    assert instance.url in status.stdout
    assert "up" in status.stdout
    family = instance.family()
    down = renkei("down", "--data", str(instance.data))
    assert (down.returncode, down.stdout) == (0, f"renkei: {instance.url} is down\n")
    instance.process.wait()
    assert survivors(family, 0.0) == []
    assert renkei("status", "--data", str(instance.data)).returncode == 1
    assert renkei("down", "--data", str(instance.data)).returncode == 1
    assert other.get().status_code == 200


def python_for_nobody() -> str | None:
    """A Python like this one that the account nobody can run with our packages, if any."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}"):
        try:
            tried = subprocess.run(
                ["/bin/sh", "-c", f"{python} -c 'import pydantic_core, uvloop, asyncpg'"],
                check=False,
                capture_output=True,
                user="nobody",
                group=65534,
                extra_groups=[],
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        except OSError:
            continue
        if tried.returncode == 0:
            return python
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_an_instance() -> None:
    python = python_for_nobody()
    if python is None:
        pytest.skip("no Python here can be run by an ordinary user")
    import_path = os.pathsep.join([*ENVIRONMENT["PYTHONPATH"].split(":"), *sys.path])
    home = Path(tempfile.mkdtemp(prefix="renkei-ordinary-"))
    os.chown(home, 65534, 65534)
    with subprocess.Popen(
        [python, str(Path(__file__).with_name("supervise.py")), str(home / "data"), "0", "1"],
        stdout=subprocess.PIPE,
        text=True,
        user="nobody",
        group=65534,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": import_path, "PATH": os.environ["PATH"]},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ")
        family = [
            psutil.Process(process.pid),
            *psutil.Process(process.pid).children(recursive=True),
        ]
        assert {one.username() for one in family} == {"nobody"}
        process.terminate()
    assert survivors(family, 0.0) == []
    subprocess.run(["rm", "-r", str(home)], check=True)
