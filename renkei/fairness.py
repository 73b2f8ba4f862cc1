"""Fair share: a busy tenant takes what nobody else wants, and no more."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from broker import TooManyRequests

_REMEMBERED_S = 1.0  # how long two tenants that take turns count as contenders


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many requests of one process may be under way.

    Args:
        alone: of a tenant that nobody contends with.
        contended: of all tenants together, while several ask.
        queue: that may wait, of one tenant.
    """

    alone: int = 128
    contended: int = 8
    queue: int = 1_000


@dataclass(slots=True)
class _Queue:
    """One tenant's requests: how many are under way, and who waits."""

    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class FairShare:
    """Lets requests in, in turn among tenants.

    While one tenant asks alone it is hardly bounded. While several do, each has an equal share of
    what may be under way, one at least; what one does not use the others may, and gets back as
    requests end. So only who has requests under way ever waits.

    Args:
        shares: how many may be under way and wait.
        now_s: monotonic seconds; by default the loop's.
    """

    def __init__(self, shares: Shares, now_s: Callable[[], float] | None = None) -> None:
        self._shares = shares
        self._now_s = now_s or (lambda: asyncio.get_running_loop().time())
        self._queues: dict[int, _Queue] = {}  # of tenants that have requests here
        self._turns: dict[int, None] = {}  # tenants that wait; whose turn is next first
        self._total = 0
        self._last: int | None = None
        self._contended_until_s = 0.0

    async def enter(self, tenant: int) -> None:
        """Wait for a request's turn; whoever was let in leaves.

        Raises:
            TooManyRequests: too many of this tenant wait already.
        """
        if tenant != self._last:
            if self._last is not None:
                self._contended_until_s = self._now_s() + _REMEMBERED_S
            self._last = tenant
        queue = self._queues.get(tenant)
        if queue is None:
            queue = self._queues[tenant] = _Queue()
        if not queue.waiting and (self._total < self._limit() or self._is_due(queue)):
            queue.running += 1
            self._total += 1
            return
        await self._wait(tenant, queue)

    def leave(self, tenant: int) -> None:
        """Make room, and let in whose turn it is."""
        queue = self._queues[tenant]
        queue.running -= 1
        self._total -= 1
        if self._turns:
            self._deal(tenant, queue)
        if not queue.running and not queue.waiting:
            del self._queues[tenant]

    async def _wait(self, tenant: int, queue: _Queue) -> None:
        if len(queue.waiting) >= self._shares.queue:
            raise TooManyRequests(
                "要求が待ち行列の上限を超えました。少し待ってからやり直してください。 / "
                f"{len(queue.waiting)} requests of the tenant wait already; try again in a moment"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.append(turn)
        self._turns.setdefault(tenant)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(tenant)  # let in, and gone
            raise

    def _deal(self, tenant: int, queue: _Queue) -> None:
        """Let in whose turn it is while there is room, and the tenant that left up to its share."""
        while self._turns and self._total < self._limit():
            due = (one for one in self._turns if self._is_due(self._queues[one]))
            self._admit(next(due, next(iter(self._turns))))
        if queue.waiting and self._is_due(queue):
            self._admit(tenant)

    def _admit(self, tenant: int) -> None:
        """Let in the next of a tenant, which then goes behind the others."""
        queue = self._queues[tenant]
        del self._turns[tenant]
        while queue.waiting:
            turn = queue.waiting.popleft()
            if not turn.done():  # otherwise cancelled meanwhile
                turn.set_result(None)
                queue.running += 1
                self._total += 1
                break
        if queue.waiting:
            self._turns[tenant] = None
        elif not queue.running:
            del self._queues[tenant]

    def _limit(self) -> int:
        """How many may be under way of all tenants together."""
        if len(self._queues) <= 1 and self._now_s() >= self._contended_until_s:
            return self._shares.alone
        return self._shares.contended

    def _is_due(self, queue: _Queue) -> bool:
        """Tell whether a tenant has less than its share."""
        return queue.running < max(1, self._limit() // len(self._queues))
