"""Looking again and again: what is away now is looked for the next time."""

import asyncio

import pytest

from kit.db import DatabaseUnavailable
from kit.looking import look_again


class Looks:
    """Fails as a test says, look by look, and counts."""

    def __init__(self, *failures: Exception | None) -> None:
        self._failures = list(failures)
        self.made = 0

    async def look(self) -> None:
        self.made += 1
        failure = self._failures.pop(0) if self._failures else asyncio.CancelledError()
        if failure is not None:
            raise failure


def run(looks: Looks) -> None:
    asyncio.run(look_again(looks.look, every_s=0, failing="not_looked"))


def test_what_does_not_answer_is_looked_for_again() -> None:
    looks = Looks(None, DatabaseUnavailable("away"), TimeoutError("slow"), None)
    with pytest.raises(asyncio.CancelledError):
        run(looks)
    assert looks.made == 5


def test_a_fault_of_ours_ends_it_so_that_it_is_told() -> None:
    looks = Looks(None, ValueError("a fault"), None)
    with pytest.raises(ValueError, match="a fault"):
        run(looks)
    assert looks.made == 2
