"""Requests that wait for their lane: cut into groups, interleaved, bounded in bytes."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from broker.ngsi.commands import (
    Append,
    Command,
    Create,
    Merge,
    PartialUpdate,
    Replace,
    ReplaceAttribute,
    Update,
    Upsert,
)
from broker.ngsi.errors import BadRequestData, NgsiLdError, Unavailable
from broker.store.groups import Outcome
from broker.store.rows import Serialized
from joint_use import SERVICE
from kit import tracing

_OVERHEAD = 256  # bytes counted for a command beside its attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a group and the queues may hold.

    Args:
        commands: of one group.
        share: most commands of one request in a group while others wait.
        group_bytes: JSON of one group.
        lane_bytes: JSON that may wait in one lane.
        process_bytes: JSON that may wait in all lanes of the process.
    """

    commands: int = 200
    share: int = 100
    group_bytes: int = 4 * 1024 * 1024
    lane_bytes: int = 16 * 1024 * 1024
    process_bytes: int = 64 * 1024 * 1024


@dataclass(slots=True)
class Room:
    """Bytes that wait in all lanes of a process."""

    used: int = 0


class Entry:
    """One request's commands and, one after another, what became of them.

    The future is done with all outcomes; it never raises, and is never set again. What the commands
    write is on the account of the service that the request came from, and of its trace.
    """

    __slots__ = (
        "_open",
        "_outcomes",
        "commands",
        "future",
        "position",
        "serialized",
        "service",
        "sizes",
        "trace",
    )

    def __init__(self, commands: Sequence[Command]) -> None:
        pairs = [serialize(command) for command in commands]
        self.commands = commands
        self.service = SERVICE.get()
        self.trace = tracing.carried()
        self.serialized = [one for one, _ in pairs]
        self.sizes = [size for _, size in pairs]
        self._outcomes: list[Outcome | None] = [None] * len(pairs)
        self._open = len(pairs)
        self.position = 0  # the first command that was not taken yet
        self.future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()

    @property
    def waiting_bytes(self) -> int:
        """What the commands count for that were not taken yet."""
        return sum(self.sizes[self.position :])

    def answer(self, start: int, outcomes: Sequence[Outcome]) -> None:
        """Note outcomes of commands that are still open, from a position on."""
        for position, outcome in enumerate(outcomes, start):
            if self._outcomes[position] is None:
                self._outcomes[position] = outcome
                self._open -= 1
        if self._open == 0 and not self.future.done():
            self.future.set_result([one for one in self._outcomes if one is not None])

    def fail(self, error: NgsiLdError, start: int = 0) -> None:
        """Refuse what is still open, from a position on."""
        self.answer(start, [error] * (len(self.commands) - start))


@dataclass(frozen=True, slots=True)
class Piece:
    """Commands of one entry that were taken together."""

    entry: Entry
    start: int
    stop: int


@dataclass(slots=True)
class Taken:
    """What a lane took from its queue for one group."""

    pieces: list[Piece] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    serialized: list[Serialized | None] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    size: int = 0

    def answer(self, outcomes: Sequence[Outcome]) -> None:
        """Give each entry the outcomes of its commands."""
        start = 0
        for piece in self.pieces:
            stop = start + piece.stop - piece.start
            piece.entry.answer(piece.start, outcomes[start:stop])
            start = stop


def serialize(command: Command) -> tuple[Serialized | None, int]:
    """Answer with a command's attributes as JSON, and with the bytes that it counts for.

    Raises:
        BadRequestData: a number does not fit 64 bits, or the nesting is too deep to be written.
    """
    try:
        match command:
            case Create() | Upsert() | Replace() | Merge() | Append() | Update():
                attributes = command.fragment.attributes
                written = orjson.dumps(attributes)
                size = len(written)
                return Serialized(attributes, written.decode(), size), size + _OVERHEAD
            case PartialUpdate() | ReplaceAttribute():
                return None, len(orjson.dumps(command.instance)) + _OVERHEAD
            case _:
                return None, _OVERHEAD
    except TypeError as error:
        raise BadRequestData(f"Entity {command.id} cannot be written as JSON: {error}") from error


class LaneQueue:
    """Entries of one lane, first come first served; a long one takes turns with the others."""

    def __init__(self, limits: Limits, room: Room) -> None:
        self._limits = limits
        self._room = room
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._is_filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def weight(self) -> int:
        """How many commands wait."""
        return sum(len(entry.commands) - entry.position for entry in self._entries)

    def put(self, entry: Entry) -> None:
        """Let an entry wait; one is always let in, however large.

        Raises:
            Unavailable: the lane's or the process's queue is full.
        """
        limits, size = self._limits, entry.waiting_bytes
        if self._entries and (
            self._bytes + size > limits.lane_bytes or self._room.used + size > limits.process_bytes
        ):
            raise Unavailable("The tenant's write queue is full; try again in a moment")
        self._count(size)
        self._entries.append(entry)
        self._is_filled.set()

    async def wait(self) -> None:
        """Wait until something is there."""
        await self._is_filled.wait()

    def take(self) -> Taken:
        """Take the next group: at least one command, at most what the limits allow."""
        taken = Taken()
        room, left = self._limits.group_bytes, self._limits.commands
        later: list[Entry] = []
        while self._entries and left > 0 and (room > 0 or not taken.commands):
            entry = self._entries.popleft()
            share = min(left, self._limits.share) if self._entries or taken.pieces else left
            used = self._cut(entry, share, room, taken)
            if used == 0 and taken.commands:
                self._entries.appendleft(entry)
                break
            room -= used
            left = self._limits.commands - len(taken.commands)
            if entry.position < len(entry.commands):
                later.append(entry)
        self._entries.extend(later)
        if not self._entries:
            self._is_filled.clear()
        return taken

    def put_back(self, taken: Taken) -> None:
        """Let what was taken wait again, in front."""
        for piece in reversed(taken.pieces):
            entry = piece.entry
            if entry not in self._entries:
                self._entries.appendleft(entry)
            self._count(sum(entry.sizes[piece.start : entry.position]))
            entry.position = piece.start
        if self._entries:
            self._is_filled.set()

    def drain(self) -> list[Entry]:
        """Take everything out."""
        entries = list(self._entries)
        for entry in entries:
            self._count(-entry.waiting_bytes)
        self._entries.clear()
        self._is_filled.clear()
        return entries

    def _cut(self, entry: Entry, share: int, room: int, taken: Taken) -> int:
        """Move commands of an entry into the group; answer with their bytes."""
        start = stop = entry.position
        used = 0
        while stop < len(entry.commands) and stop - start < share:
            size = entry.sizes[stop]
            if used + size > room and (stop > start or taken.commands):
                break
            used += size
            stop += 1
        if stop > start:
            entry.position = stop
            self._count(-used)
            taken.pieces.append(Piece(entry, start, stop))
            taken.commands.extend(entry.commands[start:stop])
            taken.serialized.extend(entry.serialized[start:stop])
            taken.services.extend([entry.service] * (stop - start))
            taken.traces.extend([entry.trace] * (stop - start))
            taken.size += used
        return used

    def _count(self, size: int) -> None:
        self._bytes += size
        self._room.used += size
