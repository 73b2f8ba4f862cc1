"""A tenant that is moved under load loses nothing; the long form is a command of its own."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.scenarios.moving import wandering
from tests.scenarios.notifications.chaos import Size

log = logging.getLogger(__name__)


@pytest.mark.timeout(600)
def test_a_tenant_wanders_while_it_is_written_to_and_its_mover_killed(tmp_path: Path) -> None:
    size = Size(sensors=100, alarms=10, per_second=80)
    journey = asyncio.run(wandering.run(tmp_path, size, moves=2, kill_pause_s=4.0))
    log.info("%s", journey)
    assert journey.verdict.due > 100, journey
    assert journey.is_good, journey


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_tenant_wanders_for_long_under_500_writes_a_second(tmp_path: Path) -> None:
    journey = asyncio.run(wandering.run(tmp_path, Size(per_second=500), moves=9, kill_pause_s=6.0))
    log.info("%s", journey)
    assert journey.is_good, journey
