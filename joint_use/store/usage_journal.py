"""The journal of a process: one record per answered request, in memory that outlives the process.

A journal is a sequence of files of one size, mapped into memory. A record is written without a
system call, and the last byte of it last: a kill leaves a whole record or none. What the kernel
has not written to the disk yet, a power cut takes; `sync` is to be called every second.

    names       up to NAMES bytes: each the length of a text and the text
    records     of SLOT bytes, which refer to names by number
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import structlog

log = structlog.get_logger(__name__)

SUFFIX = ".journal"
SLOT = 32
NAMES = 1 << 14
SIZE = 1 << 20  # bytes of one file: some 32,000 records
RECORD = struct.Struct("<IiHBBIIQBHB")
_LENGTH = struct.Struct("<H")
_WHOLE = 1  # the last byte of a record that was written wholly
_MOST = 2**32 - 1
_LONGEST_NAME = 255
_LOST = "?"  # a name that a power cut took


class Answered(NamedTuple):
    """One answered request.

    Args:
        at_s: seconds since 1970.
        service: its name.
        operation: the number of its kind.
        status: the hundreds of the HTTP status.
        user: the user's number of the day; 0: nobody is known.
    """

    at_s: int
    tenant: int
    service: str
    operation: int
    status: int
    bytes_in: int
    bytes_out: int
    user: int = 0
    requests: int = 1


Fields: TypeAlias = tuple[int, int, str, int, int, int, int, int, int]


class Segment:
    """One file of a journal while it is written; held by a lock that ends with the process.

    Where no file can be made, as on a full disk, it is in memory alone: counting goes on, and only
    a kill would lose what was not counted yet.
    """

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self.name = f"{uuid4().hex}{SUFFIX}"
        self.position = NAMES
        self.size = size
        self.path: Path | None = folder / self.name
        self._fd = -1
        self._names: dict[str, int] = {}
        self._names_end = 0
        try:
            self.content: mmap.mmap = self._mapped(folder)
        except OSError as error:
            log.error("usage_journal_in_memory", reason=str(error))  # noqa: TRY400 — no fault of ours
            self._abandon()
            self.content = mmap.mmap(-1, size)

    def add(
        self,
        at_s: int,
        tenant: int,
        service: str,
        operation: int,
        status: int,
        bytes_in: int,
        bytes_out: int,
        user: int = 0,
        requests: int = 1,
    ) -> bool:
        """Write a record; False: the file is full."""
        number = self._names.get(service)
        if number is None:
            number = self._add_name(service)
        at = self.position
        if number is None or at + SLOT > self.size:
            return False
        if bytes_in > _MOST or bytes_out > _MOST:
            bytes_in, bytes_out = min(bytes_in, _MOST), min(bytes_out, _MOST)
        RECORD.pack_into(
            self.content,
            at,
            at_s,
            tenant,
            number,
            operation,
            status,
            bytes_in,
            bytes_out,
            user,
            requests,
            0,
            _WHOLE,
        )
        self.position = at + SLOT
        return True

    def sync(self) -> None:
        """Have the disk hold what was written; blocks meanwhile, others may run."""
        if self._fd >= 0:
            os.fsync(self._fd)

    def close(self) -> None:
        """Let go of the file; what was not counted, others may count."""
        self.content.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def remove(self) -> None:
        """Delete the file, all of which is counted."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.close()

    def _mapped(self, folder: Path) -> mmap.mmap:
        """Make the file with all its room: a hole could not be filled on a full disk."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(folder / self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.write(self._fd, bytes(self.size)) != self.size:
            raise OSError("The disk is full")
        return mmap.mmap(self._fd, self.size)

    def _abandon(self) -> None:
        if self._fd >= 0:
            (self.path or Path()).unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = -1
        self.path = None

    def _add_name(self, name: str) -> int | None:
        """Write a name, its text before the length that makes it known; None: there is no room."""
        text = name.encode()[:_LONGEST_NAME]
        begin = self._names_end + _LENGTH.size
        end = begin + len(text)
        if end + _LENGTH.size > NAMES:
            return None
        self.content[begin:end] = text
        _LENGTH.pack_into(self.content, self._names_end, len(text) + 1)
        self._names_end = end
        number = self._names[name] = len(self._names)
        return number


class Reader:
    """Reads a journal that grows, on from where it was left.

    Args:
        content: of the file.
        start: records before are not read.
    """

    def __init__(self, content: mmap.mmap | bytes, start: int = 0) -> None:
        self._content = content
        self.position = max(start, NAMES)

    def part(self, stop: int, most: int) -> bytes:
        """Answer with the bytes of at most so many whole records before a position, and pass them.

        What was not written wholly ends the reading.
        """
        end = min(self.position + most * SLOT, stop - (stop - NAMES) % SLOT)
        part = bytes(self._content[self.position : end])
        torn = part[SLOT - 1 :: SLOT].find(0)
        if torn >= 0:
            part = part[: torn * SLOT]
        self.position += len(part)
        return part

    def names(self) -> list[str]:
        """Read the names that there are."""
        names, at = [], 0
        while at + _LENGTH.size <= NAMES:
            (length,) = _LENGTH.unpack_from(self._content, at)
            if not length:
                break
            begin = at + _LENGTH.size
            at = begin + length - 1
            names.append(self._content[begin:at].decode(errors="replace"))
        return names

    def read(self, stop: int, most: int) -> list[Answered]:
        """Read at most so many of the records before a position."""
        part, names = self.part(stop, most), self.names()
        return [
            Answered(at_s, tenant, name_of(names, service), *counted)
            for at_s, tenant, service, *counted, _, _ in RECORD.iter_unpack(part)
        ]


def name_of(names: list[str], number: int) -> str:
    """Look a name up by its number."""
    return names[number] if number < len(names) else _LOST


class Journal:
    """All files of this process: the last one is written, full ones wait to be counted.

    Args:
        folder: where journals of all processes of this machine are.
        size: of one file.
    """

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self.folder = folder
        self._size = size
        self.segments: list[Segment] = []

    def add(self, *answered: *Fields) -> None:
        """Note a request before its answer leaves: the fields of `Answered`."""
        if self.segments and self.segments[-1].add(*answered):
            return
        self.segments.append(Segment(self.folder, self._size))
        self.segments[-1].add(*answered)

    def done(self, segment: Segment) -> None:
        """Delete a file, all of which is counted."""
        self.segments.remove(segment)
        segment.remove()

    def close(self) -> None:
        """Let go of what is left; others count it."""
        while self.segments:
            self.segments.pop().close()


@contextmanager
def left_behind(folder: Path, own: Collection[str]) -> Iterator[list[tuple[Path, bytes]]]:
    """Lend the journals of processes that are gone; nobody else counts them meanwhile."""
    held: list[int] = []
    found: list[tuple[Path, bytes]] = []
    try:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            if path.name in own:
                continue
            with suppress(OSError):  # it lives, or somebody else has counted it
                fd = os.open(path, os.O_RDWR)
                held.append(fd)
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    found.append((path, path.read_bytes()))
        yield found
    finally:
        for fd in held:
            os.close(fd)
