"""`renkei status` and `renkei top` on a running platform."""

import subprocess
import sys

from tests.scenarios.durability.killable import Killable
from tests.scenarios.watching.test_added_up import create

WIDE = {"COLUMNS": "160", "LANG": "C.UTF-8"}


def renkei(platform: Killable, *words: str) -> str:
    command = [sys.executable, "-m", "renkei", *words, "--data", str(platform.data)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=WIDE, check=True, timeout=100
    )
    return done.stdout


def test_status_tells_health_and_memory(watched: Killable) -> None:
    told = renkei(watched, "status")
    assert "status   ready" in told
    assert "workers  2: " in told


def test_top_shows_operations_workers_and_tenants(watched: Killable) -> None:
    before = ("--once", "--every", "3")
    command = [sys.executable, "-m", "renkei", "top", *before, "--data", str(watched.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=WIDE) as top:
        number = 0
        while top.poll() is None:
            number += 1
            assert create(watched.url, f"top{number}") == 201
        assert top.stdout is not None
        shown = top.stdout.read()
    assert "POST /entities" in shown
    assert "default" in shown
    assert "memory MB" in shown
