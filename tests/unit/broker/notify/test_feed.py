"""Feeds give out what may be sent, in an order that keeps each Entity's own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.delivery import Delivery
from broker.ngsi.names import EntityId
from broker.notify.feed import Chains, Window
from kit.tasks import Backoff

BACKOFF = Backoff(first_s=1.0, limit_s=4.0)
NOW = datetime(2026, 9, 1, tzinfo=UTC)


def a_delivery(change: int, entity: str = "a") -> Delivery:
    return Delivery(
        subscription=1,
        change=change,
        entity_id=EntityId(entity),
        notification=uuid4(),
        at=NOW,
        body="{}",
    )


def changes(deliveries: Sequence[Delivery]) -> list[int]:
    return [one.change for one in deliveries]


def test_entities_go_side_by_side_and_each_in_line() -> None:
    chains = Chains(BACKOFF)
    for change, entity in enumerate("aab"):
        assert chains.add(a_delivery(change, entity), 0.0) == []
    first, second = chains.take(0.0), chains.take(0.0)
    assert changes(first + second) == [0, 2]
    assert chains.take(0.0) == ()
    assert changes(chains.delivered(first, 0.0)) == [0]
    assert changes(chains.take(0.0)) == [1]


def test_what_failed_waits_at_the_head_of_its_line_longer_each_time() -> None:
    chains = Chains(BACKOFF)
    for change in range(2):
        chains.add(a_delivery(change), 0.0)
    now_s = 0.0
    for wait_s in (1.0, 2.0, 4.0, 4.0):
        taken = chains.take(now_s)
        assert changes(taken) == [0]
        assert chains.failed(taken, now_s) == []
        assert chains.next_at_s() == now_s + wait_s
        assert chains.take(now_s + wait_s - 0.1) == ()
        now_s += wait_s
    chains.delivered(chains.take(now_s), now_s)
    assert changes(chains.take(now_s)) == [1]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from("abc")),
            st.tuples(st.sampled_from(["take", "deliver", "fail"]), st.just("")),
        ),
        max_size=60,
    )
)
def test_nothing_overtakes_in_its_entity_and_nothing_is_lost(steps: list[tuple[str, str]]) -> None:
    chains, now_s, number = Chains(BACKOFF), 0.0, 0
    out: list[tuple[Delivery, ...]] = []
    arrived: list[Delivery] = []
    for what, entity in steps:
        now_s += 0.5
        if what == "add":
            chains.add(a_delivery(number, entity), now_s)
            number += 1
        elif what == "take" and (taken := chains.take(now_s)):
            out.append(taken)
        elif what == "deliver" and out:
            arrived += chains.delivered(out.pop(0), now_s)
        elif what == "fail" and out:
            chains.failed(out.pop(), now_s)
    while out or chains.next_at_s() is not None:
        now_s += 10.0
        if taken := chains.take(now_s):
            out.append(taken)
        arrived += chains.delivered(out.pop(0), now_s)
    assert sorted(changes(arrived)) == list(range(number))
    for entity in "abc":
        mine = [one.change for one in arrived if one.entity_id == entity]
        assert mine == sorted(mine)


def test_a_window_opens_with_the_first_and_ends_with_all_that_it_held() -> None:
    window = Window(BACKOFF, 5.0)
    for change, entity in enumerate("ab"):
        window.add(a_delivery(change, entity), 0.0)
    first = window.take(0.0)
    assert changes(first) == [0]
    assert changes(window.delivered(first, 1.0)) == [0]
    window.add(a_delivery(2, "a"), 2.0)
    assert window.take(5.9) == ()
    assert window.next_at_s() == 6.0
    assert changes(window.take(6.0)) == [1, 2]


def test_a_window_that_a_former_process_opened_holds() -> None:
    window = Window(BACKOFF, 5.0, ends_s=3.0)
    for change in range(3):
        window.add(a_delivery(change), 0.0)
    assert window.take(2.9) == ()
    assert changes(window.take(3.0)) == [0, 1, 2]


def test_a_failed_window_is_sent_again_with_what_came_since() -> None:
    window = Window(BACKOFF, 5.0)
    window.add(a_delivery(0), 0.0)
    taken = window.take(0.0)
    window.add(a_delivery(1), 0.1)
    assert window.failed(taken, 0.2) == []
    assert window.take(1.0) == ()
    assert changes(window.take(1.2)) == [0, 1]


def test_a_window_sums_up_no_end_of_changes() -> None:
    window = Window(BACKOFF, 5.0, ends_s=100.0)
    superseded = [one for n in range(100) for one in window.add(a_delivery(n), 0.0)]
    kept = changes(window.take(100.0))
    assert kept[0] == 0
    assert kept[-1] == 99
    assert sorted(changes(superseded) + kept) == list(range(100))


def test_a_window_that_held_more_is_told_of_until_nothing_is_left() -> None:
    window = Window(BACKOFF, 5.0, ends_s=5.0)
    window.add(a_delivery(0, "a"), 0.0)
    window.fall_behind()
    assert window.take(4.9) == ()
    assert changes(window.delivered(window.take(5.0), 5.1)) == [0]
    window.add(a_delivery(1, "b"), 5.2)
    window.add(a_delivery(2, "c"), 5.2)
    window.catch_up()
    taken = window.take(5.2)
    assert changes(taken) == [1, 2]
    window.delivered(taken, 5.3)
    window.add(a_delivery(3, "a"), 5.4)
    assert window.next_at_s() == 10.3


def test_a_window_of_which_nothing_was_left_counts_from_its_last_notification() -> None:
    window = Window(BACKOFF, 5.0)
    window.add(a_delivery(0), 0.0)
    window.fall_behind()
    window.delivered(window.take(0.0), 1.0)
    window.catch_up()
    window.add(a_delivery(1), 2.0)
    assert window.take(5.9) == ()
    assert changes(window.take(6.0)) == [1]


def test_a_full_window_keeps_the_first_and_the_last_of_each_entity() -> None:
    window = Window(BACKOFF, 5.0, ends_s=5.0)
    for change, entity in enumerate("aaabab"):
        window.add(a_delivery(change, entity), 0.0)
    assert sorted(changes(window.relieve().superseded)) == [1, 2]
    assert not window.relieve().superseded
    assert changes(window.take(5.0)) == [0, 3, 4, 5]


def test_who_waits_behind_a_failed_one_makes_room_and_is_read_again() -> None:
    chains = Chains(BACKOFF)
    for change, entity in enumerate("aaab"):
        chains.add(a_delivery(change, entity), 0.0)
    failed = chains.take(0.0)
    assert not chains.relieve().returned, "nothing failed yet"
    chains.failed(failed, 0.0)
    assert sorted(changes(chains.relieve().returned)) == [1, 2]
    assert set(chains.cut) == {"a"}
    assert not chains.is_uncut()
    assert changes(chains.take(0.5)) == [3]
    chains.delivered(chains.take(1.0), 1.0)
    assert chains.is_uncut()
    assert not chains.is_uncut()
    assert not chains.cut


def test_of_intervals_only_the_last_counts() -> None:
    interval = Window(BACKOFF, 0.0)
    assert interval.add(a_delivery(0, ""), 0.0) == []
    assert changes(interval.add(a_delivery(1, ""), 0.0)) == [0]
    taken = interval.take(0.0)
    interval.add(a_delivery(2, ""), 0.1)
    assert changes(interval.failed(taken, 0.2)) == [1]
    assert changes(interval.take(5.0)) == [2]
