"""A short form of the soak: some of what can go wrong, once each; the long form is a command."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.scenarios.notifications.chaos import Size
from tests.scenarios.soak import soak

log = logging.getLogger(__name__)
SIZE = Size(sensors=100, alarms=10, per_second=40)


def play(directory: Path, plan: soak.Plan) -> None:
    directory.chmod(0o755)
    outcome = asyncio.run(soak.run(directory, plan))
    log.info("%s", outcome)
    assert outcome.is_good, outcome
    assert outcome.verdict.due > 20, outcome
    assert outcome.created > 5, outcome
    assert outcome.reads > 5, outcome


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_while_disk_line_clock_and_processes_fail(
    tmp_path: Path,
) -> None:
    kinds = ["disk full", "clock stepped", "database line cut", "PostgreSQL killed"]
    play(tmp_path, soak.Plan(size=SIZE, pause_s=0.5, scale=0.3, kinds=kinds))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_acknowledged_is_lost_whatever_fails(tmp_path: Path) -> None:
    play(tmp_path, soak.Plan(size=SIZE, pause_s=2.0))
