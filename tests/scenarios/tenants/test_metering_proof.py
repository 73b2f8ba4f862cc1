"""Every answered request is counted, none twice, though processes are killed in between."""

from pathlib import Path

from tests.scenarios.durability.killable import Killable
from tests.scenarios.tenants.metering_proof import prove


async def test_what_was_answered_is_counted_and_nothing_that_was_not_sent(
    tmp_path: Path, free_port: int
) -> None:
    with Killable(tmp_path / "data", free_port) as platform:
        told = await prove(platform, requests=8_000, kills=3)
    assert len(told) == 3
