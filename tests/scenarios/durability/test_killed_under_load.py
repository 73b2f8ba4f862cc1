"""Kill -9 in the midst of creations: an answer 201 means that the entity is on the disk."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loadtests.shelters import Shelters
from loadtests.wire import Target
from tests.scenarios.durability.killable import Killable
from tests.scenarios.durability.survival import Recovery, Sent, create_while, listed, there

log = logging.getLogger(__name__)

_OUTAGE_S = 1.5
_LONG = 20

Kill = Callable[[Killable], None]


def kill_server(platform: Killable) -> None:
    """Everything at once; an operator starts it again."""
    platform.kill_tree()
    platform.start()


def kill_supervisor(platform: Killable) -> None:
    """The supervisor; its children end by themselves, and an operator starts it again."""
    platform.kill_supervisor()
    platform.start()


KILLS: dict[str, Kill] = {
    "server": kill_server,
    "worker": Killable.kill_worker,
    "supervisor": kill_supervisor,
    "postgres": Killable.kill_postgres,
}
CUTS_OFF = {"server", "worker"}  # kills that requests under way cannot outlive


@pytest.fixture
def platform(tmp_path: Path, free_port: int) -> Iterator[Killable]:
    with Killable(tmp_path / "data", free_port) as platform:
        yield platform


@pytest.mark.timeout(480)
@pytest.mark.parametrize("victim", KILLS)
def test_every_acknowledged_entity_survives_a_kill(platform: Killable, victim: str) -> None:
    survive(platform, victim, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("victim", KILLS)
def test_every_acknowledged_entity_survives_twenty_kills(platform: Killable, victim: str) -> None:
    survive(platform, victim, _LONG)


@pytest.mark.timeout(480)
def test_while_postgresql_is_away_creations_are_told_when_to_come_back(platform: Killable) -> None:
    def keep_killing() -> None:
        ends_at = time.monotonic() + _OUTAGE_S
        while time.monotonic() < ends_at:
            platform.kill_postgres()
            time.sleep(0.01)

    sent = Sent(Shelters(run="outage"))
    recovery, _ = run_round(platform, sent, lambda _: keep_killing(), is_server_kept=True)
    assert recovery.figures.unavailable_with_retry_after > 0


def survive(platform: Killable, victim: str, rounds: int) -> None:
    """Let load after load be hit, and count what is there after each and after all."""
    found = 0
    for number in range(rounds):
        sent = Sent(Shelters(run=f"{victim}-{number}"))
        kept = victim in {"worker", "postgres"}
        recovery, count = run_round(platform, sent, KILLS[victim], is_server_kept=kept)
        found += count
        assert victim not in CUTS_OFF or recovery.figures.errors > 0, "the kill hit nobody at work"
        log.info(
            "%s killed, round %d: %d sent, %d acknowledged, all there; back after %.2f s; "
            "refused %s (%d with Retry-After), %d lost, %d unreachable",
            victim,
            number + 1,
            sent.count,
            len(sent.acknowledged),
            recovery.seconds,
            recovery.figures.refusals,
            recovery.figures.unavailable_with_retry_after,
            recovery.figures.lost,
            recovery.figures.unreachable,
        )
    assert asyncio.run(listed(platform.url)) == found


def run_round(
    platform: Killable, sent: Sent, kill: Kill, *, is_server_kept: bool
) -> tuple[Recovery, int]:
    """Send creations, kill in their midst, and compare what is there with what was sent."""
    target = Target(url=f"{platform.url}/ngsi-ld/v1")
    recovery = asyncio.run(create_while(target, sent, lambda: kill(platform)))
    found = asyncio.run(there(platform.url, sent))
    lost = sorted(sent.acknowledged - set(found))
    assert not lost, f"{len(lost)} acknowledged entities are gone, the first is number {lost[0]}"
    for number, entity in found.items():
        assert entity == sent.entities.entity(number), "an entity is not what was sent"
    figures = recovery.figures
    assert set(figures.refusals) <= {"503"}, f"not only 503: {figures.refusals}"
    assert figures.unavailable_with_retry_after == figures.refusals.get("503", 0)
    if is_server_kept:
        assert figures.unreachable == 0, "somebody has to answer all the time"
    return recovery, len(found)
