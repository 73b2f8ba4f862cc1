"""Delivery: one notification that is due, who sends it, and what became of it.

Subscriptions are named here by number: the number that their tenant's database gave them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from broker.ngsi.names import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification that is due and was not delivered yet.

    Args:
        change: the number of the change that made it due: in the order of commits, per entity.
        entity_id: whose change; empty: an interval is over.
        notification: the notification's id, the same in every attempt.
        at: when the change was made.
        body: the Change as JSON; None: an interval is over.
        failing_since: when sending it failed first.
        trace: the traceparent of the request that made the change; None: it has none.
    """

    subscription: int
    change: int
    entity_id: EntityId
    notification: UUID
    at: datetime
    body: str | None
    failing_since: datetime | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """That one process sends a subscription's notifications.

    Args:
        owner: that process.
        fencing: grows with each change of owner: who has a lower number has lost it.
        window_ends_at: throttling: nothing is sent before.
        next_due: timeInterval: when the next notification is due.
        failing_since: since when nothing succeeds.
    """

    subscription: int
    owner: UUID
    fencing: int
    window_ends_at: datetime | None = None
    next_due: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What one look into a tenant found.

    Args:
        horizon: changes that were committed before it are known by then; for the next look.
        version: of the tenant's subscriptions.
        deliveries: undelivered ones of leases of ours, in order.
        is_cut: there are more than were asked for.
    """

    horizon: int
    version: int
    deliveries: Sequence[Delivery] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of one subscription's backlog.

    Args:
        room: how many.
        known: changes that need not be read.
        cut: Entities of which nothing is to be read for now.
    """

    room: int
    known: Collection[int] = ()
    cut: Collection[EntityId] = ()


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of one subscription's attempts since it was last written down."""

    sent: int = 0
    failed: int = 0
    last_notification: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    cause: str | None = None
    failing_since: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Settlement:
    """What is to be written down after attempts, in one transaction.

    Args:
        done: delivered, or superseded: (subscription, change).
        failing: failed for the first time: (subscription, change) and when.
        dead: given up: (subscription, change) and why.
        tallies: by subscription.
        windows: by subscription: the lease's fencing number and when the window ends.
    """

    done: list[tuple[int, int]] = field(default_factory=list)
    failing: list[tuple[int, int, datetime]] = field(default_factory=list)
    dead: list[tuple[int, int, str]] = field(default_factory=list)
    tallies: dict[int, Tally] = field(default_factory=dict)
    windows: dict[int, tuple[int, datetime]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not (self.done or self.failing or self.dead or self.tallies or self.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What the control database says each second.

    Args:
        alive: the processes that live.
        abandoned: by tenant, the dead processes that may have left work there.
        overdue: tenants whose intervals nobody looked after in time.
        was_forgotten: the others took this process for dead meanwhile.
    """

    alive: frozenset[UUID]
    abandoned: Mapping[str, frozenset[UUID]]
    overdue: Sequence[str] = ()
    was_forgotten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A notification that was given up after it could not be delivered for long."""

    number: int
    notification: UUID
    entity_id: EntityId
    at: datetime
    died_at: datetime
    cause: str


MOST_COUNTED = 10_000
"""Waiting notifications are counted up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """How far a subscription's notifications are.

    Args:
        waiting: undelivered ones, counted up to MOST_COUNTED.
        oldest_at: when the oldest of them became due.
        dead_letters: how many were given up and are still kept.
        failing_since: since when nothing succeeds.
    """

    waiting: int = 0
    oldest_at: datetime | None = None
    dead_letters: int = 0
    failing_since: datetime | None = None
    window_ends_at: datetime | None = None
    next_due: datetime | None = None
    owner: UUID | None = None
