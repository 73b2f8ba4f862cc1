"""Keeps the latency of each request of a locust run exactly, and writes them down at its end.

Locust itself rounds latencies to two digits.
"""

import time
from array import array
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson
from locust.env import Environment

from loadtests.tally import latency


@dataclass(slots=True)
class _Requests:
    """The requests of one name: when they ended and how long they took, wanted ones alone."""

    ended_s: "array[float]" = field(default_factory=lambda: array("d"))
    took_s: "array[float]" = field(default_factory=lambda: array("d"))
    errors: Counter[str] = field(default_factory=Counter)


class _Figures:
    """What is written down."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._began_s = time.perf_counter()
        self._cpu_s = time.process_time()
        self._requests: dict[str, _Requests] = defaultdict(_Requests)

    def begin(self, **_: object) -> None:
        """Begin to measure: all users are there."""
        self._requests.clear()
        self._began_s, self._cpu_s = time.perf_counter(), time.process_time()

    def request(
        self, name: str, response_time: float, exception: Exception | None, **_: object
    ) -> None:
        """Note one answer, for locust."""
        requests = self._requests[name]
        if exception is not None:
            requests.errors[str(exception)[:200]] += 1
            return
        requests.ended_s.append(time.perf_counter() - self._began_s)
        requests.took_s.append(response_time / 1_000)

    def end(self, **_: object) -> None:
        """Write everything."""
        seconds = time.perf_counter() - self._began_s
        told = {
            "seconds": seconds,
            "generator_cores": (time.process_time() - self._cpu_s) / seconds,
            "operations": [_summed(name, one, seconds) for name, one in self._requests.items()],
        }
        self._path.write_bytes(orjson.dumps(told))


def write_figures(environment: Environment, **_: object) -> None:
    """Keep figures where the option names a file."""
    options = environment.parsed_options
    if options is None or not options.figures:
        return
    figures, events = _Figures(Path(options.figures)), environment.events
    for event, heard in (
        (events.spawning_complete, figures.begin),
        (events.request, figures.request),
        (events.test_stop, figures.end),
    ):
        event.add_listener(heard)  # type: ignore[no-untyped-call]  # locust leaves it untyped


def _summed(name: str, one: _Requests, seconds: float) -> dict[str, object]:
    by_second: dict[int, list[float]] = defaultdict(list)
    for ended_s, took_s in zip(one.ended_s, one.took_s, strict=True):
        by_second[int(ended_s)].append(took_s)
    curve = []
    for second, took in sorted(by_second.items()):
        found = latency(took)
        curve.append([second, len(took), found.p50_ms, found.p95_ms, found.p99_ms])
    return {
        "name": name,
        "requests": len(one.took_s),
        "per_second": len(one.took_s) / seconds,
        "latency": asdict(latency(one.took_s)),
        "errors": dict(one.errors.most_common(10)),
        "curve": curve,
    }
