"""One holder of a directory at a time, let go by the kernel however the holder ends."""

import fcntl
import os
from pathlib import Path

from kit.errors import RenkeiError


class Held(RenkeiError):
    """Another process holds the lock.

    Args:
        note: what the holder left written about itself.
    """

    def __init__(self, path: Path, note: str) -> None:
        super().__init__(f"{path} is held by {note or 'another process'}")
        self.note = note


class FileLock:
    """An exclusive lock on a file, held from acquire to release or to the process's end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def acquire(self, note: str) -> None:
        """Take the lock and leave a note about the holder in the file.

        Raises:
            Held: another process has it.
        """
        if self._fd is not None:
            return
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held = os.pread(fd, 256, 0).decode("utf-8", "replace").strip()
            os.close(fd)
            raise Held(self.path, held) from error
        self._fd = fd
        os.ftruncate(fd, 0)
        os.pwrite(fd, note.encode(), 0)

    def release(self) -> None:
        """Let the lock go; the file stays, since removing it would race with the next holder."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of this file."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
