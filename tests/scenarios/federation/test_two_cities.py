"""`make run-federation`, as people run it: three platforms as processes of their own."""

import re
import subprocess
import sys

import pytest

MOST_S = 60.0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_revoking_the_map_takes_the_level_away_within_a_minute() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "renkei.two_cities", "--once", "--revoke"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "The record was read (HTTP 200)" in told.stdout
    found = re.search(r"The level was lost after ([0-9.]+) s", told.stdout)
    assert found is not None, told.stdout
    assert float(found[1]) <= MOST_S
