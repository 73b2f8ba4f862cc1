"""The generator: connections that ask again as soon as they are answered.

It is a closed loop: a slow answer delays the next question of its connection, so that latencies
are those of the given number of clients, not of an outside rate.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import httptools

from loadtests.cpu import CpuMeter
from loadtests.tally import Figures, Tally, latency
from loadtests.wire import Target
from loadtests.workloads import Workload

_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is asked; the run ends with the seconds or the requests, whichever come first.

    Args:
        pause_s: rest of a connection after a 503, a break or a refused connection.
        timeout_s: an answer that takes longer counts as lost.
    """

    connections: int = 32
    warmup_s: float = 0.0
    seconds: float | None = None
    requests: int | None = None
    pause_s: float = 0.05
    timeout_s: float = 30.0


class Load:
    """One workload sent at one target after one plan."""

    def __init__(
        self, workload: Workload, target: Target, plan: Plan, meter: CpuMeter | None = None
    ) -> None:
        self.workload = workload
        self.tally = Tally(time.perf_counter())
        self._target = target
        self._plan = plan
        self._meter = meter or CpuMeter()
        self._left: int | None = None
        self._stopped = False

    def stop(self) -> None:
        """Ask nothing more; what was asked is still waited for."""
        self._stopped = True

    def take(self) -> tuple[int, bytes] | None:
        """Hand a connection its next request, or None at the end."""
        if self._stopped:
            return None
        if self._left is not None:
            if self._left == 0:
                return None
            self._left -= 1
        return self.workload.take()

    async def run(self, scenario: str) -> Figures:
        """Warm up, measure, sum up."""
        async with asyncio.TaskGroup() as connections:
            for _ in range(self._plan.connections):
                connections.create_task(self._keep_asking())
            await asyncio.sleep(self._plan.warmup_s)
            self.tally = Tally(time.perf_counter())
            self._left = self._plan.requests
            self._meter.start()
            if self._plan.seconds is not None:
                asyncio.get_running_loop().call_later(self._plan.seconds, self.stop)
        return self._figures(scenario)

    async def _keep_asking(self) -> None:
        """Keep one connection open until there is nothing more to ask."""
        loop = asyncio.get_running_loop()
        while not self._stopped and self._left != 0:
            try:
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, self._plan.pause_s),
                    self._target.host,
                    self._target.port,
                )
            except OSError:
                self.tally.unreachable += 1
                await asyncio.sleep(self._plan.pause_s)
                continue
            await self._until_closed(connection)
            if connection.is_broken:
                await asyncio.sleep(self._plan.pause_s)

    async def _until_closed(self, connection: "_Connection") -> None:
        """Wait for the connection's end, and bring it about when an answer is overdue."""
        timeout_s = self._plan.timeout_s
        try:
            while not connection.closed.done():
                await asyncio.wait([connection.closed], timeout=timeout_s)
                connection.abort_if_older(time.perf_counter() - timeout_s)
        finally:
            connection.abort()  # nothing new when closed; a load that is cancelled leaves none

    def _figures(self, scenario: str) -> Figures:
        tally = self.tally
        seconds = max(tally.last_answer_at_s - tally.started_at_s, 1e-9)
        answers = tally.answered + sum(tally.refusals.values())
        return Figures(
            scenario=scenario,
            requests=tally.answered,
            seconds=seconds,
            per_second=tally.answered / seconds,
            latency=latency(tally.latencies_s),
            refusals={str(status): count for status, count in sorted(tally.refusals.items())},
            unavailable_with_retry_after=tally.retry_afters,
            lost=tally.lost,
            unreachable=tally.unreachable,
            bytes_per_answer=tally.received_bytes // max(answers, 1),
            cpu=self._meter.read(),
        )


class _Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self, load: Load, pause_s: float) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_broken = False
        self._load = load
        self._pause_s = pause_s
        self._parser = httptools.HttpResponseParser(self)
        self._number: int | None = None
        self._asked_at_s = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._load.tally.received_bytes += len(data)
        self._received += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_message_complete(self) -> None:
        """Count the answer and ask again (called by the parser)."""
        number, status = self._number, self._parser.get_status_code()
        if number is None or status < 200:
            return
        self._number = None
        self._count(number, status, time.perf_counter())
        if not self._parser.should_keep_alive():
            self._transport.close()
        elif status == _UNAVAILABLE:
            asyncio.get_running_loop().call_later(self._pause_s, self._ask)
        else:
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's)
        if self._number is not None:
            self._load.tally.lost += 1
            self.is_broken = True
        if not self.closed.done():
            self.closed.set_result(None)

    def abort(self) -> None:
        """Break the connection, if it is not closed yet."""
        self._transport.abort()

    def abort_if_older(self, due_s: float) -> None:
        """Break the connection when its request was asked before this time."""
        if self._number is not None and self._asked_at_s < due_s:
            self._transport.abort()

    def _ask(self) -> None:
        if self._transport.is_closing():
            return
        request = self._load.take()
        if request is None:
            self._transport.close()
            return
        self._number, payload = request
        self._received = b""
        self._asked_at_s = time.perf_counter()
        self._transport.write(payload)

    def _count(self, number: int, status: int, now_s: float) -> None:
        tally = self._load.tally
        if status == self._load.workload.wanted:
            self._load.workload.answer(number)
        if self._asked_at_s < tally.started_at_s:
            return  # asked while warming up
        tally.last_answer_at_s = now_s
        if status == self._load.workload.wanted:
            tally.latencies_s.append(now_s - self._asked_at_s)
            return
        tally.refusals[status] += 1
        if status == _UNAVAILABLE and b"\r\nretry-after:" in self._received.lower():
            tally.retry_afters += 1
