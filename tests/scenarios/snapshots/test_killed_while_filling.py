"""Kill -9 while a snapshot is filled: whoever comes after fills it whole."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.json import JsonValue
from tests import asking
from tests.platforms import NGSI_LD
from tests.scenarios.durability.killable import Killable, kill, wait_until

TYPE = "WaterLevelObserved"
COUNT = 20_000
_BATCH = 2_000
_LIMIT_S = 90.0


@pytest.fixture
def platform(tmp_path: Path, free_port: int) -> Iterator[Killable]:
    with Killable(tmp_path / "data", free_port) as platform:
        yield platform


def create_entities(url: str) -> None:
    for start in range(0, COUNT, _BATCH):
        batch: list[JsonValue] = [
            {
                "id": f"urn:ngsi-ld:{TYPE}:{number}",
                "type": TYPE,
                "waterLevel": {"type": "Property", "value": number},
            }
            for number in range(start, start + _BATCH)
        ]
        answer = asking.post(f"{url}{NGSI_LD}/entityOperations/create", json=batch, timeout=60)
        assert answer.status_code == 201, answer.text


def status(url: str) -> str:
    answer = asking.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["snapshotStatus"]
    return found


@pytest.mark.timeout(480)
@pytest.mark.parametrize("victim", ["server", "workers"])
def test_a_snapshot_is_taken_up_again_and_whole(platform: Killable, victim: str) -> None:
    create_entities(platform.url)
    query: JsonValue = {"type": "Query", "entities": [{"type": TYPE}]}
    body: JsonValue = {"type": "Snapshot", "snapshotQueries": [query]}
    made = asking.post(f"{platform.url}{NGSI_LD}/snapshots", json=body, timeout=30)
    snapshot = platform.url + made.headers["Location"]
    time.sleep(0.2)
    assert status(snapshot) == "preparing", "the kill would prove nothing"
    if victim == "server":
        platform.kill_tree()
        platform.start()
    else:
        kill(platform.workers())
        wait_until(platform.is_ready, _LIMIT_S, platform.log)
    wait_until(lambda: status(snapshot) != "preparing", _LIMIT_S, platform.log)
    assert status(snapshot) == "success"
    count = asking.get(
        f"{platform.url}{NGSI_LD}/entities",
        params={"type": TYPE, "limit": "0", "count": "true"},
        headers={"NGSILD-Snapshot": snapshot.rpartition("/")[2]},
        timeout=60,
    )
    assert count.headers["NGSILD-Results-Count"] == str(COUNT)
