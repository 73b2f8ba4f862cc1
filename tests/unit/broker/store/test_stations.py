"""Stations: who waits goes together, in turns, and nobody is held up by who is slow."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from broker.ngsi.errors import Unavailable
from broker.store.stations import Stations
from kit.db import Database

HERE, THERE = Database("main", "here"), Database("main", "there")


@dataclass(eq=False)
class Somebody:
    name: str
    party: int = 1
    weight: int = 1
    error: Exception | None = None
    is_there: asyncio.Event = field(default_factory=asyncio.Event)

    def strand(self, error: Exception) -> None:
        self.error = error
        self.is_there.set()


class Carrier:
    """Notes who goes together; each journey lasts until it is let go."""

    def __init__(self) -> None:
        self.journeys: list[list[str]] = []
        self.has_begun = asyncio.Condition()
        self.may_arrive = asyncio.Event()
        self.is_faulty = False

    async def carry(self, passengers: Sequence[Somebody]) -> None:
        self.journeys.append([one.name for one in passengers])
        async with self.has_begun:
            self.has_begun.notify_all()
        await self.may_arrive.wait()
        if self.is_faulty:
            raise KeyError("a bug")
        for one in passengers:
            one.is_there.set()


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def stations(carrier: Carrier) -> AsyncIterator[Stations[Somebody]]:
    opened: Stations[Somebody] = Stations("test", carrier.carry, most=4)
    yield opened
    await opened.close()


async def begun(carrier: Carrier, count: int) -> None:
    async with asyncio.timeout(60), carrier.has_begun:
        await carrier.has_begun.wait_for(lambda: len(carrier.journeys) >= count)


async def test_who_comes_while_others_are_under_way_goes_with_the_next(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    first, second, third = Somebody("first"), Somebody("second"), Somebody("third")
    stations.board(HERE, first)
    await begun(carrier, 1)
    stations.board(HERE, second)
    stations.board(HERE, third)
    carrier.may_arrive.set()
    await third.is_there.wait()
    assert carrier.journeys == [["first"], ["second", "third"]]
    assert [one.error for one in (first, second, third)] == [None, None, None]


async def test_parties_take_turns_up_to_what_may_go_together(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    crowd = [Somebody(f"a{number}", party=1) for number in range(6)]
    for one in (*crowd, Somebody("b", party=2), Somebody("c", party=3)):
        stations.board(HERE, one)
    carrier.may_arrive.set()
    await crowd[-1].is_there.wait()
    assert carrier.journeys == [["a0", "b", "c", "a1"], ["a2", "a3", "a4", "a5"]]


async def test_who_is_too_heavy_goes_alone(stations: Stations[Somebody], carrier: Carrier) -> None:
    last = Somebody("last", party=3)
    for one in (Somebody("light"), Somebody("heavy", party=2, weight=9), last):
        stations.board(HERE, one)
    carrier.may_arrive.set()
    await last.is_there.wait()
    assert carrier.journeys == [["light"], ["heavy"], ["last"]]


async def test_databases_have_stations_of_their_own(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    stations.board(HERE, Somebody("here"))
    stations.board(THERE, Somebody("there"))
    await begun(carrier, 2)
    assert carrier.journeys == [["here"], ["there"]]


async def test_who_is_slow_holds_nobody_up_for_long(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    stations.board(HERE, Somebody("slow"))
    await begun(carrier, 1)
    stations.board(HERE, Somebody("next"))
    await begun(carrier, 2)
    assert carrier.journeys == [["slow"], ["next"]]
    assert not carrier.may_arrive.is_set()


async def test_a_fault_strands_those_who_went_together_and_the_next_ones_go(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    carrier.is_faulty = True
    carrier.may_arrive.set()
    hit = [Somebody("one"), Somebody("two")]
    for one in hit:
        stations.board(HERE, one)
    await hit[-1].is_there.wait()
    assert [type(one.error) for one in hit] == [KeyError, KeyError]
    carrier.is_faulty = False
    later = Somebody("later")
    stations.board(HERE, later)
    await later.is_there.wait()
    assert later.error is None


async def test_closing_strands_who_is_under_way_and_who_waits(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    under_way, waiting = Somebody("under way"), Somebody("waiting")
    stations.board(HERE, under_way)
    await begun(carrier, 1)
    stations.board(HERE, waiting)
    await stations.close()
    assert [type(one.error) for one in (under_way, waiting)] == [Unavailable, Unavailable]
    assert carrier.journeys == [["under way"]]


async def test_stations_end_when_nobody_uses_them(
    stations: Stations[Somebody], carrier: Carrier
) -> None:
    def running() -> set[str]:
        return {task.get_name() for task in asyncio.all_tasks()} & {f"test {HERE}"}

    carrier.may_arrive.set()
    somebody = Somebody("somebody")
    stations.board(HERE, somebody)
    await somebody.is_there.wait()
    await asyncio.sleep(0.01)
    stations.end_idle()
    assert running()
    stations.end_idle()
    await asyncio.sleep(0.01)
    assert not running()
