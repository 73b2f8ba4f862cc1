"""Nothing that is due is lost, whatever is killed; the long form is a command of its own."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.scenarios.notifications import chaos

log = logging.getLogger(__name__)


@pytest.mark.timeout(300)
def test_all_that_is_due_arrives_in_order_while_everything_is_killed(tmp_path: Path) -> None:
    verdict = asyncio.run(chaos.run(tmp_path, seconds=15, per_second=200, pause_s=2.0))
    log.info("%s", verdict)
    assert verdict.due > 500, verdict
    assert verdict.kills > 2, verdict
    assert verdict.is_good, verdict
