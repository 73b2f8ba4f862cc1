"""The journal of a process: what it answered, in memory that outlives the process.

A journal is a sequence of files of one size, mapped into memory. In a slot are the requests that
have in common what is counted by; each adds to it before its answer leaves, without a system call.
How many there were and how many bytes went out are one number, which is written at once: a kill
leaves a request wholly or not at all (of the last one before it, what came in may be missing). What
the kernel has not written to the disk yet, a power cut takes; `sync` is to be called every second.

    names       up to NAMES bytes: each the length of a text and the text
    slots       of SLOT bytes, which refer to names by number

What is sealed changes no more: who asks later is counted in a slot of a later second.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog

log = structlog.get_logger(__name__)

SUFFIX = ".counts"
NAMES = 1 << 14
SIZE = 1 << 20  # bytes of one file: some 25,000 slots
_RECORD = struct.Struct("=IiHBB4xQQQ")
"""What a slot is of, the user, requests and bytes sent in one number, bytes received."""
SLOT = _RECORD.size
_HEAD = struct.Struct("=IiHBB4xQ")
_WORD = 8
_REQUESTS = 26  # bits; the others of the number are the bytes sent
_ONE_OF = (1 << _REQUESTS) - 1
_LENGTH = struct.Struct("<H")
_LONGEST_NAME = 255
_LOST = "?"  # a name that a power cut took


class CountedBy(NamedTuple):
    """What requests of one slot have in common.

    Args:
        at_s: since when they came, in seconds since 1970.
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
    user: int = 0


class Answered(NamedTuple):
    """What is in one slot."""

    by: CountedBy
    requests: int
    bytes_in: int
    bytes_out: int


class Segment:
    """One file of a journal while it is written; held by a lock that ends with the process.

    Where no file can be made, as on a full disk, it is in memory alone: counting goes on, and only
    a kill would lose what was not counted yet.
    """

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self.name = f"{uuid4().hex}{SUFFIX}"
        self.position = self.sealed = NAMES
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
        self.counts = memoryview(self.content).cast("Q")

    def open(self, by: CountedBy) -> int | None:
        """Begin a slot; answer with its place for `count`; None: the file is full."""
        number = self._names.get(by.service)
        if number is None:
            number = self._add_name(by.service)
        at = self.position
        if number is None or at + SLOT > self.size:
            return None
        _HEAD.pack_into(
            self.content, at, by.at_s, by.tenant, number, by.operation, by.status, by.user
        )
        self.position = at + SLOT
        return (at + _HEAD.size) // _WORD

    def seal(self) -> None:
        """Let what there is change no more."""
        self.sealed = self.position

    def sync(self) -> None:
        """Have the disk hold what was written; blocks meanwhile, others may run."""
        if self._fd >= 0:
            os.fsync(self._fd)

    def close(self) -> None:
        """Let go of the file; what was not counted, others may count."""
        self.counts.release()
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
        """Answer with the bytes of at most so many slots before a position, and pass them.

        One in which nothing was counted ends the reading: a kill came before its first request.
        """
        end = min(self.position + most * SLOT, stop - (stop - NAMES) % SLOT)
        part = bytes(self._content[self.position : end])
        counted = memoryview(part).cast("Q")[_HEAD.size // _WORD :: SLOT // _WORD].tolist()
        if 0 in counted:
            part = part[: counted.index(0) * SLOT]
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
        """Read at most so many of the slots before a position."""
        part, names = self.part(stop, most), self.names()
        found = []
        for at_s, tenant, name, operation, status, user, total, bytes_in in slots_in(part):
            by = CountedBy(at_s, tenant, name_of(names, name), operation, status, user)
            requests, bytes_out = amounts_of(total)
            found.append(Answered(by, requests, bytes_in, bytes_out))
        return found


def slots_in(part: bytes) -> Iterator[tuple[int, int, int, int, int, int, int, int]]:
    """Take slots apart, as they stand in a journal."""
    return _RECORD.iter_unpack(part)


def amounts_of(total: int) -> tuple[int, int]:
    """Take the number apart: how many requests, and how many bytes went out."""
    return total & _ONE_OF, total >> _REQUESTS


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
        self._open: dict[Hashable, int] = {}
        self._counts = memoryview(bytearray())

    def count(self, key: Hashable, bytes_in: int, bytes_out: int) -> bool:
        """Count a request in the slot that is open under a key; False: there is none."""
        at = self._open.get(key)
        if at is None:
            return False
        counts = self._counts
        try:
            counts[at] += (bytes_out << _REQUESTS) + 1
        except ValueError:  # more bytes than the number holds
            del self._open[key]
            return False
        if bytes_in:
            counts[at + 1] += bytes_in
        return True

    def open(self, key: Hashable, by: CountedBy) -> None:
        """Open a slot under a key, in the next file where this one is full."""
        place = self.segments[-1].open(by) if self.segments else None
        if place is None:
            place = self._next_segment().open(by)
        if place is not None:
            self._open[key] = place

    def seal(self) -> None:
        """Let what was counted so far change no more, so that it can be added up."""
        self._open.clear()
        if self.segments:
            self.segments[-1].seal()

    def _next_segment(self) -> Segment:
        self.seal()
        self.segments.append(Segment(self.folder, self._size))
        self._counts = self.segments[-1].counts
        return self.segments[-1]

    def done(self, segment: Segment) -> None:
        """Delete a file, all of which is counted."""
        self._open.clear()
        self.segments.remove(segment)
        segment.remove()

    def close(self) -> None:
        """Let go of what is left; others count it."""
        self._open.clear()
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
