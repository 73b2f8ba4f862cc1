"""Many tenants in one process: within the budget of connections, soon ready, each soon answered."""

from pathlib import Path

from loadtests.tenants import Crowd, measure

_CONNECTIONS_BESIDE = 6  # one listens, a few are the owner's while a database is readied


async def test_many_tenants_live_in_one_process_within_its_budget(tmp_path: Path) -> None:
    told = await measure(tmp_path / "data", Crowd(separated=12, shared=30), cold=20)
    assert told.tenants == 42
    assert told.most_connections <= told.budget + _CONNECTIONS_BESIDE
