"""A busy tenant does not starve the others."""

from pathlib import Path

import pytest

from loadtests.fair_share import Pressure, compare
from tests.scenarios.durability.killable import Killable

_GENEROUS = 6.0  # on a machine that does other things too; docs/performance.md has the figure


@pytest.mark.slow  # a ratio means little beside other tests
async def test_a_quiet_tenant_is_answered_soon_beside_a_busy_one(
    tmp_path: Path, free_port: int
) -> None:
    by = Pressure(busy=48, quiet=4, seconds=1.0, rounds=2)
    with Killable(tmp_path / "data", free_port) as platform:
        felt = await compare(platform.data, ("shared",), ("get", "patch"), by)
    assert [one for one in felt if one.ratio > _GENEROUS] == []
