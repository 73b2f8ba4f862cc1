from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.tally import latency, percentile

LATENCIES = st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=200)


@settings(max_examples=100)
@given(LATENCIES, st.floats(min_value=0, max_value=1))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(
    values: list[float], share: float
) -> None:
    ascending = sorted(values)
    picked = percentile(ascending, share)
    assert sum(value <= picked for value in values) >= share * len(values)
    below = [value for value in values if value < picked]
    assert not below or len(below) < share * len(values)


def test_latencies_are_summed_up_in_milliseconds() -> None:
    figures = latency([milli / 1000 for milli in range(100, 0, -1)])
    assert [figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms] == [50, 95, 99, 100]


def test_no_latencies_are_no_error() -> None:
    assert latency([]).p99_ms == 0.0
