"""However many rows a bad file has, its import ends in a report and memory stays level."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest


def imported(rows: int) -> Mapping[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.imports.memory", str(rows)],
        capture_output=True,
        text=True,
        check=True,
        timeout=1500,
    )
    told: Mapping[str, float] = json.loads(run.stdout)
    sys.stdout.write(run.stdout)
    assert told["rows"] == rows
    assert told["taken"] + told["refused"] == rows
    assert told["refused"] > rows / 4
    return told


@pytest.mark.parametrize(
    ("few", "many"),
    [
        pytest.param(4_000, 20_000),
        pytest.param(100_000, 1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ],
)
def test_memory_stays_level(few: int, many: int) -> None:
    small, large = imported(few), imported(many)
    assert large["peak_mib"] < small["peak_mib"] * 1.25
