"""Whose CPU a run took: whoever reads a figure sees what the bottleneck was."""

import statistics
import time
from collections.abc import Callable

import psutil

_POSTGRES = "postgres"


class CpuMeter:
    """Measures CPU between two moments, in cores: 1.0 is one core kept busy.

    Args:
        supervisor: process of the platform on this machine, to tell its workers' part and
            PostgreSQL's; None where it runs elsewhere.
    """

    def __init__(self, supervisor: int | None = None) -> None:
        self._supervisor = supervisor
        self.start()

    def start(self) -> None:
        """Begin the stretch that `read` sums up."""
        self._began_s = time.perf_counter()
        self._generator_s = time.process_time()
        self._machine_s = _busy_s()
        self._children_s = self._children()

    def read(self) -> dict[str, float]:
        """Answer with the cores kept busy by whom; `machine` is everybody together.

        `busiest worker` beside `workers` shows how evenly connections are spread.
        """
        seconds = max(time.perf_counter() - self._began_s, 1e-9)
        spent = {"generator": time.process_time() - self._generator_s}
        if self._supervisor is not None:
            spent |= self._platform()
        spent["machine"] = _busy_s() - self._machine_s
        return {who: spent_s / seconds for who, spent_s in spent.items()}

    def _platform(self) -> dict[str, float]:
        workers, postgres = [0.0], 0.0
        for (pid, name), now_s in self._children().items():
            spent_s = now_s - self._children_s.get((pid, name), 0.0)
            if name.startswith(_POSTGRES):
                postgres += spent_s
            else:
                workers.append(spent_s)
        return {"workers": sum(workers), "busiest worker": max(workers), "postgres": postgres}

    def _children(self) -> dict[tuple[int, str], float]:
        """Answer with what each process of the platform took since it began."""
        taken_s: dict[tuple[int, str], float] = {}
        if self._supervisor is None:
            return taken_s
        try:
            children = psutil.Process(self._supervisor).children(recursive=True)
        except psutil.NoSuchProcess:
            return taken_s
        for child in children:
            try:
                times, name = child.cpu_times(), child.name()
            except psutil.NoSuchProcess:
                continue
            taken_s[child.pid, name] = times.user + times.system
        return taken_s


def _busy_s() -> float:
    times = psutil.cpu_times()._asdict()
    return float(sum(times.get(part, 0.0) for part in ("user", "nice", "system", "irq", "softirq")))


def microseconds(act: Callable[[], object], calls: int = 300) -> float:
    """Measure one call's CPU time in this process: the median of seven rounds of so many."""
    rounds = []
    for _ in range(7):
        began_s = time.process_time()
        for _ in range(calls):
            act()
        rounds.append((time.process_time() - began_s) / calls * 1e6)
    return statistics.median(rounds)
