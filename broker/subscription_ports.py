"""What the broker asks of the outside world about subscriptions and their notifications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.ngsi.delivery import DeadLetter, DeliveryState
from broker.ngsi.queries import Window
from broker.ngsi.subscription import Counters, StoredSubscription, SubscriptionId
from joint_use import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSubscription:
    """A Subscription as it is kept, and what became of its notifications."""

    stored: StoredSubscription
    counters: Counters


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPage:
    """One page of Subscriptions, oldest first; the total if it was asked for."""

    kept: Sequence[KeptSubscription]
    more: bool
    total: int | None = None


class SubscriptionStore(Protocol):
    """The Subscriptions of a tenant (§5.8)."""

    async def put(self, tenant: Tenant, stored: StoredSubscription) -> None:
        """Store a new one; it counts for every write that begins later.

        Raises:
            AlreadyExists: the tenant already holds this id.
        """
        ...

    async def get(self, tenant: Tenant, id_: SubscriptionId) -> KeptSubscription | None:
        """Find one."""
        ...

    async def page(self, tenant: Tenant, window: Window) -> SubscriptionPage:
        """Read one page of them."""
        ...

    async def replace(self, tenant: Tenant, stored: StoredSubscription, *, over: datetime) -> bool:
        """Store one in the place of what was read, modified at `over`; False: it changed since."""
        ...

    async def remove(self, tenant: Tenant, id_: SubscriptionId) -> bool:
        """Delete one and what was still to be sent for it; False: there is none."""
        ...


class Deliverer(Protocol):
    """Sends what is due; the store tells it where to look. Its word is a hurry-up, never needed."""

    async def expect(self, tenant: Tenant) -> None:
        """Note durably, before the commit, that this process may leave notifications unsent.

        Raises:
            DatabaseUnavailable: it cannot be noted now.
        """
        ...

    def committed(self, tenant: Tenant, subscriptions: Collection[int]) -> None:
        """Send what is due to these subscriptions: a write of this process is committed."""
        ...

    def changed(self, tenant: Tenant) -> None:
        """Look at the tenant's subscriptions again: this process changed some."""
        ...


class DeliveryStates(Protocol):
    """How far subscriptions' notifications are."""

    async def states(
        self, tenant: Tenant, ids: Collection[SubscriptionId]
    ) -> Mapping[SubscriptionId, DeliveryState]:
        """Read how far the notifications of some subscriptions are."""
        ...

    async def dead_letters(
        self, tenant: Tenant, id_: SubscriptionId, limit: int
    ) -> Sequence[DeadLetter]:
        """Read what was given up of a subscription, the latest first."""
        ...

    async def replay(
        self, tenant: Tenant, id_: SubscriptionId, numbers: Collection[int] | None = None
    ) -> int:
        """Let dead letters be sent again, behind what is waiting; answers with how many."""
        ...


class Endpoints(Protocol):
    """Where notifications may be sent (kit.guard)."""

    async def check(self, uri: str) -> None:
        """Let an endpoint's address pass; a host that has no address now passes, too.

        Raises:
            BadRequestData: it leads where nobody may go.
        """
        ...
