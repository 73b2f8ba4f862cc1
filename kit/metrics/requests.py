"""What every request is counted as, whichever house answers it."""

from dataclasses import dataclass, field

from kit.metrics import Counter, Histogram, counter, histogram

REQUESTS = counter(
    "renkei_requests_total",
    "Requests that were answered.",
    "house",
    "operation",
    "tenant_class",
    "status",
)
REQUEST_SECONDS = histogram(
    "renkei_request_seconds", "From a request's head to its answer's end.", "house", "operation"
)
REFUSALS = counter(
    "renkei_refusals_total", "Requests that were refused, by why.", "house", "reason"
)

NO_TENANT = "none"
"""The class of tenant of a request in none; else its storage."""

GONE = 499
"""The status counted where a client left before its answer."""


@dataclass(slots=True)
class Answered:
    """Counts the requests of one operation."""

    house: str
    operation: str
    _counts: dict[tuple[str, int], Counter] = field(default_factory=dict)
    _seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self._seconds = REQUEST_SECONDS.of(self.house, self.operation)

    def count(self, tenant_class: str, status: int, seconds: float) -> None:
        """Count one."""
        counted = self._counts.get((tenant_class, status))
        if counted is None:
            counted = REQUESTS.of(self.house, self.operation, tenant_class, str(status))
            self._counts[tenant_class, status] = counted
        counted.add()
        self._seconds.observe(seconds)
