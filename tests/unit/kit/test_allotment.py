"""What works in the background takes its part of the time and no more."""

import pytest

from kit.allotment import Allotment


class Clock:
    """Goes as a test says."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allotment(clock: Clock) -> Allotment:
    return Allotment(part=0.05, saved_s=1.0, clock=clock)


def test_what_is_saved_is_spent_without_a_rest(allotment: Allotment) -> None:
    for _ in range(10):
        allotment.spend(0.1)
        assert allotment.rest_s() == 0


def test_in_the_long_run_it_takes_its_part(allotment: Allotment, clock: Clock) -> None:
    began_s, worked_s = clock.now_s, 0.0
    while clock.now_s < began_s + 10_000:
        clock.now_s += 0.2
        worked_s += 0.2
        allotment.spend(0.2)
        clock.now_s += allotment.rest_s()
    assert worked_s / (clock.now_s - began_s) == pytest.approx(0.05, rel=0.01)


def test_no_more_is_saved_than_the_most(allotment: Allotment, clock: Clock) -> None:
    clock.now_s += 1_000_000
    allotment.spend(1.5)
    assert allotment.rest_s() == pytest.approx(10)


def test_after_one_long_piece_of_work_the_rest_has_an_end(
    allotment: Allotment, clock: Clock
) -> None:
    allotment.spend(10_000)
    assert allotment.rest_s() == pytest.approx(20)
    clock.now_s += 15
    assert allotment.rest_s() == pytest.approx(5)
    clock.now_s += 5
    assert allotment.rest_s() == pytest.approx(0)
