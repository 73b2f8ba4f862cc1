"""The journal of a process: one record per answered request, in memory that outlives the process.

A journal is a sequence of files of one size, mapped into memory. A record is written without a
system call, and the last byte of it last: a kill leaves a whole record or none. What the kernel
has not written to the disk yet, a power cut takes; `sync` is to be called every second.

Slots of 32 bytes: a record, or a name followed by its text, which later records refer to by number.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog

log = structlog.get_logger(__name__)

SUFFIX = ".journal"
SLOT = 32
SIZE = 1 << 20  # bytes of one file: 32,768 records
_RECORD = struct.Struct("<IiHBBIIQBHB")
_NAME = struct.Struct("<HH27sB")
_EMPTY, _A_RECORD, _A_NAME, _TEXT = 0, 1, 2, 3
_MOST = 2**32 - 1
_LONGEST_NAME = 1000
_LOST = "?"  # a name that a power cut took


class Answered(NamedTuple):
    """One answered request, or with `requests` 0 what else was sent of an earlier one.

    Args:
        at_s: seconds since 1970.
        service: its name.
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
    user: int
    requests: int = 1


class Segment:
    """One file of a journal while it is written; held by a lock that ends with the process.

    Where no file can be made, as on a full disk, it is in memory alone: counting goes on, and only
    a kill would lose what was not counted yet.
    """

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self.name = f"{uuid4().hex}{SUFFIX}"
        self.position = 0
        self.size = size
        self.path: Path | None = folder / self.name
        self._fd = -1
        self._names: dict[str, int] = {}
        try:
            self.content: mmap.mmap = self._mapped(folder)
        except OSError as error:
            log.error("usage_journal_in_memory", reason=str(error))  # noqa: TRY400 — no fault of ours
            self._abandon()
            self.content = mmap.mmap(-1, size)

    def add(self, answered: Answered) -> bool:
        """Write a record; False: the file is full."""
        number = self._names.get(answered.service)
        if number is None:
            number = self._add_name(answered.service)
        if number is None or self.position + SLOT > self.size:
            return False
        _RECORD.pack_into(
            self.content,
            self.position,
            answered.at_s,
            answered.tenant,
            number,
            answered.operation,
            answered.status,
            min(answered.bytes_in, _MOST),
            min(answered.bytes_out, _MOST),
            answered.user,
            answered.requests,
            0,
            _A_RECORD,
        )
        self.position += SLOT
        return True

    def sync(self) -> None:
        """Have the disk hold what was written; blocks meanwhile."""
        if self.path is not None and self.position:
            self.content.flush()

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
        """Write a name, its text before what makes it known; None: the file is full."""
        text = name.encode()[:_LONGEST_NAME]
        chunks = [text[at : at + SLOT - 1] for at in range(0, len(text), SLOT - 1)]
        end = self.position + SLOT * (1 + len(chunks))
        if end > self.size or len(self._names) == 2**16:
            return None
        for place, chunk in enumerate(chunks, 1):
            at = self.position + SLOT * place
            self.content[at : at + SLOT] = chunk.ljust(SLOT - 1, b"\0") + bytes([_TEXT])
        number = len(self._names)
        _NAME.pack_into(self.content, self.position, number, len(text), b"", _A_NAME)
        self._names[name] = number
        self.position = end
        return number


class Reader:
    """Reads a journal that grows, on from where it was left.

    What was not written wholly ends the reading.

    Args:
        content: of the file.
        start: records before are not read; names are.
    """

    def __init__(self, content: mmap.mmap | bytes, start: int = 0) -> None:
        self._content = content
        self._names: dict[int, str] = {}
        self.position = 0
        while self.position < start and self._next(start) is not None:
            pass

    def read(self, stop: int, most: int) -> list[Answered]:
        """Read at most so many of the records before a position."""
        found: list[Answered] = []
        while len(found) < most and (record := self._next(stop)) is not None:
            found.append(record)
        return found

    def _next(self, stop: int) -> Answered | None:
        """Step over names to the next record and past it; None: there is none."""
        content = self._content
        while (at := self.position) + SLOT <= stop:
            kind = content[at + SLOT - 1]
            if kind == _A_RECORD:
                self.position += SLOT
                return _record(content, at, self._names)
            if kind != _A_NAME:
                break
            number, length, _, _ = _NAME.unpack_from(content, at)
            self.position, self._names[number] = _text(content, at + SLOT, length)
        return None


def _record(content: mmap.mmap | bytes, at: int, names: dict[int, str]) -> Answered:
    at_s, tenant, service, *counted, _, _ = _RECORD.unpack_from(content, at)
    return Answered(at_s, tenant, names.get(service, _LOST), *counted)


def _text(content: mmap.mmap | bytes, at: int, length: int) -> tuple[int, str]:
    parts = bytearray()
    while len(parts) < length and at < len(content):
        parts += content[at : at + SLOT - 1]
        at += SLOT
    return at, parts[:length].decode(errors="replace")


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

    def add(self, answered: Answered) -> None:
        """Note a request before its answer leaves."""
        if self.segments and self.segments[-1].add(answered):
            return
        self.segments.append(Segment(self.folder, self._size))
        self.segments[-1].add(answered)

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
