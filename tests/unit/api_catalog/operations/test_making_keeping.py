"""The keeper of made entries takes its part of the time, however much there is to look at."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from api_catalog.catalog.listed import Publisher
from api_catalog.catalog.words import Words
from api_catalog.operations.making_keeping import MadeEntriesKeeper, Pace
from api_catalog.ports import Look, Making

_COST_S = 0.02


@dataclass
class Looks:
    """Tenants that are always due; what is told of them."""

    claimed: int = 0
    first: list[str] = field(default_factory=list)
    hastened: list[tuple[str, float]] = field(default_factory=list)

    async def enrol(self, tenants: Collection[str], at: datetime) -> None:
        raise NotImplementedError

    async def spread(self, at: datetime, within_s: float) -> None:
        pass

    async def put_first(self, tenants: Collection[str], at: datetime) -> None:
        self.first += tenants

    async def hasten(self, tenants: Collection[str], at: datetime, pause_s: float) -> None:
        self.hastened += [(tenant, pause_s) for tenant in tenants]

    async def claim(self, now: datetime, lease_s: float) -> Look | None:
        self.claimed += 1
        await asyncio.sleep(_COST_S)
        return Look(tenant="ebetsu")

    async def finish(self, look: Look, *, due_at: datetime, cost_s: float) -> None:
        raise NotImplementedError

    async def forget(self, tenant: str) -> None:
        pass


class Nothing:
    """A platform that holds nothing, and in which nothing is described."""

    async def every(self) -> AsyncIterator[Sequence[str]]:
        for _ in ():
            yield []

    async def holder(self, tenant: str) -> None:
        return None

    async def made_of(self, tenant: str | None) -> Sequence[Any]:
        return []

    async def add(self, *_: object, **__: object) -> None:
        pass


async def looks_within(seconds: float, pace: Pace, looks: Looks) -> float:
    """Let a keeper run for a while; answer with how long that was."""
    nothing = cast(Any, Nothing())
    making = Making(
        shelf=nothing,
        looks=looks,
        holdings=nothing,
        model_of=lambda _: None,
        clock=lambda: datetime(2026, 4, 1, tzinfo=UTC),
        platform="http://r",
        platform_itself=Publisher(key="r", name=Words("r"), page="http://r/owners/r"),
    )
    keeper = MadeEntriesKeeper(making, pace, lambda: ["written"])
    keeper.tell("told")
    began_s = time.monotonic()
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(seconds)
    assert not running.done(), running.exception()
    running.cancel()
    return time.monotonic() - began_s


async def test_it_takes_its_part_of_the_time() -> None:
    looks = Looks()
    pace = Pace(pause_s=30, round_s=600, part=0.1, saved_s=2 * _COST_S)
    passed_s = await looks_within(1.0, pace, looks)
    assert 1 <= looks.claimed <= 2 + passed_s * 0.1 / _COST_S + 2


async def test_few_looks_wait_for_nothing() -> None:
    looks = Looks()
    while looks.claimed < 10:  # of fifty that it might save up
        await looks_within(1.0, Pace(pause_s=30, round_s=600, part=0.001), looks)


async def test_who_is_told_of_goes_first_and_who_writes_waits_for_a_pause() -> None:
    looks = Looks()
    await looks_within(0.1, Pace(pause_s=30, round_s=600), looks)
    assert looks.first == ["told"]
    assert set(looks.hastened) == {("written", 30)}
