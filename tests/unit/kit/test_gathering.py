import asyncio
from collections.abc import Mapping

import pytest

from kit.gathering import Gathered


class Shelf:
    """Something slow to look things up in."""

    def __init__(self) -> None:
        self.lengths = {"a": 1, "bb": 2, "ccc": 3}
        self.asked: list[set[str]] = []
        self.go_on = asyncio.Event()
        self.is_broken = False

    async def read(self, keys: frozenset[str]) -> Mapping[str, int]:
        self.asked.append(set(keys))
        found = {key: self.lengths[key] for key in keys & self.lengths.keys()}
        await self.go_on.wait()
        if self.is_broken:
            raise OSError("away")
        return found


async def asking(lengths: "Gathered[str, int]", *keys: str) -> list[asyncio.Task[int | None]]:
    tasks = [asyncio.create_task(lengths.find(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_for_meanwhile_is_read_together() -> None:
    shelf = Shelf()
    lengths = Gathered(shelf.read)
    first = await asking(lengths, "a")
    others = await asking(lengths, "bb", "ccc", "bb", "nothing")
    shelf.go_on.set()
    assert await asyncio.gather(*first, *others) == [1, 2, 3, 2, None]
    assert shelf.asked == [{"a"}, {"bb", "ccc", "nothing"}]


async def test_nobody_is_answered_with_what_was_read_before_he_asked() -> None:
    shelf = Shelf()
    lengths = Gathered(shelf.read)
    [early] = await asking(lengths, "a")
    shelf.lengths["a"] = 100
    [late] = await asking(lengths, "a")
    shelf.go_on.set()
    assert (await early, await late) == (1, 100)


async def test_a_failure_is_everybodys_of_the_batch_and_nobody_elses() -> None:
    shelf = Shelf()
    shelf.is_broken = True
    lengths = Gathered(shelf.read)
    [first] = await asking(lengths, "a")
    others = await asking(lengths, "bb", "ccc")
    shelf.go_on.set()
    for task in (first, *others):
        with pytest.raises(OSError, match="away"):
            await task
    assert len(shelf.asked) == 2
    shelf.is_broken = False
    assert await lengths.find("a") == 1


async def test_who_goes_away_leaves_the_reading_to_the_others() -> None:
    shelf = Shelf()
    lengths = Gathered(shelf.read)
    [first] = await asking(lengths, "a")
    leader, other = await asking(lengths, "bb", "ccc")
    shelf.go_on.set()
    assert await first == 1
    leader.cancel()
    assert await other == 3
    assert leader.cancelled() or leader.done()


async def test_who_is_cancelled_while_reading_for_others_takes_nothing_from_them() -> None:
    shelf = Shelf()
    lengths = Gathered(shelf.read)
    lengths_asked = await asking(lengths, "a", "bb")
    lengths_asked[0].cancel()
    shelf.go_on.set()
    assert await lengths_asked[1] == 2
