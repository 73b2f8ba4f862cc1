"""What came of the requests: counted while they run, summed up afterwards."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil


@dataclass(slots=True)
class Tally:
    """Counts of one measured stretch of requests.

    `latencies_s` holds the wanted answers alone: a quick refusal must not flatter a percentile.
    """

    started_at_s: float
    latencies_s: "array[float]" = field(default_factory=lambda: array("d"))
    refusals: Counter[int] = field(default_factory=Counter)
    retry_afters: int = 0
    lost: int = 0
    unreachable: int = 0
    received_bytes: int = 0
    last_answer_at_s: float = 0.0

    @property
    def answered(self) -> int:
        """How many requests had the wanted answer."""
        return len(self.latencies_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long wanted answers took, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one scenario measured.

    `refusals` counts unwanted answers by status; `unavailable_with_retry_after` those of them that
    are 503 and say when to come back; `lost` connections that broke before the answer;
    `unreachable` connections that could not be opened; `cpu` cores kept busy, by whom.
    """

    scenario: str
    requests: int
    seconds: float
    per_second: float
    latency: Latency
    refusals: dict[str, int]
    unavailable_with_retry_after: int
    lost: int
    unreachable: int
    bytes_per_answer: int
    cpu: dict[str, float]

    @property
    def errors(self) -> int:
        """How many requests did not have the wanted answer."""
        return sum(self.refusals.values()) + self.lost + self.unreachable

    def cpu_us_per_request(self, who: str) -> float:
        """What a request cost somebody; unlike its rate, hardly moved by who else is at work."""
        return self.cpu.get(who, 0.0) * 1e6 / max(self.per_second, 1e-9)


def percentile(ascending: Sequence[float], share: float) -> float:
    """Pick by nearest rank; of nothing it is 0.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    if not ascending:
        return 0.0
    return ascending[max(0, ceil(share * len(ascending)) - 1)]


def latency(latencies_s: Sequence[float]) -> Latency:
    """Sum up latencies in seconds as percentiles in milliseconds."""
    ascending = sorted(latencies_s)
    return Latency(
        p50_ms=percentile(ascending, 0.50) * 1000,
        p95_ms=percentile(ascending, 0.95) * 1000,
        p99_ms=percentile(ascending, 0.99) * 1000,
        max_ms=percentile(ascending, 1.0) * 1000,
    )
