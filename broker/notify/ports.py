"""What sending notifications asks of the outside world, on one page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from broker.ngsi.delivery import Beat, Delivery, Fresh, Lease, Settlement, Wanted
from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint, Subscription
from joint_use import Tenant
from kit.errors import RenkeiError


class Undelivered(RenkeiError):
    """A notification did not arrive, or nobody said that it did.

    Args:
        detail: why; nothing secret, for the subscriber to see.
        is_answered: somebody answered, so that other notifications may fare better.
    """

    def __init__(self, detail: str, *, is_answered: bool = False) -> None:
        super().__init__(detail)
        self.is_answered = is_answered


class Sender(Protocol):
    """Sends messages to endpoints of one kind."""

    async def send(
        self, endpoint: Endpoint, message: NotificationMessage, timeout_s: float
    ) -> None:
        """Send one message; returns when the receiver has it.

        Raises:
            Undelivered: it did not arrive in time.
        """
        ...


class DeliveryStore(Protocol):
    """Undelivered notifications of tenants (broker.store.deliveries)."""

    async def subscriptions(self, tenant: Tenant, version: int) -> Mapping[int, Subscription]:
        """Answer with the tenant's subscriptions by number, at this version or a later one."""
        ...

    async def begin(self, tenant: Tenant) -> Fresh:
        """Say from where on changes are new; what was due before is found by `refill`."""
        ...

    async def fresh(self, tenant: Tenant, owner: UUID, horizon: int, limit: int) -> Fresh:
        """Look for what was committed since another look, in order of changes."""
        ...

    async def refill(self, tenant: Tenant, wanted: Mapping[int, Wanted]) -> Sequence[Delivery]:
        """Read the oldest undelivered ones of some subscriptions, in order of changes."""
        ...

    async def fire(
        self, tenant: Tenant, owner: UUID, due: Sequence[tuple[Lease, datetime]], *, at: datetime
    ) -> None:
        """Let intervals be over: what is due is inserted and the next time set, or neither."""
        ...

    async def set_next_due(
        self, tenant: Tenant, owner: UUID, due: Sequence[tuple[Lease, datetime]]
    ) -> None:
        """Set when intervals are over next, without anything being due now."""
        ...

    async def settle(self, tenant: Tenant, owner: UUID, settlement: Settlement) -> None:
        """Write down what became of attempts, in one transaction."""
        ...

    async def bury(self, tenant: Tenant, lease: Lease, before: datetime, cause: str) -> int:
        """Make dead letters of what became due before a time, if the lease still holds.

        Returns:
            Of how many.
        """
        ...

    async def is_drained(self, tenant: Tenant) -> bool:
        """Tell whether nothing is undelivered in a tenant, whoever owns it."""
        ...

    async def has_dead_letters(self, tenant: Tenant) -> bool:
        """Tell whether dead letters are kept in a tenant that are to be removed one day."""
        ...

    async def tidy(self, tenant: Tenant, dead_letters_kept_s: float) -> None:
        """Remove what nobody refers to, and dead letters that are too old."""
        ...


class LeaseStore(Protocol):
    """Who sends a subscription's notifications (broker.store.leases)."""

    async def claim(
        self,
        tenant: Tenant,
        owner: UUID,
        subscriptions: Collection[int],
        dead: Collection[UUID] = (),
    ) -> Sequence[Lease]:
        """Become the owner where there is none, or a dead one; answers with all these leases."""
        ...

    async def take_over(
        self, tenant: Tenant, owner: UUID, alive: Collection[UUID]
    ) -> Sequence[Lease]:
        """Become the owner of all whose owner does not live; answers with all leases of ours."""
        ...


class Register(Protocol):
    """The processes that send notifications (broker.store.process_register)."""

    async def beat(self, process: UUID, *, is_first: bool) -> Beat:
        """Say that a process lives, and learn who else does and what was left undone."""
        ...

    async def alive(self) -> frozenset[UUID]:
        """Answer with the processes that live."""
        ...

    async def expect(self, process: UUID, tenant: str) -> None:
        """Note that a process may leave notifications unsent in a tenant."""
        ...

    async def drained(
        self, processes: frozenset[UUID], tenant: str, unless: Callable[[], bool]
    ) -> None:
        """Note that what processes left in a tenant is delivered, or somebody else's now."""
        ...

    async def schedule(self, due: Mapping[str, datetime | None]) -> None:
        """Note by when somebody has to look after tenants' intervals; None: there are none."""
        ...

    async def leave(self, process: UUID) -> None:
        """Say that a process ends: the others take over at once what it leaves."""
        ...

    async def tell(self, said: list[str]) -> None:
        """Say things to all processes."""
        ...
