"""Everything that moving tenants asks of the outside world."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from joint_use.terms.moving import Move
from joint_use.terms.tenant import Tenant


class Switching(Protocol):
    """A tenant whose row in the registry is held: nobody else changes its status or place."""

    @property
    def tenant(self) -> Tenant:
        """The tenant as the registry says."""
        ...

    async def place(self, tenant: Tenant, *, by: str, at: datetime) -> None:
        """Write down storage, placement and epoch; they count from the end of the context on."""
        ...


class Working(Protocol):
    """One move in the hands of one process; everything fails once its hold on it is lost."""

    @property
    def move(self) -> Move:
        """The move as it was last written down."""
        ...

    async def save(self, move: Move) -> None:
        """Write down how far it is."""
        ...

    def switching(self) -> AbstractAsyncContextManager[Switching]:
        """Hold the tenant's row in the registry."""
        ...


class MoveRegistry(Protocol):
    """All moves that were asked for."""

    async def register(self, move: Move) -> Move:
        """Write a new one down; answers with its number in it.

        Raises:
            WrongStatus: the tenant is being moved, or is neither active nor suspended.
        """
        ...

    async def unfinished(self) -> Sequence[Move]:
        """Read those in which something is left to do, in order of number."""
        ...

    async def of(self, tenant: str | None, limit: int) -> Sequence[Move]:
        """Read the latest moves, of one tenant or of all, the newest first."""
        ...

    def working_on(self, move: Move) -> AbstractAsyncContextManager[Working | None]:
        """Be the only one in all processes who works on it; it is read again.

        None: somebody else works on it, or it is finished. Who dies lets go of it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the switch cost: for how long writers were held, how many rows there are."""

    held_ms: int
    rows: int


class Copying(Protocol):
    """Two places, nobody else copying from the one or to the other."""

    async def copy(self, told: Callable[[int], Awaitable[None]]) -> None:
        """Copy everything while the tenant is written to, until little is left to follow.

        What an earlier attempt left in the target is cleared first. `told` hears of rows copied.

        Raises:
            MoveFailed: the copy is not what was copied.
            DatabaseUnavailable: one of the two is away.
        """
        ...

    async def close(self, origin: Tenant, target: Tenant) -> Held:
        """Hold the writers, follow the last changes, verify, and close the old place for good.

        Whether an error came before the end or after it, `is_closed` tells.

        Args:
            origin: the tenant as the registry knows it.
            target: as it shall be, with the epoch after.

        Raises:
            MoveFailed, DatabaseUnavailable: as above; or the writers would be held for too long.
        """
        ...


class TenantMover(Protocol):
    """What copies a tenant's data; the broker provides it."""

    def copying(self, origin: Tenant, target: Tenant) -> AbstractAsyncContextManager[Copying]:
        """Be the only one who copies a tenant from where it is to where it shall be."""
        ...

    async def is_closed(self, origin: Tenant, target: Tenant) -> bool:
        """Tell whether the old place was closed in favour of the target."""
        ...

    async def release(self, origin: Tenant) -> None:
        """Stop noting what is written in a place; idempotent."""
        ...

    async def clear(self, tenant: Tenant) -> None:
        """Delete what a place holds of a tenant that does not live there; idempotent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The ports of moving.

    Args:
        kept_s: seconds for which old rows stay after a move.
    """

    registry: MoveRegistry
    mover: TenantMover
    kept_s: float
