"""Readings: /metrics as somebody at a terminal reads it, and what happened between two of them."""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """All samples at one moment, by name and labels."""

    samples: Mapping[str, Mapping[Labels, float]]
    at_s: float = field(default_factory=time.monotonic)

    @classmethod
    def parse(cls, text: str) -> "Reading":
        """Read Prometheus' text."""
        found: dict[str, dict[Labels, float]] = defaultdict(dict)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name][frozenset(sample.labels.items())] = sample.value
        return cls(found)

    def value(self, name: str, **labels: str) -> float:
        """Sum up the samples that have these labels."""
        wanted = labels.items()
        samples = self.samples.get(name, {})
        return sum(value for told, value in samples.items() if wanted <= set(told))

    def by(self, name: str, label: str) -> dict[str, float]:
        """Sum up by the values of one label."""
        sums: dict[str, float] = defaultdict(float)
        for told, value in self.samples.get(name, {}).items():
            sums[dict(told).get(label, "")] += value
        return dict(sums)


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two readings."""

    before: Reading
    after: Reading

    @property
    def seconds(self) -> float:
        """How long it was."""
        return max(self.after.at_s - self.before.at_s, 1e-9)

    def rate(self, name: str, **labels: str) -> float:
        """How many a second."""
        grown = self.after.value(name, **labels) - self.before.value(name, **labels)
        return max(grown, 0.0) / self.seconds

    def rates(self, name: str, label: str) -> dict[str, float]:
        """How many a second, by the values of one label; the most first."""
        before, after = self.before.by(name, label), self.after.by(name, label)
        found = {key: (value - before.get(key, 0.0)) / self.seconds for key, value in after.items()}
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    def quantile(self, name: str, share: float, **labels: str) -> float | None:
        """The bound under which a share of what a histogram counted meanwhile is; None: nothing."""
        grown: dict[float, float] = defaultdict(float)
        for reading, sign in ((self.after, 1.0), (self.before, -1.0)):
            for bound, count in _buckets(reading, f"{name}_bucket", labels):
                grown[bound] += sign * count
        total = grown.get(math.inf, 0.0)
        if total <= 0:
            return None
        return min(bound for bound, count in grown.items() if count >= share * total)


def _buckets(
    reading: Reading, name: str, labels: Mapping[str, str]
) -> Iterable[tuple[float, float]]:
    for told, count in reading.samples.get(name, {}).items():
        named = dict(told)
        if labels.items() <= named.items():
            yield float(named["le"]), count
