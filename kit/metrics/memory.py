"""Memory of metrics: numbers of a process in a file that the other workers read.

Each worker holds one file of the folder by a lock that ends with the process, and the next worker
goes on in it: counters survive restarts. A file is a sequence of 8-byte cells:

    mark, used cells    then entries:    bytes of the key, number of values, key, values …

An entry is written wholly before `used` says that it is there. Adding to a value is no system
call, and a reader sees the number before or after it.
"""

import fcntl
import mmap
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import orjson
import structlog

log = structlog.get_logger(__name__)

SIZE = 1 << 20
_CELL = 8
_MARK = 20261129.0
_USED = 1  # the cell that says how many are used
_HEADER = 2
_MOST_WORKERS = 1_000
_ATTEMPTS, _PAUSE_S = 3, 0.01  # a reader holds a file for an instant


class Kind(Enum):
    """What kind of metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Description:
    """What a metric is; it stands in the file, so that who reads it need not know it."""

    kind: Kind
    name: str
    text: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def key(self) -> bytes:
        """Write it down."""
        return orjson.dumps([self.kind.value, self.name, self.text, self.labels, self.bounds])

    def series_key(self, labels: tuple[str, ...]) -> bytes:
        """Name one of its series."""
        return orjson.dumps([self.name, labels])


@dataclass(frozen=True, slots=True)
class Sample:
    """A metric and, by the values of its labels, what all workers have counted together."""

    description: Description
    values: dict[tuple[str, ...], list[float]]


class Memory:
    """Where one process counts; without a file, for itself alone.

    Args:
        content: what is mapped.
        number: which worker's it is.
        fd: of the file, held locked; -1: there is none.
    """

    def __init__(self, content: mmap.mmap | None = None, number: int = -1, fd: int = -1) -> None:
        self.number = number
        self._content = _own() if content is None else content
        self._fd = fd
        self._bytes = memoryview(self._content)
        self.cells = self._bytes.cast("d")
        self._places: dict[bytes, int] = {}
        self._is_full = False
        if self.cells[0] == _MARK:
            self._take_over()
        else:
            self.cells[_USED] = _HEADER
            self.cells[0] = _MARK

    @classmethod
    def open(cls, folder: Path) -> "Memory":
        """Go on in a file that no process holds; on a full disk, count for this process alone."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number in range(_MOST_WORKERS):
                fd = _held(folder / f"{number}.metrics")
                if fd is not None:
                    return cls(_mapped(fd), number, fd)
        except OSError as error:
            log.warning("metrics_in_memory", reason=str(error))
        return cls()

    def place(self, key: bytes, values: int) -> int:
        """Answer with the cell of the first value of a key; what finds no room is not counted."""
        at = self._places.get(key)
        if at is None:
            at = self._places[key] = self._add(key, values)
        return at

    def close(self) -> None:
        """Let go of the file, for the next worker."""
        if self._fd >= 0:
            fcntl.flock(self._fd, fcntl.LOCK_UN)  # what is mapped holds the file, too
            os.close(self._fd)
            self._fd = -1

    def content(self) -> bytes:
        """Copy what is used."""
        return bytes(self._bytes[: int(self.cells[_USED]) * _CELL])

    def _add(self, key: bytes, values: int) -> int:
        key_cells = -(-len(key) // _CELL)
        start = int(self.cells[_USED])
        at, end = start + 2 + key_cells, start + 2 + key_cells + values
        if end + 64 > len(self.cells):
            if not self._is_full:
                self._is_full = True
                log.error("metrics_full", cells=len(self.cells))
            return len(self.cells) - 64  # nobody reads the last cells
        self.cells[start], self.cells[start + 1] = len(key), values
        begin = (start + 2) * _CELL
        self._bytes[begin : begin + len(key)] = key
        for n in range(at, end):
            self.cells[n] = 0.0
        self.cells[_USED] = end
        return at

    def _take_over(self) -> None:
        """Find out where what was counted is, and forget how things stood."""
        gauges: set[str] = set()
        for key, at, values in _entries(self._bytes):
            self._places[key] = at
            told = orjson.loads(key)
            if values == 0 and told[0] == Kind.GAUGE.value:
                gauges.add(told[1])
            elif told[0] in gauges:
                self.cells[at] = 0.0


def read_all(own: Memory, folder: Path | None) -> Sequence[Sample]:
    """Sum up this process's memory, and those of all files in a folder."""
    contents = [(own.content(), True)]
    paths = [] if folder is None else sorted(folder.glob("*.metrics"))
    contents += [_content_of(path) for path in paths if path.name != f"{own.number}.metrics"]
    found: dict[str, Sample] = {}
    for content, is_alive in contents:
        _add_up(content, found, is_alive=is_alive)
    return [found[name] for name in sorted(found)]


def _add_up(content: bytes, found: dict[str, Sample], *, is_alive: bool) -> None:
    """Add what one worker counted; how things stood with one that is gone counts no more."""
    view = memoryview(content)
    cells = view.cast("d")
    here: dict[str, Description] = {}
    for key, at, values in _entries(view):
        told = orjson.loads(key)
        if values == 0:
            kind, name, text, labels, bounds = told
            here[name] = Description(Kind(kind), name, text, tuple(labels), tuple(bounds))
            continue
        description = here[told[0]]
        sample = found.setdefault(description.name, Sample(description, {}))
        if not _fits(sample.description, told[1], values):
            continue  # of another version of the program
        if description.kind is Kind.GAUGE and not is_alive:
            continue
        sums = sample.values.setdefault(tuple(told[1]), [0.0] * values)
        for n in range(values):
            sums[n] += cells[at + n]


def _fits(description: Description, labels: Sequence[str], values: int) -> bool:
    expected = len(description.bounds) + 2 if description.kind is Kind.HISTOGRAM else 1
    return len(labels) == len(description.labels) and values == expected


def _entries(content: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """Go through keys, the cells of their first values and how many they have."""
    cells = content.cast("d") if content.format == "B" else content
    if len(cells) < _HEADER or cells[0] != _MARK:
        return
    start, used = _HEADER, min(int(cells[_USED]), len(cells))
    while start + 2 <= used:
        length, values = int(cells[start]), int(cells[start + 1])
        begin = (start + 2) * _CELL
        at = start + 2 - (-length // _CELL)
        if at + values > used:
            return
        yield bytes(content[begin : begin + length]), at, values
        start = at + values


def _own() -> mmap.mmap:
    """Make memory of this process alone: what it forks goes on in a copy."""
    return mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _held(path: Path) -> int | None:
    """Open a worker's file and lock it; None: another process has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S if attempt + 1 < _ATTEMPTS else 0)
        else:
            return fd
    os.close(fd)
    return None


def _mapped(fd: int) -> mmap.mmap:
    """Map a file with all its room: a hole could not be filled on a full disk."""
    if os.fstat(fd).st_size != SIZE:
        os.ftruncate(fd, 0)
        if os.write(fd, bytes(SIZE)) != SIZE:
            raise OSError("The disk is full")
    return mmap.mmap(fd, SIZE)


def _content_of(path: Path) -> tuple[bytes, bool]:
    """Read a worker's file, and whether a process holds it."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b"", False
    try:
        content, is_alive = os.pread(fd, SIZE, 0), False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            is_alive = True
        return content[: len(content) - len(content) % _CELL], is_alive
    finally:
        os.close(fd)
