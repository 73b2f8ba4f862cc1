"""Runs one stage of a scenario: locust in a process of its own, a receiver where one is needed."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import TypeAdapter

from loadtests.catalog_of_scenarios import Scenario, Stage
from loadtests.cpu import CpuMeter
from loadtests.seeding import CannotSeed, Ground, subscribe, unsubscribe
from loadtests.tally import Latency

_ROOT = Path(__file__).parent.parent
_STARTING_S = 60.0
_QUIET_S = 5.0  # nothing more arrived for so long: it will not
_DRAIN_S = 60.0
_UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What requests of one name measured.

    Args:
        curve: by second: the second, requests, p50, p95 and p99 in milliseconds.
    """

    name: str
    requests: int
    per_second: float
    latency: Latency
    errors: dict[str, int]
    curve: list[tuple[int, int, float, float, float]]

    @property
    def failed(self) -> int:
        """How many requests did not have the wanted answer (of the ten most frequent errors)."""
        return sum(self.errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was due to the runner's subscriptions, and what came."""

    due: int
    distinct: int
    arrived: int
    lateness: Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one stage measured at one broker.

    Args:
        generator_cores: CPU of locust, which has one process: near 1.0 it was the bottleneck.
        cores: by others, where they run on this machine.
    """

    stage: Stage
    users: int
    url: str
    seconds: float
    generator_cores: float
    operations: Sequence[Operation]
    cores: dict[str, float]
    delivered: Delivered | None = None

    @property
    def per_second(self) -> float:
        """All operations together."""
        return sum(one.per_second for one in self.operations)

    @property
    def failed(self) -> int:
        """Errors of all operations, and notifications that never came."""
        missing = 0 if self.delivered is None else self.delivered.due - self.delivered.distinct
        return sum(one.failed for one in self.operations) + max(missing, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is asked.

    Args:
        users: None: as many as the stage says.
        number: entities that are there.
        first: number of the first one that is new.
        more: further options of locust's.
        secrets: further variables of its environment.
    """

    seconds: int
    users: int | None
    number: int
    first: int = 10_000_000
    more: Sequence[str] = ()
    secrets: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What locust's process has written down (`loadtests.figuring`)."""

    seconds: float
    generator_cores: float
    operations: list[Operation]


def measure(
    scenario: Scenario, stage: Stage, ground: Ground, effort: Effort, meter: CpuMeter
) -> Measured:
    """Run one stage.

    Raises:
        CannotSeed: subscriptions are refused, or locust fails.
    """
    with ExitStack() as stack:
        receiver = stack.enter_context(_receiving()) if scenario.subscriptions else None
        if receiver is not None:
            made = [
                subscribe(ground, scenario.seeds.types, scenario.watched, f"{receiver}/{number}")
                for number in range(scenario.subscriptions)
            ]
            stack.callback(unsubscribe, ground, made)
        meter.start()
        told = _locust(scenario, stage, ground, effort)
        cores = {who: one for who, one in meter.read().items() if who != "generator"}
        delivered = None
        if receiver is not None:
            answered = sum(one.requests for one in told.operations if one.name.startswith(_UPDATE))
            delivered = _awaited(receiver, answered * scenario.subscriptions)
    return Measured(
        stage=stage,
        users=effort.users or stage.users,
        url=ground.target.url,
        seconds=told.seconds,
        generator_cores=told.generator_cores,
        operations=told.operations,
        cores=cores,
        delivered=delivered,
    )


def _locust(scenario: Scenario, stage: Stage, ground: Ground, effort: Effort) -> _Told:
    users = effort.users or stage.users
    with tempfile.TemporaryDirectory() as folder:
        figures, log = Path(folder) / "figures.json", Path(folder) / "log"
        command = [
            *(sys.executable, "-m", "locust", "-f", f"loadtests/scenarios/{scenario.file}.py"),
            *("--headless", "--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"),
            *("--users", str(users), "--spawn-rate", str(users)),
            *("--run-time", f"{effort.seconds}s", "--stop-timeout", "10"),
            *("--host", ground.root if scenario.is_at_root else ground.target.url),
            *("--figures", str(figures), "--run", ground.run, "--number", str(effort.number)),
            *("--first", str(effort.first)),
            *("--context", ground.target.context),
            *(("--tenant", ground.target.tenant) if ground.target.tenant else ()),
            *effort.more,
            *stage.user_classes,
        ]
        with log.open("wb") as written:
            done = subprocess.run(  # noqa: S603 - our own command
                command,
                cwd=_ROOT,
                env={**_environment(ground), **(effort.secrets or {})},
                stdout=written,
                stderr=written,
                timeout=effort.seconds + _STARTING_S,
                check=False,
            )
        if done.returncode or not figures.exists():
            raise CannotSeed(f"locust ends with {done.returncode}: {log.read_text()[-2_000:]}")
        return TypeAdapter(_Told).validate_json(figures.read_bytes())


def _environment(ground: Ground) -> dict[str, str]:
    token = {} if ground.token is None else {"LOADTEST_TOKEN": ground.token}
    return {**os.environ, **token, "PYTHONPATH": str(_ROOT)}


@contextmanager
def _receiving() -> Iterator[str]:
    """Run a receiver; answers with its address."""
    command = [sys.executable, "-m", "loadtests.receiver"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            if process.stdout is None:
                raise CannotSeed("The receiver has no output")
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def _awaited(receiver: str, due: int) -> Delivered:
    """Wait until everything has come, or nothing more comes."""
    ends_s = time.monotonic() + _DRAIN_S
    quiet_since_s, arrived = time.monotonic(), -1
    while True:
        told = httpx2.get(receiver, timeout=30, trust_env=False).json()
        now_s = time.monotonic()
        if told["arrived"] != arrived:
            quiet_since_s, arrived = now_s, told["arrived"]
        if told["distinct"] >= due or now_s > ends_s or now_s - quiet_since_s > _QUIET_S:
            break
        time.sleep(0.2)
    return Delivered(
        due=due,
        distinct=told["distinct"],
        arrived=told["arrived"],
        lateness=Latency(**told["lateness"]),
    )
