"""Fair share: a busy tenant takes what nobody else wants, and no more."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from broker import TooManyRequests

_REMEMBERED_S = 0.25  # how long two tenants that take turns count as contenders
_GREEDY = 3  # who wants more than his share gets this part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many requests of one process may be under way.

    Args:
        alone: of a tenant that nobody contends with.
        contended: of all tenants together, while several ask.
        queue: that may wait, of one tenant.
    """

    alone: int = 128
    contended: int = 12
    queue: int = 1_000


@dataclass(slots=True)
class _Queue:
    """One tenant's requests: how many are under way, and who waits."""

    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class FairShare:
    """Lets requests in, in turn among tenants.

    While one tenant asks alone it is hardly bounded. While several do, each has an equal share of
    what may be under way, one at least. Who wants more than his share has a part of it only: what
    is under way for him is what the others wait for. Only who has requests under way ever waits.

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
        if not queue.waiting and self._is_due(queue, 1):
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
            self._queues.pop(tenant, None)

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
        """Let in what the tenant that left is due, and one of the tenant whose turn it is."""
        while queue.waiting and self._is_due(queue):
            self._admit(tenant)
        if self._total < self._shares.contended and self._turns:
            other = next(iter(self._turns))
            if self._is_due(self._queues[other]):
                self._admit(other)

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

    def _is_due(self, queue: _Queue, more: int = 0) -> bool:
        """Tell whether a tenant may have one more request under way, of those that it asks for."""
        if len(self._queues) <= 1 and not self._is_contended():
            return queue.running < self._shares.alone
        share = self._shares.contended // max(2, len(self._queues))
        if queue.running + len(queue.waiting) + more > share:
            share //= _GREEDY
        return queue.running < max(1, share)

    def _is_contended(self) -> bool:
        """Tell whether several have asked lately; whoever asks alone for long, asks no clock."""
        if self._contended_until_s and self._now_s() >= self._contended_until_s:
            self._contended_until_s = 0.0
        return self._contended_until_s > 0
