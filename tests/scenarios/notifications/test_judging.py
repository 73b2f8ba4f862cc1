"""What is promised of the order of notifications, and what of a write that nobody answered."""

from tests.scenarios.notifications.chaos import Disorder, Verdict, Written, judge
from tests.scenarios.notifications.recorder import Arrival

_ENTITY = "urn:ngsi-ld:Sensor:1"


def verdict(acknowledged: list[int], unknown: set[int], arrived: list[int]) -> Verdict:
    written = Written()
    written.acknowledged[_ENTITY] = acknowledged
    written.unknown[_ENTITY] = unknown
    arrivals = [
        Arrival("s1", _ENTITY, value, f"n{place}", float(place))
        for place, value in enumerate(arrived)
    ]
    return judge(written, arrivals, alarms=1, kills=0, seconds=1.0)


def test_acknowledged_values_that_change_places_are_told_one_by_one() -> None:
    told = verdict([1, 2, 3], set(), [1, 3, 2])
    assert told.disorders == [
        Disorder(subscription="s1", entity=_ENTITY, came_first=3, came_next=2)
    ]
    assert not told.is_good
    assert "urn:ngsi-ld:Sensor:1 for s1: 3 before 2" in str(told)


def test_a_value_that_was_never_acknowledged_may_come_late() -> None:
    told = verdict([1, 3, 4], {2}, [1, 3, 2, 4])
    assert told.is_good
    assert [(one.came_first, one.came_next) for one in told.unpromised] == [(3, 2)]


def test_a_late_value_that_was_never_acknowledged_hides_no_disorder_around_it() -> None:
    told = verdict([1, 3, 4], {2}, [1, 4, 2, 3])
    assert [(one.came_first, one.came_next) for one in told.disorders] == [(4, 3)]
    assert not told.is_good


def test_a_repeated_notification_is_no_disorder() -> None:
    assert verdict([1, 2], set(), [1, 2, 1]).is_good


def test_a_lost_value_and_a_strange_one_are_told() -> None:
    assert verdict([1, 2], set(), [1]).delivered == 1
    assert not verdict([1, 2], set(), [1]).is_good
    assert verdict([1], {2}, [1, 7]).strangers == 1
