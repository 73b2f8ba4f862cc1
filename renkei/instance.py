"""One instance's data directory: its layout, who runs it, its secrets.

settings.toml        what the operator set, if anything
run.json             who runs it and where (0600), while it runs
instance.lock        held by who runs it
metrics/             what workers count (kit/metrics)
secrets/             (0700) operator_token, metrics_token, application_password,
                     subscription_key, page_key,
                     server_<name>: the application's password on a further server
postgres/            the cluster of the PostgreSQL of its own
"""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
from pydantic import TypeAdapter

from kit.errors import RenkeiError
from renkei.lock import FileLock, Held, is_held

_CLOCKS_APART_S = 2


SECRETS = (
    "application_password",
    "audit_key",
    "identity_key",
    "metrics_token",
    "operator_token",
    "page_key",
    "subscription_key",
    "usage_key",
)
"""What every instance of a platform has to have alike; further servers' passwords are, too."""


class SecretMissing(RenkeiError):
    """A folder of shared secrets lacks one."""


class AlreadyUp(RenkeiError):
    """This data directory has a running instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """How many rolling restarts have ended, and why the last one was given up, if it was."""

    count: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Who runs an instance, since when, and where it answers."""

    pid: int
    process_began_s: float
    url: str
    started_at: datetime
    is_ready: bool
    restart: Restart = Restart()

    @property
    def is_alive(self) -> bool:
        """Whether that process lives: the same one, not another with a reused number."""
        try:
            process = psutil.Process(self.pid)
            began_s = process.create_time()
            is_zombie = process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        return not is_zombie and abs(began_s - self.process_began_s) < _CLOCKS_APART_S


_RUNNING = TypeAdapter(Running)


class Instance:
    """A data directory.

    Args:
        shared_secrets: the folder of secrets that several instances share, if they do.
    """

    def __init__(self, data: Path, shared_secrets: Path | None = None) -> None:
        self.data = data
        self._shared = shared_secrets
        self.postgres = data / "postgres"
        self._run_file = data / "run.json"
        self._secrets = data / "secrets"
        self._lock = FileLock(data / "instance.lock")
        self._claimed_at = datetime.now(UTC)

    def claim(self) -> None:
        """Make the directory where it is missing and become the one who runs it.

        Raises:
            AlreadyUp: somebody runs it.
        """
        self._make()
        try:
            self._lock.acquire(f"process {os.getpid()}")
        except Held as error:
            running = self.running()
            where = f"process {running.pid} at {running.url}" if running else error.note
            raise AlreadyUp(
                f"renkei is up already with the data in {self.data} ({where}): "
                f"stop it with `renkei down --data {self.data}`, or give another --data"
            ) from error

    def release(self) -> None:
        """Stop being the one who runs it."""
        self._run_file.unlink(missing_ok=True)
        self._lock.release()

    def announce(self, url: str, *, is_ready: bool, restart: Restart = Restart()) -> None:
        """Write down who runs it and where, for `renkei status` and `renkei down`."""
        running = Running(
            pid=os.getpid(),
            process_began_s=psutil.Process().create_time(),
            url=url,
            started_at=self._claimed_at,
            is_ready=is_ready,
            restart=restart,
        )
        _write_private(self._run_file, _RUNNING.dump_json(running, indent=2))

    def running(self) -> Running | None:
        """Answer with who runs it, if anybody does."""
        try:
            running = _RUNNING.validate_json(self._run_file.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return running if is_held(self._lock.path) and running.is_alive else None

    def operator_token(self) -> str:
        """Answer with the token that opens the admin API, made at the first start."""
        return self._secret("operator_token")

    def metrics_token(self) -> str:
        """Answer with the token that opens /metrics, made at first use."""
        return self._secret("metrics_token")

    def application_password(self, server: str | None = None) -> str:
        """Answer with the password of the application's role: on the main server, or another."""
        return self._secret("application_password" if server is None else f"server_{server}")

    def subscription_key(self) -> str:
        """Answer with the key that subscribers' secrets are stored with, made at first use."""
        return self._secret("subscription_key")

    def page_key(self) -> str:
        """Answer with the key that tokens of forms and cookies are signed with."""
        return self._secret("page_key")

    def usage_key(self) -> str:
        """Answer with the secret by which users are counted without being named."""
        return self._secret("usage_key")

    def audit_key(self) -> str:
        """Answer with the key that people are hashed and the audit's heads are signed with."""
        return self._secret("audit_key")

    def identity_key(self) -> str:
        """Answer with the key that signing keys are sealed with, made at first use."""
        return self._secret("identity_key")

    def client_secret(self, client: str) -> str:
        """Answer with the secret of a client that the platform registers for this machine."""
        return made_secret(self._own(), f"client_{client}")

    def knows_client(self, client: str) -> bool:
        """Whether there is a secret of a client here."""
        return (self._secrets / f"client_{client}").exists()

    def _make(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._secrets.mkdir(mode=0o700, exist_ok=True)

    def _own(self) -> Path:
        """Answer with the folder of this instance's own secrets, made where it is missing."""
        if not self._secrets.exists():
            self._make()
        return self._secrets

    def _secret(self, name: str) -> str:
        if self._shared is None:
            return made_secret(self._own(), name)
        try:
            return (self._shared / name).read_text().strip()
        except OSError as error:
            raise SecretMissing(
                f"Secret {name} cannot be read in {self._shared} ({error.strerror}): "
                f"`renkei secrets {self._shared}` makes what is missing there"
            ) from error


def made_secret(folder: Path, name: str) -> str:
    """Answer with a secret of a folder, made where there is none."""
    path = folder / name
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(32).encode(), is_kept=True)
    return path.read_text().strip()


def application_role(control_database: str) -> str:
    """Name the role that one platform's processes log in with, a member of `renkei_app`.

    Several platforms can use one server: each has its own control database and its own role.

    >>> application_role("renkei")
    'renkei_login'
    """
    return f"{control_database}_login"


def application_dsn(admin_dsn: str, role: str, password: str) -> str:
    """Name the same database as another role, that is neither owner nor superuser.

    >>> admin_dsn = "postgresql://me:mine@db.example:5433/renkei?sslmode=require"
    >>> application_dsn(admin_dsn, "renkei_login", "a/b")
    'postgresql://renkei_login:a%2Fb@db.example:5433/renkei?sslmode=require'
    """
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    who = f"{role}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{place}"))


def _write_private(path: Path, content: bytes, *, is_kept: bool = False) -> None:
    """Write a whole file or none, for its owner alone; `is_kept`: one that is there stays."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    if not is_kept:
        fresh.replace(path)
        return
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
