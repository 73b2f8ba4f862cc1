"""The files of a PostgreSQL cluster: making them, whose version they are, who is using them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from kit.errors import RenkeiError
from renkei.account import Account, reachable

OWNER = "renkei_owner"
APPLICATION = "renkei_app"
_ROLES = (
    f"CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
    "NOREPLICATION NOBYPASSRLS\n"
)
_NO_SPACE = "No space left on device"
_CLOCKS_APART_S = 5  # the kernel's idea of when a process began and the process's own
_ROOM_BYTES = 1 << 20  # with less than this free, a failure is taken for a full disk


class StartFailed(RenkeiError):
    """PostgreSQL cannot be made or started; the detail ends with its own last words."""


class DiskFull(StartFailed):
    """There is no room left where the data are."""


class OtherMajorVersion(StartFailed):
    """The directory was made by another major version of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the commands of PostgreSQL are, and their major version."""

    folder: Path
    major: int

    def command(self, name: str) -> str:
        """Name one of the commands."""
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says of the server that wrote it."""

    pid: int
    started_at_s: int
    is_ready: bool

    @property
    def is_alive(self) -> bool:
        """Whether that process lives: the same one, not another with a reused number."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started_at_s) < _CLOCKS_APART_S
            return process.status() != psutil.STATUS_ZOMBIE and is_same
        except psutil.NoSuchProcess:
            return False


def failure(directory: Path, said: str) -> StartFailed:
    """Turn PostgreSQL's last words into the error that says what to do."""
    words = " / ".join(line.strip() for line in said.splitlines()[-4:] if line.strip())
    if _NO_SPACE in said or shutil.disk_usage(directory.parent).free < _ROOM_BYTES:
        return DiskFull(
            f"The disk that holds {directory} is full: "
            f"PostgreSQL starts once there is room. {words}"
        )
    return StartFailed(f"PostgreSQL in {directory} does not start: {words or 'it says nothing'}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One directory of PostgreSQL's, the account that owns it, the binaries that serve it."""

    directory: Path
    account: Account
    binaries: Binaries

    def make_if_absent(self) -> None:
        """Make the cluster, or check that the one there is of our major version.

        Raises:
            OtherMajorVersion: it is not.
            DiskFull, StartFailed: it cannot be made; nothing of the attempt is left.
        """
        version = self.directory / "PG_VERSION"
        if not version.exists():
            self._make()
        found = version.read_text().strip()
        if found != str(self.binaries.major):
            raise OtherMajorVersion(
                f"{self.directory} was made by PostgreSQL {found}, this renkei brings "
                f"{self.binaries.major}: export with the renkei that made it and import here, "
                "or choose another data directory"
            )

    def postmaster(self) -> Postmaster | None:
        """Read who serves this cluster, as far as its file tells."""
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
            is_ready = len(lines) > 7 and lines[7].strip() == "ready"
            return Postmaster(int(lines[0]), int(lines[2]), is_ready)
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _make(self) -> None:
        # Made beside and renamed when whole: a kill in between leaves nothing half made.
        fresh = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(mode=0o700)
            self.account.own(fresh)
            self._initdb(fresh)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise failure(self.directory, str(error)) from error
        except StartFailed:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        fresh.rename(self.directory)
        _sync(self.directory.parent)

    def _initdb(self, fresh: Path) -> None:
        # Data in the socket's 0700 folder are guarded by the file system: hence trust.
        # What initdb makes is put on the disk once, at the end, roles included.
        with reachable(fresh, self.account) as (path, fds):
            self._run(
                [self.binaries.command("initdb"), "-D", path, "-U", OWNER, "-A", "trust",
                 "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
                fds,
            )  # fmt: skip
            single = [self.binaries.command("postgres"), "--single", "-D", path]
            self._run([*single, "-c", "exit_on_error=on", "postgres"], fds, _ROLES)
            self._run([self.binaries.command("initdb"), "-D", path, "--sync-only"], fds)

    def _run(self, command: list[str], fds: Sequence[int], said: str = "") -> None:
        process = self.account.spawn(command, stdin=subprocess.PIPE, pass_fds=fds)
        output, _ = process.communicate(said.encode())
        if process.returncode:
            raise failure(self.directory, output.decode("utf-8", "replace"))


def _sync(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
