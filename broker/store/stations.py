"""Stations: what goes to one database waits there for what went before, and then goes together.

A round trip to PostgreSQL costs both sides more than a small statement does, so requests of many
tenants share it as those of one do. An idle station sends at once; nobody waits for a timer, but
for who is slow: past their patience others leave without him.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from broker.ngsi.errors import Unavailable
from kit import tracing
from kit.db import Database
from kit.tasks import Tasks
from kit.turns import Turns

log = structlog.get_logger(__name__)

_PATIENCE_S = 0.05
_TURNS = 4  # of the loop: from the end of one answer to the next request's being here


async def a_few_turns() -> None:
    """Let who was answered just now ask again, so as to go with the next ones; no time passes."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class Passenger(Protocol):
    """What waits at a station."""

    @property
    def party(self) -> int:
        """Whose it is; parties take turns."""
        ...

    @property
    def weight(self) -> int:
        """How much it adds to what goes together."""
        ...

    def strand(self, error: Exception) -> None:
        """Hear that it does not arrive; nothing where it was told already."""
        ...


_P = TypeVar("_P", bound=Passenger)
Carry = Callable[[Sequence[_P]], Awaitable[None]]


class Station(Generic[_P]):
    """Where passengers to one database wait.

    Args:
        carry: serves those who go together, and tells each how it went.
        most: how much may go together; who weighs more goes alone.
    """

    def __init__(self, carry: Carry[_P], most: int) -> None:
        self.is_used = True
        self._carry = carry
        self._most = most
        self._waiting: Turns[_P] = Turns()
        self._is_filled = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def board(self, passenger: _P) -> None:
        """Let a passenger wait for the next departure."""
        self.is_used = True
        self._waiting.append(passenger.party, passenger)
        self._is_filled.set()

    @property
    def is_busy(self) -> bool:
        """Tell whether somebody waits or is under way."""
        return bool(self._waiting or self._under_way)

    async def run(self) -> None:
        """Send who waits, again and again, until cancelled."""
        while True:
            await self._is_filled.wait()
            journey = asyncio.create_task(self._travel(self._take()))
            self._under_way.add(journey)
            journey.add_done_callback(self._under_way.discard)
            await asyncio.wait((journey,), timeout=_PATIENCE_S)
            await a_few_turns()

    async def close(self) -> None:
        """End what is under way and turn away who waits."""
        journeys = tuple(self._under_way)
        for journey in journeys:
            journey.cancel()
        await asyncio.gather(*journeys, return_exceptions=True)
        for passenger in self._waiting:
            passenger.strand(Unavailable("The platform is shutting down"))
        self._waiting.clear()
        self._is_filled.clear()

    def _take(self) -> Sequence[_P]:
        """Take those who go next: at least one, and in turns as many as may go together."""
        taken = [self._waiting.popleft()]
        weight = taken[0].weight
        while self._waiting and weight < self._most:
            following = self._waiting.first()
            weight += following.weight
            if weight > self._most:
                break
            taken.append(self._waiting.popleft())
        if not self._waiting:
            self._is_filled.clear()
        return taken

    async def _travel(self, passengers: Sequence[_P]) -> None:
        tracing.set_current(None)  # whose coming began it is not who it works for
        try:
            await self._carry(passengers)
        except Exception as error:
            log.exception("departure_failed")
            for passenger in passengers:
                passenger.strand(error)
        except asyncio.CancelledError:
            for passenger in passengers:
                passenger.strand(Unavailable("The platform is shutting down"))
            raise


class Stations(Generic[_P]):
    """The stations of one process, by database.

    Args:
        name: what goes there.
        carry: serves those who go together, and tells each how it went.
        most: how much may go together.
    """

    def __init__(self, name: str, carry: Carry[_P], most: int) -> None:
        self._name = name
        self._carry = carry
        self._most = most
        self._stations: dict[Database, Station[_P]] = {}
        self._running: dict[Station[_P], asyncio.Task[None]] = {}
        self._tasks = Tasks()

    def board(self, database: Database, passenger: _P) -> None:
        """Let a passenger wait at the station of a database."""
        station = self._stations.get(database)
        if station is None:
            station = self._stations[database] = Station(self._carry, self._most)
            self._running[station] = self._tasks.start(f"{self._name} {database}", station.run)
        station.board(passenger)

    def end_idle(self) -> None:
        """End the stations that nobody has used since the last call."""
        for database, station in list(self._stations.items()):
            if station.is_used or station.is_busy:
                station.is_used = False
            else:
                del self._stations[database]
                self._running.pop(station).cancel()

    async def close(self) -> None:
        """End all of them, with what is under way."""
        await self._tasks.close()
        for station in self._stations.values():
            await station.close()
