"""Nothing that is due is lost, whatever is killed; the long form is a command of its own."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.scenarios.notifications import chaos

log = logging.getLogger(__name__)


@pytest.mark.timeout(480)
def test_all_that_is_due_arrives_in_order_while_everything_is_killed(tmp_path: Path) -> None:
    size = chaos.Size(sensors=200, alarms=20, per_second=100)
    verdict = asyncio.run(chaos.run(tmp_path, size, pause_s=1.0))
    log.info("%s", verdict)
    assert verdict.due > 50, verdict
    assert verdict.kills == 4, verdict
    assert verdict.is_good, verdict
