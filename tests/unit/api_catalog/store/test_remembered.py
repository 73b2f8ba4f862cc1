"""What was found is given again until an entry changes, and no longer than it may be."""

from api_catalog.store.remembered import Remembered


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_an_answer_is_given_again_until_something_changes() -> None:
    counts = Remembered[int](longest_s=60, most=10)
    counts.keep("toilets", 7, 20, weight=1)
    assert counts.find("toilets", 7) == 20
    assert counts.find("shelters", 7) is None
    assert counts.find("toilets", 8) is None
    assert counts.find("toilets", 7) is None  # a number that comes again, after a restore


def test_an_answer_is_not_given_for_ever() -> None:
    clock = Clock()
    counts = Remembered[int](longest_s=5, most=10, clock=clock)
    counts.keep("toilets", 1, 20, weight=1)
    clock.now_s = 4.9
    assert counts.find("toilets", 1) == 20
    clock.now_s = 5.0
    assert counts.find("toilets", 1) is None


def test_what_was_asked_for_least_lately_is_forgotten_first() -> None:
    counts = Remembered[int](longest_s=60, most=10)
    counts.keep("a", 1, 1, weight=4)
    counts.keep("b", 1, 2, weight=4)
    assert counts.find("a", 1) == 1
    counts.keep("c", 1, 3, weight=4)
    assert counts.find("b", 1) is None
    assert (counts.find("a", 1), counts.find("c", 1)) == (1, 3)


def test_an_answer_that_weighs_too_much_is_not_kept() -> None:
    counts = Remembered[int](longest_s=60, most=10)
    counts.keep("a", 1, 1, weight=11)
    assert counts.find("a", 1) is None
    counts.keep("b", 1, 2, weight=10)
    assert counts.find("b", 1) == 2


def test_an_answer_that_is_kept_anew_weighs_once() -> None:
    counts = Remembered[int](longest_s=60, most=10)
    for n in range(5):
        counts.keep("a", 1, n, weight=6)
    counts.keep("b", 1, 9, weight=4)
    assert (counts.find("a", 1), counts.find("b", 1)) == (4, 9)
