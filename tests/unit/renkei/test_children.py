"""Pauses between attempts."""

from renkei.children import Pause


def test_pauses_grow_to_a_bound() -> None:
    pause = Pause()
    waits = [pause.failed() for _ in range(12)]
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits == sorted(waits)
    assert waits[-1] == 10.0


def test_what_lived_long_is_started_again_soon() -> None:
    pause = Pause()
    for _ in range(12):
        pause.failed()
    assert pause.failed(lived_s=3600) == 0.1
    assert 0 < pause.left_s <= 0.1


def test_the_first_attempt_does_not_wait() -> None:
    assert Pause().left_s == 0
