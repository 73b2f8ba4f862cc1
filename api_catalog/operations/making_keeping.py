"""The keeper of made entries: looks soon where somebody wrote, and at every tenant in turn."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api_catalog.operations.making import describe_platform, look_at
from api_catalog.ports import Look, Making
from kit.allotment import Allotment
from kit.errors import RenkeiError
from kit.tasks import CHANCE

log = structlog.get_logger(__name__)

_LOOK_S = 2.0
_LEASE_S = 1_800.0  # a process that dies at a look leaves it to another after so long
_RETRY_S = 60.0
_SPREAD = 0.2  # so that not all tenants are due at once for ever
_QUIET = 4  # rounds until a tenant is looked at again that has not changed for as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often tenants are looked at.

    Args:
        pause_s: between two looks at a tenant that is written to.
        round_s: between two looks at one of which nobody says that it was; up to four times as
            long where nothing changes.
        part: how much of its process's time looking takes, however many tenants are written to.
        saved_s: how much of that is saved up, in seconds; where few are due, none of them waits.
    """

    pause_s: float
    round_s: float
    part: float = 0.05
    saved_s: float = 1.0

    def after(self, before: Look, seen: Look) -> float:
        """Answer with when to look again: the later, the longer nothing has changed."""
        is_same = (before.mark, before.made) == (seen.mark, seen.made)
        if not is_same or before.looked_at is None or seen.looked_at is None:
            return self.round_s
        quiet_s = (seen.looked_at - before.looked_at).total_seconds()
        return min(max(2 * quiet_s, self.round_s), _QUIET * self.round_s)


class MadeEntriesKeeper:
    """Keeps made entries up to date.

    Args:
        making: the ports.
        pace: how often is looked.
        written: names the tenants that this process has written to since it was last asked.
    """

    def __init__(self, making: Making, pace: Pace, written: Callable[[], Collection[str]]) -> None:
        self._making = making
        self._pace = pace
        self._written = written
        self._allotment = Allotment(part=pace.part, saved_s=pace.saved_s)
        self._told: set[str] = set()
        self._all_are_due = True
        self._round_s = 0.0

    def tell(self, tenant: str) -> None:
        """Look at a tenant soon: its policy or its state has changed."""
        self._told.add(tenant)

    def tell_all(self) -> None:
        """Look for tenants that nobody has looked at."""
        self._all_are_due = True

    async def run(self) -> None:
        """Look, until cancelled; for `kit.tasks.supervise`."""
        while True:
            try:
                await self._enrol()
                while await self._look_and_rest():
                    pass
            except (RenkeiError, OSError) as error:
                log.warning("holdings_not_looked_at", reason=str(error))
            await asyncio.sleep(_LOOK_S)

    async def look_once(self) -> bool:
        """Look at one tenant that is due; False: none is."""
        making, began_s = self._making, time.monotonic()
        look = await making.looks.claim(making.clock(), _LEASE_S)
        if look is None:
            return False
        due_s, seen = self._pace.round_s, look
        try:
            found = await look_at(making, look)
            if found is None:
                await making.looks.forget(look.tenant)
                return True
            seen, due_s = found, self._pace.after(look, found)
        except (RenkeiError, OSError) as error:
            log.warning("holdings_not_looked_at", tenant=look.tenant, reason=str(error))
            due_s = _RETRY_S
        await self._finish(seen, due_s, time.monotonic() - began_s)
        return True

    async def _look_and_rest(self) -> bool:
        began_s = time.monotonic()
        await self._hasten()
        has_looked = await self.look_once()
        self._allotment.spend(time.monotonic() - began_s)
        await asyncio.sleep(self._allotment.rest_s())
        return has_looked

    async def _finish(self, seen: Look, due_s: float, cost_s: float) -> None:
        spread = due_s * CHANCE.uniform(1 - _SPREAD, 1 + _SPREAD)
        due_at = self._making.clock() + timedelta(seconds=spread)
        await self._making.looks.finish(seen, due_at=due_at, cost_s=cost_s)

    async def _enrol(self) -> None:
        """Let new tenants be due, now and then and whenever somebody says that there may be."""
        now_s = time.monotonic()
        if not self._all_are_due and now_s - self._round_s < self._pace.round_s:
            return
        if self._all_are_due:  # news may have been lost, with a process or a connection
            await self._making.looks.spread(self._making.clock(), self._pace.round_s)
        self._all_are_due, self._round_s = False, now_s
        await describe_platform(self._making)
        async for names in self._making.holdings.every():
            await self._making.looks.enrol(names, self._making.clock())

    async def _hasten(self) -> None:
        told, self._told = self._told, set()
        if told:
            await self._making.looks.put_first(told, self._making.clock())
        if written := self._written():
            await self._making.looks.hasten(written, self._making.clock(), self._pace.pause_s)
