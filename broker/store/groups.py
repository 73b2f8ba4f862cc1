"""Groups of commands that are committed together, and what each of them comes to."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from broker.ngsi.commands import Applied, Command
from broker.ngsi.errors import NgsiLdError
from broker.store.rows import Serialized

Outcome: TypeAlias = Applied | NgsiLdError


@dataclass(frozen=True, slots=True)
class Group:
    """Commands of one tenant that are committed together.

    Args:
        id: the same for every attempt; a committed group is found by it.
        serialized: by command, the JSON of its attributes; None: it has none.
        services: by command, the service on whose account it is.
        traces: by command, the traceparent of its request; None: it has none.
        size: bytes that the commands count for.
    """

    id: UUID
    commands: Sequence[Command]
    serialized: Sequence[Serialized | None]
    services: Sequence[str]
    traces: Sequence[str | None]
    size: int


class Waiting(Protocol):
    """What waits to be committed in one group, to which more may come until it is taken."""

    @property
    def weight(self) -> int:
        """How many commands wait."""
        ...

    def take(self) -> Group:
        """Take the group; called once, when it can begin to be committed."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """A group to which nothing more comes, as something that waits."""

    group: Group

    @property
    def weight(self) -> int:
        """How many commands it has."""
        return len(self.group.commands)

    def take(self) -> Group:
        """Answer with the group."""
        return self.group


def new_flush_id() -> UUID:
    """Answer with a UUID (version 7) that begins with the time, so that old ones are a range."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def first_flush_id(at: datetime) -> UUID:
    """Answer with the least UUID that a group of this instant can have."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
