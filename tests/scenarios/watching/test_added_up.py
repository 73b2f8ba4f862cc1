"""What two workers count adds up to what was asked, whoever is asked, and whoever dies."""

from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests import asking
from tests.readings import readings
from tests.scenarios.durability.killable import Killable, kill, wait_until

ASKED = 200
CREATED = ("renkei_requests_total", "broker", "POST /entities", "201", "shared")


def create(url: str, name: str) -> int:
    """Create an entity over a connection of its own, which either worker may take."""
    entity = {"id": f"urn:ngsi-ld:Watched:{name}", "type": "Watched"}
    return asking.post(f"{url}/ngsi-ld/v1/entities", json=entity, timeout=60).status_code


@pytest.mark.timeout(300)
def test_two_workers_counters_add_up_also_after_one_was_killed(watched: Killable) -> None:
    before = readings(watched.url, watched.data).get(CREATED, 0.0)
    with ThreadPoolExecutor(16) as clients:
        statuses = clients.map(lambda number: create(watched.url, f"a{number}"), range(ASKED))
        assert set(statuses) == {201}
    busy = [sum(worker.cpu_times()[:2]) for worker in watched.workers()]
    assert len(busy) == 2
    for _ in range(4):  # whichever worker answers
        assert readings(watched.url, watched.data)[CREATED] - before == ASKED

    killed = watched.workers()[0]
    kill([killed])
    wait_until(lambda: _serves_anew(watched, killed), 120.0, watched.log)
    assert create(watched.url, "after") == 201
    assert readings(watched.url, watched.data)[CREATED] - before == ASKED + 1


def _serves_anew(platform: Killable, killed: psutil.Process) -> bool:
    workers = platform.workers()
    if len(workers) != 2 or killed in workers or not platform.is_ready():
        return False
    return (
        sum(
            1
            for key in readings(platform.url, platform.data)
            if key[0] == "renkei_worker_memory_bytes"
        )
        == 2
    )
