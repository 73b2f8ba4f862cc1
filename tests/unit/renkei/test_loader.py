"""Children that are forked from what is loaded already."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from renkei.children import Child
from renkei.loading import EVERYBODYS, Loading
from renkei.nursery import Nursery
from renkei.served import PARTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forking is Linux's way")

ASKED = "tests.unit.renkei.asked"
TASK = "tests.unit.renkei.asked:TASK"


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery([TASK, f"{ASKED}:main"])
    made.load()
    settle(made)
    yield made
    made.close()


def settle(nursery: Nursery) -> None:
    ends_at = time.monotonic() + 60
    while not nursery.is_settled and time.monotonic() < ends_at:
        nursery.tend()
        time.sleep(0.02)
    assert nursery.is_settled


def told_by(child: Child) -> dict[str, object]:
    child.channel.settimeout(60)
    told: dict[str, object] = json.loads(child.channel.recv(4096))
    return told


def the_end_of(child: Child) -> int | None:
    ends_at = time.monotonic() + 60
    while child.is_alive and time.monotonic() < ends_at:
        time.sleep(0.02)
    return child.process.returncode


def loaders(*names: str) -> list[psutil.Process]:
    ours = psutil.Process().children()
    return [one for one in ours if one.cmdline()[3:] == ["renkei.loader", *names]]


def test_a_child_is_ours_alone_in_its_group_and_called_what_it_is(nursery: Nursery) -> None:
    child = nursery.start(ASKED, TASK)
    told = told_by(child)
    assert told["pid"] == child.process.pid == told["group"]
    assert told["parent"] == os.getpid()
    assert told["task"] == TASK
    assert psutil.Process(child.process.pid).cmdline()[:5] == [
        sys.executable,
        "-P",
        "-m",
        ASKED,
        TASK,
    ]
    child.channel.send(b"3")
    assert the_end_of(child) == 3
    child.close()


def test_children_know_nothing_of_each_other(nursery: Nursery) -> None:
    children = [nursery.start(ASKED, TASK) for _ in range(3)]
    told = [told_by(child) for child in children]
    assert len({str(one["random"]) for one in told}) == 3
    assert len({str(one["random_of_secrets"]) for one in told}) == 3
    assert {json.dumps(one["files"]) for one in told} == {json.dumps([0, 1, 2])}
    assert [one["is_loaded_before"] for one in told] == [True] * 3
    for child in children:
        child.close()
        assert child.process.returncode == -9


def test_a_child_ends_when_its_channel_closes(nursery: Nursery) -> None:
    child = nursery.start(ASKED, TASK)
    told_by(child)
    child.channel.shutdown(socket.SHUT_RDWR)
    assert the_end_of(child) == 0
    child.close()


def test_children_load_by_themselves_when_the_loader_has_died(nursery: Nursery) -> None:
    [loader] = loaders(TASK, f"{ASKED}:main")
    loader.kill()
    psutil.wait_procs([loader], timeout=20)
    child = nursery.start(ASKED, TASK)
    assert told_by(child)["is_loaded_before"] is False
    child.close()


def test_what_cannot_be_loaded_leaves_in_use_what_was(nursery: Nursery, tmp_path: Path) -> None:
    failing = Nursery(["tests.unit.renkei.not_there:main"])
    failing.load()
    settle(failing)
    child = failing.start(ASKED, TASK)
    assert told_by(child)["is_loaded_before"] is False
    child.close()
    failing.close()


def test_what_is_loaded_anew_takes_the_place_of_what_was(nursery: Nursery) -> None:
    before = nursery.start(ASKED, TASK)
    nursery.load()
    settle(nursery)
    after = nursery.start(ASKED, TASK)
    assert told_by(before)["loader"] != told_by(after)["loader"]
    for child in (before, after):
        assert child.is_alive
        child.close()


def test_a_loader_that_has_begun_already_is_used_first() -> None:
    begun = Loading([f"{ASKED}:main"])
    nursery = Nursery([TASK, f"{ASKED}:main"], begun)
    [loader] = loaders(f"{ASKED}:main")
    nursery.load()
    settle(nursery)
    child = nursery.start(ASKED, TASK)
    assert told_by(child)["loader"] == loader.pid
    child.close()
    nursery.close()
    begun.close()  # who began it lets go of it, too
    assert not loader.is_running()


def test_all_houses_are_loaded_without_a_thread() -> None:
    """A fork leaves other threads behind, and the locks that they hold for ever."""
    assert after_loading("print(len(os.listdir('/proc/self/task')))") == "1"


def test_who_makes_an_app_loads_next_to_nothing_more(tmp_path: Path) -> None:
    """Each worker would load it for itself, and keep it in memory of its own."""
    making = f"""
before = set(sys.modules)
from renkei.app import create_app
from renkei.settings import load
create_app(load({{"data": {str(tmp_path)!r}, "database_url": "postgresql://nobody@nowhere/x"}}))
print(*(set(sys.modules) - before))
"""
    more = after_loading(making).split()
    assert len(more) < 5, more


def test_what_few_ask_for_is_loaded_when_they_ask() -> None:
    seldom = ("openpyxl", "zxcvbn", "typer")
    told = after_loading(f"print(*(name for name in {seldom} if name in sys.modules))")
    assert told == ""


def after_loading(code: str) -> str:
    """Run code where everything is loaded that an instance with all houses needs."""
    loaded = "import os, sys\nfrom renkei.loader import _load\n_load(sys.argv[1:])\n"
    told = subprocess.run(
        [sys.executable, "-c", loaded + code, *EVERYBODYS, *PARTS.values()],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    return told.stdout.strip()
