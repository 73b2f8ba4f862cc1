"""What the broker asks of the outside world for snapshots (§5.16), on a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.ngsi.entity import Entity
from broker.ngsi.notification import NotificationMessage
from broker.ngsi.snapshot import Snapshot, SnapshotId
from broker.ngsi.subscription import Endpoint
from joint_use import Tenant


class Snapshots(Protocol):
    """What is known of a tenant's snapshots (§5.16)."""

    async def put(self, tenant: Tenant, snapshot: Snapshot) -> None:
        """Store a new one.

        Raises:
            AlreadyExists: the id is taken.
        """
        ...

    async def get(self, tenant: Tenant, snapshot_id: SnapshotId) -> Snapshot | None:
        """Find one that has not expired."""
        ...

    async def every(self, tenant: Tenant) -> Sequence[Snapshot]:
        """List those that have not expired, oldest first."""
        ...

    async def replace(self, tenant: Tenant, snapshot: Snapshot, *, over: datetime) -> bool:
        """Store an update of one that is still as it was modified at `over`."""
        ...

    async def use(self, tenant: Tenant, snapshot_id: SnapshotId, at: datetime) -> None:
        """Note that one was used, to the second."""
        ...

    async def evict(self, tenant: Tenant, snapshot_id: SnapshotId, at: datetime) -> None:
        """Let the time of one be over now; its receiver will be told."""
        ...

    async def remove(self, tenant: Tenant, snapshot_id: SnapshotId) -> bool:
        """Delete one; its entities follow in the background. False where there is none."""
        ...


class SnapshotWork(Protocol):
    """What fills snapshots and clears them away, in the background."""

    def wake(self, tenant: Tenant) -> None:
        """Say that there is something to be done for a tenant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One attempt to fill a snapshot.

    Args:
        number: what its entities are stored under; of this attempt alone.
        attempts: how often it was tried, this time included.
    """

    snapshot: Snapshot
    number: int
    attempts: int


class SnapshotFilling(Protocol):
    """The entities of a tenant's snapshots, and who is at work on which."""

    async def claim(self, tenant: Tenant, until: datetime) -> Claim | None:
        """Take the next snapshot that nobody fills, under a new number; None: there is none."""
        ...

    async def renew(self, tenant: Tenant, claim: Claim, until: datetime) -> bool:
        """Keep a claim; False where it is lost: to another process, or the snapshot is gone."""
        ...

    async def postpone(self, tenant: Tenant, claim: Claim, until: datetime) -> bool:
        """Give a claim back; nobody takes it before. This attempt does not count."""
        ...

    async def finish(self, tenant: Tenant, claim: Claim, finished: Snapshot) -> bool:
        """Store status and results; False where the claim is lost."""
        ...

    async def due(self, tenant: Tenant) -> datetime | None:
        """Tell when the first claim runs out; None: nothing is being filled."""
        ...

    async def add(self, tenant: Tenant, claim: Claim, entities: Sequence[Entity]) -> None:
        """Store entities in a snapshot; one that is there already gets the attributes it lacks."""
        ...

    async def notices(self, tenant: Tenant) -> Sequence[Snapshot]:
        """List the snapshots whose receivers are to be told of their status."""
        ...

    async def noticed(self, tenant: Tenant, snapshot: Snapshot) -> None:
        """Note that this status was told, unless there is a newer one."""
        ...

    async def expire(self, tenant: Tenant) -> Sequence[Snapshot]:
        """Delete the snapshots whose time is over, and answer with them."""
        ...

    async def clear(self, tenant: Tenant) -> None:
        """Delete the entities of snapshots that are gone, and of attempts that failed."""
        ...


class SnapshotSender(Protocol):
    """What tells receivers of a snapshot's status (§5.16.6)."""

    async def send(self, endpoint: Endpoint, message: NotificationMessage) -> str | None:
        """Send one message; answers with why it did not arrive, or None."""
        ...
