import asyncio

import pytest

from kit.tasks import Backoff, Tasks, supervise

AT_ONCE = Backoff(first_s=0, limit_s=0)


async def test_a_crashed_task_tells_and_starts_again() -> None:
    starts: list[int] = []
    crashes: list[Exception] = []

    async def work() -> None:
        starts.append(len(starts))
        if len(starts) < 3:
            raise ValueError(f"crash {len(starts)}")

    await supervise("work", work, on_crash=crashes.append, backoff=AT_ONCE)
    assert starts == [0, 1, 2]
    assert [str(crash) for crash in crashes] == ["crash 1", "crash 2"]


async def test_waits_grow_with_crashes_up_to_the_limit() -> None:
    waits: list[float] = []

    async def work() -> None:
        if len(waits) < 5:
            raise ValueError("crash")

    async def note(wait_s: float) -> None:
        waits.append(wait_s)

    await supervise("work", work, backoff=Backoff(first_s=1, limit_s=5), sleep=note)
    assert waits == [1, 2, 4, 5, 5]


async def test_a_cancelled_task_stays_cancelled() -> None:
    crashes: list[Exception] = []

    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(supervise("work", work, on_crash=crashes.append))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not crashes


async def test_a_faulty_on_crash_does_not_end_the_supervision() -> None:
    starts: list[int] = []

    async def work() -> None:
        starts.append(1)
        if len(starts) == 1:
            raise ValueError("crash")

    def on_crash(crash: Exception) -> None:
        raise RuntimeError("on_crash itself crashes")

    await supervise("work", work, on_crash=on_crash, backoff=AT_ONCE)
    assert len(starts) == 2


async def test_siblings_live_while_one_crashes() -> None:
    ticks: list[int] = []

    async def crash() -> None:
        raise ValueError("always")

    async def tick() -> None:
        while len(ticks) < 20:
            ticks.append(1)
            await asyncio.sleep(0)

    async with Tasks() as tasks:
        tasks.start("crash", crash, backoff=AT_ONCE)
        await tasks.start("tick", tick)
    assert len(ticks) == 20


async def test_closing_cancels_and_awaits_what_runs() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("work")

    tasks = Tasks()
    task = tasks.start("work", work)
    await asyncio.sleep(0)
    await tasks.close()
    assert ended == ["work"]
    assert task.cancelled()
