"""Sampling: every other second each worker notes how things stand with it."""

import asyncio
import gc
from collections.abc import Mapping
from importlib.metadata import version

import psutil

from kit.metrics import Gauge, Metric, gauge, worker_number
from renkei.platform import Platform

_EVERY_S = 2.0

_INFO = gauge("renkei_workers", "Workers that serve, by version.", "version")
_MEMORY = gauge("renkei_worker_memory_bytes", "Resident memory.", "worker")
_CPU = gauge("renkei_worker_cpu_seconds", "CPU time since the worker began.", "worker")
_FILES = gauge("renkei_worker_open_files", "Open files and sockets.", "worker")
_LAG = gauge("renkei_worker_loop_lag_seconds", "How late the event loop is.", "worker")
_COLLECTIONS = gauge("renkei_worker_full_collections", "Full garbage collections.", "worker")
_LANES = gauge("renkei_lanes", "Tenants that wrote of late, counted in each worker.")
_LANE_BYTES = gauge("renkei_lane_waiting_bytes", "Commands that wait to be committed.")
_CONNECTIONS = gauge("renkei_database_connections", "Connections to databases.", "state")
_BREAKERS = gauge("renkei_breakers_open", "Endpoints that do not work, so far as known.", "kind")
_HELD = gauge("renkei_deliveries_held", "Due notifications that workers know of.")
_AUDIT = gauge("renkei_audit_waiting", "Records that wait to be durable.")


class Sampler:
    """Notes how things stand with one worker.

    Args:
        platform: the worker's.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._process = psutil.Process()
        self._version = version("renkei")  # reads a file

    async def run(self) -> None:
        """Note it again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _EVERY_S
            self.sample()
            await asyncio.sleep(due_s - loop.time())
            self._of_worker(_LAG).set(max(loop.time() - due_s, 0.0))

    def sample(self) -> None:
        """Note it once."""
        self._note_process()
        platform = self._platform
        _LANES.of().set(len(platform.store.lanes))
        _LANE_BYTES.of().set(platform.store.lanes.waiting_bytes)
        databases, deliveries = platform.databases, platform.notifications.deliveries
        _set(
            _CONNECTIONS,
            {
                "idle": databases.idle,
                "used": databases.size - databases.idle,
                "waited_for": databases.waiting,
                "allowed": databases.budget,
            },
        )
        _set(
            _BREAKERS,
            {"subscriber": deliveries.open_breakers, "source": platform.sources.open_breakers},
        )
        _HELD.of().set(deliveries.held)
        _AUDIT.of().set(platform.audit.lane.waiting)

    def _note_process(self) -> None:
        process = self._process
        _INFO.of(self._version).set(1)
        with process.oneshot():
            times = process.cpu_times()
            self._of_worker(_MEMORY).set(process.memory_info().rss)
            self._of_worker(_CPU).set(times.user + times.system)
            self._of_worker(_FILES).set(process.num_fds())
        self._of_worker(_COLLECTIONS).set(gc.get_stats()[2]["collections"])

    def _of_worker(self, metric: Metric[Gauge]) -> Gauge:
        return metric.of(str(worker_number()))


def _set(metric: Metric[Gauge], values: Mapping[str, int]) -> None:
    for label, value in values.items():
        metric.of(label).set(value)
