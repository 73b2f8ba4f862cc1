"""A small disk of the scenario's own, that can be full, slow or stalled: ext4 in a file, on a loop.

Only root may mount it. Writes to a frozen file system wait in the kernel, as they do on a disk that
does not answer; a shell beside thaws it should this process die meanwhile.
"""

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

_FREEZE = 0xC0045877  # FIFREEZE and FITHAW of linux/fs.h
_THAW = 0xC0045878
_LONGEST_S = 20.0


class NoDisk(Exception):
    """This machine lets nobody mount one."""


class Disk:
    """A mounted file system of so many megabytes."""

    def __init__(self, directory: Path, megabytes: int) -> None:
        self.root = directory / "disk"
        self._image = directory / "disk.img"
        self._filler = self.root / "filler"
        self._megabytes = megabytes

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise NoDisk("only root may mount a disk")
        self.root.mkdir()
        with self._image.open("wb") as image:
            image.truncate(self._megabytes << 20)
        for command in (
            ["mkfs.ext4", "-q", "-m", "0", str(self._image)],
            ["mount", "-o", "loop", str(self._image), str(self.root)],
        ):
            try:
                subprocess.run(command, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise NoDisk(f"{command[0]} does not work here") from error
        self.root.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        for _attempt in range(20):
            if subprocess.run(["umount", str(self.root)], check=False).returncode == 0:
                break
            time.sleep(0.5)

    @contextmanager
    def filled(self) -> Iterator[None]:
        """Leave no room."""
        try:
            with self._filler.open("wb") as filler:
                size = 64 << 20
                while size >= 4096:
                    try:
                        os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), size)
                    except OSError:
                        size //= 2
            yield
        finally:
            self._filler.unlink(missing_ok=True)

    def stall(self, seconds: float) -> None:
        """Let no write come to its end for so long."""
        watch = f"sleep {_LONGEST_S}; exec fsfreeze --unfreeze {self.root}"
        with subprocess.Popen(["/bin/sh", "-c", watch], start_new_session=True) as guard:
            fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.ioctl(fd, _FREEZE, 0)
                time.sleep(min(seconds, _LONGEST_S / 2))
            finally:
                with contextlib.suppress(OSError):
                    fcntl.ioctl(fd, _THAW, 0)
                os.close(fd)
                os.killpg(guard.pid, 9)

    def slow(self, seconds: float) -> None:
        """Let writes wait a fifth of a second, again and again."""
        ends_at_s = time.monotonic() + seconds
        while time.monotonic() < ends_at_s:
            self.stall(0.2)
            time.sleep(0.05)
