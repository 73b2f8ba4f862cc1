"""The queue of a lane: cut into groups, interleaved, counted in bytes."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.commands import Applied, Delete
from broker.ngsi.errors import Unavailable
from broker.store.queue import Entry, LaneQueue, Limits, Room, Taken
from tests.entities import an_id, create, now

DONE = Applied(change=None)


def a_batch(count: int, first: int = 0) -> Entry:
    return Entry([create(number) for number in range(first, first + count)])


def numbers(taken: Taken) -> list[str]:
    return [command.id.rpartition(":")[2] for command in taken.commands]


def a_queue(*entries: Entry, room: Room | None = None, **limits: int) -> LaneQueue:
    queue = LaneQueue(Limits(**limits), room or Room())
    for entry in entries:
        queue.put(entry)
    return queue


async def test_what_came_first_is_taken_first() -> None:
    queue = a_queue(a_batch(2), a_batch(2, 10), commands=3)
    assert numbers(queue.take()) == ["0", "1", "10"]
    assert numbers(queue.take()) == ["11"]
    assert not queue


async def test_a_long_batch_leaves_places_to_others() -> None:
    queue = a_queue(a_batch(100), a_batch(1, 500), commands=10, share=6)
    assert numbers(queue.take()) == [*map(str, range(6)), "500"]
    assert numbers(queue.take()) == list(map(str, range(6, 16)))


async def test_a_group_is_bounded_in_bytes_but_never_empty() -> None:
    queue = a_queue(a_batch(4), group_bytes=1)
    assert numbers(queue.take()) == ["0"]
    size = a_batch(1).waiting_bytes
    queue = a_queue(a_batch(4), a_batch(4, 10), group_bytes=3 * size)
    assert numbers(queue.take()) == ["0", "1", "2"]


async def test_a_full_queue_refuses_and_counts_right() -> None:
    room = Room()
    queue = a_queue(a_batch(1), room=room, lane_bytes=1_000)
    with pytest.raises(Unavailable, match="full") as refusal:
        queue.put(a_batch(5, 10))
    assert refusal.value.retry_after_s == 1
    assert room.used == a_batch(1).waiting_bytes
    queue.take()
    assert room.used == 0


async def test_an_entry_larger_than_the_bound_enters_an_empty_queue() -> None:
    assert len(a_queue(a_batch(50), lane_bytes=100)) == 1


async def test_what_was_taken_can_be_put_back_in_order() -> None:
    room = Room()
    batch, single = a_batch(5), a_batch(1, 10)
    queue = a_queue(batch, single, room=room, commands=4, share=3)
    before = room.used
    taken = queue.take()
    queue.put_back(taken)
    assert room.used == before
    assert [entry.position for entry in queue.drain()] == [0, 0]
    assert room.used == 0


async def test_outcomes_come_together_however_they_were_cut() -> None:
    batch = a_batch(5)
    queue = a_queue(batch, commands=2)
    while queue:
        assert not batch.future.done()
        taken = queue.take()
        taken.answer([DONE] * len(taken.commands))
    assert await batch.future == [DONE] * 5


async def test_a_refusal_leaves_what_was_answered() -> None:
    batch = a_batch(3)
    batch.answer(0, [DONE])
    away = Unavailable("The database is away")
    batch.fail(away, start=2)
    assert not batch.future.done()
    batch.answer(1, [DONE])
    assert await batch.future == [DONE, DONE, away]
    batch.fail(away)
    assert await batch.future == [DONE, DONE, away]


async def test_a_cancelled_request_takes_its_outcomes_in_silence() -> None:
    entry = a_batch(1)
    entry.future.cancel()
    entry.answer(0, [DONE])
    assert entry.future.cancelled()


async def test_a_command_without_attributes_counts_too() -> None:
    assert Entry([Delete(id=an_id(), at=now())]).waiting_bytes > 0


@given(
    batches=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    commands=st.integers(1, 20),
    share=st.integers(1, 20),
    group_bytes=st.integers(1, 5_000),
)
def test_every_command_is_taken_once_and_in_order_of_its_request(
    batches: list[int], commands: int, share: int, group_bytes: int
) -> None:
    async def drained() -> None:
        room = Room()
        entries = [a_batch(count, 100 * place) for place, count in enumerate(batches)]
        queue = a_queue(
            *entries, room=room, commands=commands, share=share, group_bytes=group_bytes
        )
        seen: list[int] = []
        while queue:
            taken = queue.take()
            assert 0 < len(taken.commands) <= commands
            seen += map(int, numbers(taken))
            taken.answer([DONE] * len(taken.commands))
        for place, count in enumerate(batches):
            mine = [number for number in seen if number // 100 == place]
            assert mine == list(range(100 * place, 100 * place + count))
        assert room.used == 0
        assert all(entry.future.done() for entry in entries)

    asyncio.run(drained())
