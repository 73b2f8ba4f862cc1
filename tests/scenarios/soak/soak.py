"""Soak and chaos: everything goes wrong while the platform is used, and then all is counted.

`python -m tests.scenarios.soak.soak --minutes 30 --chart memory.svg` is the long form: kills of
workers, supervisors, everything, PostgreSQL and receivers; rolling restarts; a disk that is full,
slow or stalled; a clock that is stepped; lines that are cut or held.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from tests.scenarios.moving.wandering import behind
from tests.scenarios.notifications.chaos import Size, Verdict, Writers, judge, prepare
from tests.scenarios.notifications.stage import Api, entity_id
from tests.scenarios.soak.chart import drawn
from tests.scenarios.soak.disturbances import Disturber, Window
from tests.scenarios.soak.memory import Memory
from tests.scenarios.soak.town import Town, a_town
from tests.scenarios.soak.traffic import Creations, Failure, Reads, Traffic

_DRAIN_S = 180.0
_CALM_S = 2.0
_READERS = 16
_PATIENCE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how much, and what.

    Args:
        seconds: None: each disturbance once.
        kinds: which disturbances; None: all that can be had here.
    """

    size: Size
    pause_s: float
    scale: float = 1.0
    seconds: float | None = None
    kinds: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out.

    Args:
        verdict: due notifications against delivered ones.
        created: entities whose creation was acknowledged.
        missing: those of them that are not there.
        behind: entities whose value is older than one that was acknowledged.
        stale: reads that saw less than what had been acknowledged before they began.
        unexplained: failed requests that no disturbance accounts for.
    """

    verdict: Verdict
    created: int
    missing: Sequence[str]
    behind: Sequence[str]
    reads: int
    stale: int
    answers: Counter[str]
    explained: Counter[str]
    unexplained: Sequence[Failure]
    disturbances: Counter[str]
    lacking: Sequence[str]
    memory: Memory

    @property
    def is_good(self) -> bool:
        lost = [*self.missing, *self.behind, *self.unexplained]
        return self.verdict.is_good and not lost and not self.stale

    def __str__(self) -> str:
        early, late = self.memory.settled("south, worker 1")
        lines = [
            str(self.verdict),
            f"created and acknowledged {self.created}, missing {len(self.missing)}"
            f" · changed, behind {len(self.behind)} · {self.reads} reads, stale {self.stale}",
            f"answers by status {dict(sorted(self.answers.items()))}",
            f"failed and explained {dict(self.explained)}",
            f"unexplained {len(self.unexplained)}: {self.unexplained[:5]}",
            f"disturbances {dict(self.disturbances)}",
            f"memory of the worker that lived throughout: {early:.0f} → {late:.0f} MiB",
        ]
        return "\n".join([*lines, *(f"not tried: {one}" for one in self.lacking)])


async def run(directory: Path, plan: Plan) -> Outcome:
    """Play it once."""
    fresh = aiohttp.TCPConnector(force_close=True)
    async with (
        a_town(directory) as town,
        aiohttp.ClientSession(timeout=_timeout()) as session,
        aiohttp.ClientSession(timeout=_timeout(), connector=fresh) as once,
    ):
        places = {"north": town.north.url, "south": town.south.url}
        traffic = Traffic(url=town.south.url, session=session, fresh=once, places=places)
        calm = Api(town.south.url, session)
        await prepare(calm, town.entrances, plan.size)
        return await _play(town, traffic, calm, plan)


async def _play(town: Town, traffic: Traffic, calm: Api, plan: Plan) -> Outcome:
    writers = Writers(traffic, plan.size)
    creations = Creations(traffic, plan.size.per_second / 4)
    reads = Reads(traffic, writers.written, plan.size.per_second / 2)
    disturber = Disturber(town, plan.pause_s, plan.scale)
    memory, is_over, began_s = Memory(town), asyncio.Event(), time.monotonic()
    keeping = [asyncio.create_task(town.database.keep()), asyncio.create_task(memory.run())]
    async with asyncio.TaskGroup() as tasks:
        for one in (writers, creations, reads):
            tasks.create_task(one.run(is_over))
        if plan.seconds is None:
            await disturber.each_once(plan.kinds)
        else:
            await disturber.at_random(plan.seconds)
        await asyncio.sleep(_CALM_S)
        is_over.set()
    lasted_s = time.monotonic() - began_s
    assert await calm.drained(_DRAIN_S), f"{await calm.waiting()} are still waiting"
    await asyncio.sleep(0.5)
    missing = await _missing(calm, creations.acknowledged)
    late = await behind(calm, writers.written)
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)
    arrivals = [one for receiver in town.receivers for one in receiver.arrivals()]
    kills = len(disturber.windows)
    verdict = judge(
        writers.written, arrivals, alarms=plan.size.alarms, kills=kills, seconds=lasted_s
    )
    explained, unexplained = _causes(traffic.failures, disturber.windows)
    return Outcome(
        verdict=replace(verdict, kills=kills),
        created=len(creations.acknowledged),
        missing=missing,
        behind=late,
        reads=reads.count,
        stale=sum(len(values) for values in reads.stale.values()),
        answers=traffic.answers,
        explained=explained,
        unexplained=unexplained,
        disturbances=Counter(window.name for window in disturber.windows),
        lacking=[f"{what} ({why})" for what, why in town.lacking.items()],
        memory=memory,
    )


def _causes(
    failures: Sequence[Failure], windows: Sequence[Window]
) -> tuple[Counter[str], list[Failure]]:
    """Say of each failure by which disturbance it came, the latest that explains it."""
    explained: Counter[str] = Counter()
    unexplained = []
    for failure in failures:
        causes = [window for window in windows if window.explains(failure)]
        if causes:
            explained[f"{failure.status} by {causes[-1].name}"] += 1
        else:
            unexplained.append(failure)
    return explained, unexplained


async def _missing(api: Api, numbers: Sequence[int]) -> list[str]:
    """List the entities that were acknowledged and are not there."""
    waiting, missing = iter(numbers), list[str]()

    async def look() -> None:
        for number in waiting:
            id_ = entity_id("Kept", number)
            for _ in range(_PATIENCE):
                status = await api.send("GET", f"/entities/{id_}")
                if status in (200, 404):
                    break
                await asyncio.sleep(0.5)
            if status != 200:
                missing.append(id_)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_READERS):
            tasks.create_task(look())
    return missing


def _timeout() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=60)


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=int, default=80, help="writes a second")
    parser.add_argument("--pause", type=float, default=15.0, help="seconds between disturbances")
    parser.add_argument("--chart", type=Path, help="where the chart of memory goes, as SVG")
    options = parser.parse_args()
    plan = Plan(
        size=Size(sensors=500, alarms=50, per_second=options.rate),
        pause_s=options.pause,
        seconds=options.minutes * 60,
    )
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        outcome = asyncio.run(run(Path(directory), plan))
    sys.stdout.write(f"{outcome}\n")
    if options.chart is not None:
        title = f"Resident memory over {options.minutes:.0f} minutes of soak and chaos"
        options.chart.write_text(drawn(title, "MiB", outcome.memory.lines))
    sys.exit(0 if outcome.is_good else 1)


if __name__ == "__main__":
    main()
