import asyncio
from collections import Counter

import pytest

from broker import TooManyRequests
from renkei.fairness import FairShare, Shares

A, B, C = 1, 2, 3


class Requests:
    """Requests under way and waiting, in a time of their own."""

    def __init__(self, **shares: int) -> None:
        self.now_s = 0.0
        self.share = FairShare(Shares(**shares), lambda: self.now_s)
        self.running: Counter[int] = Counter()
        self.entered: list[int] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def ask(self, tenant: int, count: int = 1) -> None:
        """Let requests come in; those that have room are under way afterwards."""
        for _ in range(count):
            self._tasks.append(asyncio.create_task(self._enter(tenant)))
        await self._settle()

    async def answer(self, tenant: int, count: int = 1) -> None:
        """End requests that are under way."""
        for _ in range(count):
            self.running[tenant] -= 1
            self.share.leave(tenant)
            await self._settle()

    async def give_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _enter(self, tenant: int) -> None:
        await self.share.enter(tenant)
        self.entered.append(tenant)
        self.running[tenant] += 1

    async def _settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_who_asks_alone_is_hardly_bounded() -> None:
    requests = Requests(alone=100, contended=4)
    await requests.ask(A, 150)
    assert requests.running[A] == 100
    await requests.answer(A, 30)
    assert requests.running[A] == 100
    await requests.give_up()


async def test_who_comes_late_enters_at_once_though_another_has_filled_the_process() -> None:
    requests = Requests(alone=100, contended=4)
    await requests.ask(A, 150)
    await requests.ask(B)
    assert requests.running[B] == 1
    await requests.give_up()


async def test_contenders_that_both_want_much_come_to_the_same() -> None:
    requests = Requests(alone=100, contended=12)
    await requests.ask(A, 200)
    await requests.ask(B, 50)
    for _ in range(150):
        for tenant in (A, B):
            if requests.running[tenant]:
                await requests.answer(tenant)
                await requests.ask(tenant)
    assert requests.running[A] == requests.running[B] == 2
    await requests.give_up()


async def test_who_wants_no_more_than_his_share_has_all_he_wants() -> None:
    requests = Requests(alone=100, contended=12)
    await requests.ask(A, 200)
    await requests.ask(B, 6)
    await requests.answer(A, 98)
    assert requests.running == {A: 2, B: 6}
    await requests.give_up()


async def test_each_of_many_has_one_under_way_at_least() -> None:
    requests = Requests(alone=100, contended=4)
    for tenant in range(1, 21):
        await requests.ask(tenant, 3)
    assert set(requests.running) == set(range(1, 21))
    await requests.give_up()


async def test_when_the_others_are_gone_for_a_while_all_is_there_again() -> None:
    requests = Requests(alone=100, contended=12)
    await requests.ask(B)
    await requests.ask(A, 50)
    await requests.answer(B)
    assert requests.running[A] < 12
    requests.now_s += 2
    await requests.answer(A)
    assert requests.running[A] == 49
    await requests.give_up()


async def test_waiting_tenants_take_turns() -> None:
    requests = Requests(alone=100, contended=3)
    for count in (1, 3):
        for tenant in (A, B, C):
            await requests.ask(tenant, count)
    requests.entered.clear()
    for _ in range(2):
        for tenant in (A, B, C):
            await requests.answer(tenant)
    assert Counter(requests.entered) == {A: 2, B: 2, C: 2}
    await requests.give_up()


async def test_a_flood_is_refused_when_its_queue_is_full_and_nobody_elses() -> None:
    requests = Requests(alone=2, contended=2, queue=3)
    await requests.ask(A, 5)
    with pytest.raises(TooManyRequests) as refusal:
        await requests.share.enter(A)
    assert refusal.value.retry_after_s > 0
    await requests.ask(B)
    assert requests.running[B] == 1
    await requests.give_up()


async def test_who_gives_up_waiting_takes_nobodys_turn() -> None:
    requests = Requests(alone=1, contended=1)
    await requests.ask(A)
    waiting = asyncio.create_task(requests.share.enter(A))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await requests.ask(A)
    await requests.answer(A)
    assert requests.running[A] == 1
    await requests.answer(A)
    await requests.ask(B)
    assert requests.running == {A: 0, B: 1}
    await requests.give_up()


async def test_who_is_let_in_and_gives_up_at_the_same_moment_leaves_again() -> None:
    requests = Requests(alone=1, contended=1)
    await requests.ask(A)
    waiting = asyncio.create_task(requests.share.enter(A))
    await asyncio.sleep(0)
    requests.share.leave(A)  # its turn comes
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(requests.share.enter(A), 5)
    requests.share.leave(A)
