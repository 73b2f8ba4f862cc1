"""Whose CPU a run took: whoever reads a figure sees what the bottleneck was."""

import time
from collections import defaultdict

import psutil

_WORKERS = "workers"
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
        self._platform_s = self._platform()

    def read(self) -> dict[str, float]:
        """Answer with the cores kept busy by whom; `machine` is everybody together."""
        seconds = max(time.perf_counter() - self._began_s, 1e-9)
        spent = {"generator": time.process_time() - self._generator_s}
        for who, spent_s in self._platform().items():
            spent[who] = max(spent_s - self._platform_s[who], 0.0)
        spent["machine"] = _busy_s() - self._machine_s
        return {who: spent_s / seconds for who, spent_s in spent.items()}

    def _platform(self) -> defaultdict[str, float]:
        """Sum up what the platform's processes took since they began."""
        spent: defaultdict[str, float] = defaultdict(float)
        if self._supervisor is None:
            return spent
        try:
            children = psutil.Process(self._supervisor).children(recursive=True)
        except psutil.NoSuchProcess:
            return spent
        for child in children:
            try:
                times, name = child.cpu_times(), child.name()
            except psutil.NoSuchProcess:
                continue
            who = _POSTGRES if name.startswith(_POSTGRES) else _WORKERS
            spent[who] += times.user + times.system
        return spent


def _busy_s() -> float:
    times = psutil.cpu_times()._asdict()
    return float(sum(times.get(part, 0.0) for part in ("user", "nice", "system", "irq", "softirq")))
