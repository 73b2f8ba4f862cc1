"""Who replaces workers or instances fails no request; the long form is a command of its own."""

import asyncio
import logging
from pathlib import Path

import pytest

from renkei.embedded import EmbeddedPostgres
from tests.scenarios.rolling import rolling

log = logging.getLogger(__name__)


@pytest.mark.timeout(480)
def test_no_request_fails_while_workers_are_replaced(tmp_path: Path, free_port: int) -> None:
    verdict = asyncio.run(rolling.workers_in_turn(tmp_path, free_port, rounds=1, connections=1))
    log.info("%s", verdict)
    assert verdict.replaced == 2, verdict
    assert verdict.answered > 500, verdict
    assert verdict.failed == 0, verdict


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_request_fails_while_instances_of_one_database_are_restarted(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres") as postgres:
        verdict = asyncio.run(
            rolling.instances_in_turn(tmp_path, postgres.admin_dsn, rounds=1, connections=1)
        )
    log.info("%s", verdict)
    assert verdict.replaced == 2, verdict
    assert verdict.answered > 100, verdict
    assert verdict.failed == 0, verdict
