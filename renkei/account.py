"""The account that PostgreSQL runs as: it refuses root, and so do we on its behalf."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kit.errors import RenkeiError

UNPRIVILEGED = ("renkei", "postgres", "_postgres", "nobody")  # the first that exists is taken
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class NoUnprivilegedAccount(RenkeiError):
    """Started by root on a system without any account that PostgreSQL could run as."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a child runs as; `is_switched` when that is not whom this process runs as."""

    uid: int
    gid: int
    is_switched: bool

    def own(self, path: Path) -> None:
        """Give a path to this account."""
        if self.is_switched:
            os.chown(path, self.uid, self.gid)

    def spawn(
        self,
        command: Sequence[str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        output: int | IO[bytes] = subprocess.PIPE,
        pass_fds: Sequence[int] = (),
        before_exec: Callable[[], None] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command as this account, in a session of its own, with a bare environment."""
        return subprocess.Popen(  # noqa: S603 - the commands are ours, nothing typed by a user
            command,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            preexec_fn=before_exec,  # given only where there is one thread
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            user=self.uid if self.is_switched else None,
            group=self.gid if self.is_switched else None,
            extra_groups=[] if self.is_switched else None,
        )


def account_for(directory: Path) -> Account:
    """Choose whom PostgreSQL runs as: oneself, or for root the directory's owner or a stand-in.

    Raises:
        NoUnprivilegedAccount: root has none to hand over to.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_switched=False)
    if directory.exists() and directory.stat().st_uid != 0:
        owned = directory.stat()
        return Account(owned.st_uid, owned.st_gid, is_switched=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, is_switched=True)
    raise NoUnprivilegedAccount(
        "PostgreSQL does not run as root and this system has no account for it: "
        f"one of {', '.join(UNPRIVILEGED)} makes it start"
    )


@contextmanager
def reachable(directory: Path, account: Account) -> Iterator[tuple[str, Sequence[int]]]:
    """Name a directory so that the account can open it; the descriptors go into `pass_fds`.

    Root's folders are closed to other accounts, and data may well lie in one. On Linux a child
    that inherits the opened directory walks into it through /proc/self/fd, so that no folder
    above it has to be opened to anybody.
    """
    if not account.is_switched or sys.platform != "linux":
        yield str(directory), ()
        return
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}", (fd,)
    finally:
        os.close(fd)
