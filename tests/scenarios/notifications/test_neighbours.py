"""Broken endpoints delay nobody else; figures are the command's, here it is only far from bad."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.scenarios.notifications import neighbours

log = logging.getLogger(__name__)


@pytest.mark.timeout(480)
@pytest.mark.slow  # a ratio means little beside other tests
def test_a_hanging_and_a_refusing_endpoint_delay_nobody_for_long(tmp_path: Path) -> None:
    verdict = asyncio.run(neighbours.run(tmp_path, seconds=4.0, phases=2))
    log.info("%s", verdict)
    assert verdict.beside_s < 1.0, "far below the two seconds that the hanging one is waited for"
