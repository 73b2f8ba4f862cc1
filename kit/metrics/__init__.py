"""Metrics: what this process counts, for whoever watches it; declared where it is counted.

    FLUSHES = histogram("renkei_flush_seconds", "How long a group of writes took")
    FLUSHES.of().observe(0.004)

Counting is adding to a number in memory, which all workers of a machine share through files
(`kit.metrics.memory`), so that any of them can tell the sum. Labels have few values, known
beforehand: never the name of a tenant, a person or an entity.
"""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from kit.metrics.memory import Description, Kind, Memory, Sample, read_all

SECONDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
"""Upper bounds of what takes a while."""

MOST_SERIES = 2_000
"""Of one metric; what would be more is counted together, under `other`."""

OTHER = "other"

__all__ = [
    "OTHER",
    "SECONDS",
    "Counter",
    "Description",
    "Gauge",
    "Histogram",
    "Kind",
    "Sample",
    "counter",
    "declared",
    "gathered",
    "gauge",
    "histogram",
    "keep_in",
    "worker_number",
]


class _Series:
    """The numbers of one metric under one set of labels."""

    __slots__ = ("_at", "_cells", "key", "values")

    def __init__(self, key: bytes, values: int) -> None:
        self.key = key
        self.values = values
        self._cells: memoryview[float] = memoryview(b"").cast("d")
        self._at = 0

    def move(self, memory: Memory) -> None:
        """Go on counting in another memory, from what was counted before."""
        before = [self._cells[self._at + n] for n in range(self.values)] if self._cells else []
        self._at = memory.place(self.key, self.values)
        self._cells = memory.cells
        for n, value in enumerate(before):
            self._cells[self._at + n] += value


class Counter(_Series):
    """What only grows."""

    __slots__ = ()

    def add(self, amount: float = 1.0) -> None:
        """Count."""
        self._cells[self._at] += amount


class Gauge(_Series):
    """What rises and falls."""

    __slots__ = ()

    def set(self, value: float) -> None:
        """Say how much it is now."""
        self._cells[self._at] = value


class Histogram(_Series):
    """How often what was how much: one number for each bound, one beyond them, and the sum."""

    __slots__ = ("_bounds",)

    def __init__(self, key: bytes, bounds: Sequence[float]) -> None:
        super().__init__(key, len(bounds) + 2)
        self._bounds = bounds

    def observe(self, value: float) -> None:
        """Count one."""
        cells, at, bounds = self._cells, self._at, self._bounds
        cells[at + bisect_left(bounds, value)] += 1.0
        cells[at + len(bounds) + 1] += value


_S = TypeVar("_S", bound=_Series)


class Metric(Generic[_S]):
    """One metric with all its series, made when they are first counted."""

    def __init__(self, description: Description, kind: type[_S]) -> None:
        self.description = description
        self._kind = kind
        self._series: dict[tuple[str, ...], _S] = {}

    def of(self, *labels: str) -> _S:
        """Answer with the series of these labels."""
        return self._series.get(labels) or self._make(labels)

    def move(self, memory: Memory) -> None:
        """Go on counting in another memory."""
        if self._series:
            memory.place(self.description.key, 0)
        for series in self._series.values():
            series.move(memory)

    def _make(self, labels: tuple[str, ...]) -> _S:
        if len(labels) != len(self.description.labels):
            raise ValueError(f"{self.description.name} has labels {self.description.labels}")
        if len(self._series) >= MOST_SERIES:
            labels = tuple(OTHER for _ in labels)
            if labels in self._series:
                return self._series[labels]
        _OWN.memory.place(self.description.key, 0)
        key, bounds = self.description.series_key(labels), self.description.bounds
        made = Histogram(key, bounds) if self._kind is Histogram else self._kind(key, 1)
        made.move(_OWN.memory)
        self._series[labels] = made  # type: ignore[assignment]  # a Histogram where _S is one
        return self._series[labels]


class _Own:
    """What this process counts, and where."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.folder: Path | None = None
        self.metrics: dict[str, Metric[Counter] | Metric[Gauge] | Metric[Histogram]] = {}


_OWN = _Own()


def counter(name: str, text: str, *labels: str) -> Metric[Counter]:
    """Declare what only grows; its name ends with `_total`."""
    made = Metric(Description(Kind.COUNTER, name, text, labels), Counter)
    _OWN.metrics[name] = made
    return made


def gauge(name: str, text: str, *labels: str) -> Metric[Gauge]:
    """Declare what rises and falls; of all workers it is the sum."""
    made = Metric(Description(Kind.GAUGE, name, text, labels), Gauge)
    _OWN.metrics[name] = made
    return made


def histogram(
    name: str, text: str, *labels: str, bounds: Sequence[float] = SECONDS
) -> Metric[Histogram]:
    """Declare what is counted by how much it was."""
    made = Metric(Description(Kind.HISTOGRAM, name, text, labels, tuple(bounds)), Histogram)
    _OWN.metrics[name] = made
    return made


def declared() -> Sequence[Description]:
    """Answer with the metrics of the modules that are loaded."""
    return [metric.description for metric in _OWN.metrics.values()]


def keep_in(folder: Path) -> None:
    """Count in a file of this folder from now on, which outlives the process."""
    memory = Memory.open(folder)
    for metric in _OWN.metrics.values():
        metric.move(memory)
    _OWN.memory, _OWN.folder = memory, folder


def worker_number() -> int:
    """Say which of the machine's workers this is, from 0."""
    return _OWN.memory.number


def gathered() -> Sequence[Sample]:
    """Sum up what all workers of this machine have counted."""
    return read_all(_OWN.memory, _OWN.folder)
