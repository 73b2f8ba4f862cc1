"""What is tried: one PostgreSQL, two instances of the platform over it, two receivers.

writers ─┬→ instance north (killed, its clock stepped) ─┬→ line ─→ PostgreSQL, on a small disk
         └→ instance south (never killed)              ─┘
both ─→ line ─→ receiver × 2
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kit.errors import RenkeiError
from renkei.embedded import EmbeddedPostgres
from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.recorder import Recorder
from tests.scenarios.soak.clock import NoClock, SteppedClock
from tests.scenarios.soak.disk import Disk, NoDisk
from tests.scenarios.soak.link import Link

_DISK_MB = 3072
_STARTS_WITHIN_S = 240.0  # on a machine that is busy with other things, too
_QUICK = {
    "RENKEI_BROKER__NOTIFY__RETRY_FIRST_S": "0.2",
    "RENKEI_BROKER__NOTIFY__RETRY_LIMIT_S": "2",
    "RENKEI_BROKER__NOTIFY__TIMEOUT_S": "2",
}


class Database:
    """A PostgreSQL that is started again whenever it has ended, as an operator's would be."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        parameters = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "max_wal_size": "256MB",
            "shared_buffers": "64MB",
        }
        self.postgres = EmbeddedPostgres(directory / "postgres", parameters=parameters)
        self._lock = threading.Lock()

    def dsn(self, port: int) -> str:
        """Name it as its superuser, over a line that ends at a port."""
        return f"postgresql://renkei_owner@127.0.0.1:{port}/postgres"

    def kill(self) -> None:
        """Kill -9; what it leaves is recovered when it is started again."""
        with self._lock:
            if self.postgres.pid is not None:
                self.postgres.stop(0.0)

    def start_if_ended(self) -> None:
        """Start it, where it does not run and there is room."""
        with self._lock:
            if not self.postgres.keep_watch():
                try:
                    self.postgres.start()
                except (RenkeiError, OSError) as error:
                    sys.stderr.write(f"PostgreSQL is not started: {error}\n")

    async def keep(self) -> None:
        """Start it again whenever it has ended, until cancelled."""
        while True:
            await asyncio.to_thread(self.start_if_ended)
            await asyncio.sleep(0.3)


@dataclass(frozen=True, kw_only=True)
class Town:
    """Everything that runs, and what this machine lets be done to it.

    Args:
        north: is killed.
        south: is not.
        entrances: the lines to the receivers.
        lacking: what cannot be tried here, and why.
    """

    north: Killable
    south: Killable
    database: Database
    line: Link
    entrances: Sequence[Link]
    receivers: Sequence[Recorder]
    disk: Disk | None
    clock: SteppedClock | None
    lacking: Mapping[str, str]


@asynccontextmanager
async def a_town(directory: Path) -> AsyncIterator[Town]:
    """Build it, and take it down."""
    lacking: dict[str, str] = {}
    with ExitStack() as stack:
        disk = _disk(directory, stack, lacking)
        try:
            clock = SteppedClock(directory)
        except NoClock as error:
            clock, lacking["clock"] = None, str(error)
        database = Database(disk.root if disk else directory)
        stack.callback(database.postgres.stop)
        await asyncio.to_thread(database.start_if_ended)
        receivers = [
            stack.enter_context(Recorder(directory / f"receiver{number}.log", free_port()))
            for number in range(2)
        ]
        async with AsyncExitStack() as lines:
            line = await lines.enter_async_context(Link(database.port))
            entrances = [await lines.enter_async_context(Link(one.port)) for one in receivers]
            environment = {
                **_QUICK,
                "RENKEI_DATABASE_URL": database.dsn(line.port),
                "RENKEI_SECRETS": str(shared_secrets(directory)),
            }
            stepped = clock.environment if clock else {}
            places = {
                "north": (disk.root if disk else directory, {**environment, **stepped}, 2),
                "south": (directory, environment, 1),
            }
            north, south = (
                _instance(root / name, own, workers)
                for name, (root, own, workers) in places.items()
            )
            for platform in (north, south):
                stack.callback(platform.stop)
                await asyncio.to_thread(platform.start)
            yield Town(
                north=north,
                south=south,
                database=database,
                line=line,
                entrances=entrances,
                receivers=receivers,
                disk=disk,
                clock=clock,
                lacking=lacking,
            )
            for platform in (north, south):  # while their lines are still there
                await asyncio.to_thread(platform.stop)


def shared_secrets(directory: Path) -> Path:
    """Have the command make the secrets that both instances use."""
    folder = directory / "secrets"
    command = (sys.executable, "-m", "renkei", "secrets", str(folder))
    subprocess.run(command, check=True, capture_output=True)
    return folder


def _disk(directory: Path, stack: ExitStack, lacking: dict[str, str]) -> Disk | None:
    try:
        return stack.enter_context(Disk(directory, _DISK_MB))
    except NoDisk as error:
        lacking["disk"] = str(error)
        return None


def _instance(place: Path, environment: Mapping[str, str], workers: int) -> Killable:
    place.mkdir()
    return Killable(
        place / "data",
        free_port(),
        workers=workers,
        more=("--egress-allow", "127.0.0.0/8"),
        environment=environment,
        starts_within_s=_STARTS_WITHIN_S,
    )
