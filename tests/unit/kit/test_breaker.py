"""How much an endpoint is asked to take."""

from kit.breaker import TOLERATED, Breaker
from kit.tasks import Backoff


def a_breaker() -> Breaker:
    return Breaker(8, Backoff(first_s=1.0, limit_s=10.0))


def test_a_working_endpoint_gets_as_much_as_the_limit_allows() -> None:
    breaker = a_breaker()
    assert [breaker.room(under_way, 0.0) for under_way in (0, 3, 8)] == [8, 5, 0]


def test_one_silence_opens_it_and_one_probe_follows() -> None:
    breaker = a_breaker()
    breaker.failed(100.0, is_answered=False)
    assert not breaker.is_closed
    assert breaker.room(0, 100.5) == 0
    assert breaker.room(0, 102.0) == 1
    assert breaker.room(1, 102.0) == 0


def test_what_was_under_way_counts_once() -> None:
    breaker = a_breaker()
    for _ in range(8):
        breaker.failed(100.0, is_answered=False)
    assert breaker.room(0, 101.3) == 1, "eight failures at once are one"


def test_each_failed_probe_doubles_the_wait_up_to_the_limit() -> None:
    breaker, now_s = a_breaker(), 0.0
    waits = []
    for _ in range(8):
        breaker.failed(now_s, is_answered=False)
        waits.append(breaker.until_s - now_s)
        now_s = breaker.until_s
    for wait_s, wanted_s in zip(waits, (1, 2, 4, 8, 10, 10, 10, 10), strict=True):
        assert 0.8 * wanted_s <= wait_s <= 1.2 * wanted_s


def test_answers_of_failure_are_tolerated_for_a_while() -> None:
    breaker = a_breaker()
    for _ in range(TOLERATED - 1):
        breaker.failed(0.0, is_answered=True)
    assert breaker.is_closed
    breaker.failed(0.0, is_answered=True)
    assert not breaker.is_closed


def test_a_success_closes_it() -> None:
    breaker = a_breaker()
    breaker.failed(0.0, is_answered=False)
    breaker.succeeded()
    assert breaker.room(0, 0.0) == 8


def test_a_cooldown_holds_even_while_it_is_closed() -> None:
    breaker = a_breaker()
    breaker.failed(0.0, is_answered=True, cooldown_s=30.0)
    assert breaker.is_closed
    assert breaker.room(0, 29.0) == 0
    assert breaker.room(0, 31.0) == 8
