"""What archives ask of the store."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from broker.ngsi.archive import Line
from broker.ngsi.entity import Entity
from joint_use import Tenant


class TenantInstant(Protocol):
    """A tenant as it is at one instant, to be read part by part."""

    at: datetime | None
    history_days: int

    def entities(self) -> AsyncIterator[Entity]:
        """Read all Entities that are not expired, in order of id."""
        ...

    def history(self) -> AsyncIterator[Line]:
        """Read the attribute instances that were written, in order of time."""
        ...

    def contexts(self) -> AsyncIterator[Line]:
        """Read stored @contexts."""
        ...

    def indexes(self) -> AsyncIterator[Line]:
        """Read declared paths."""
        ...

    def subscriptions(self) -> AsyncIterator[Line]:
        """Read Subscriptions with their endpoints, secrets and all, and their counters."""
        ...


class ArchiveStore(Protocol):
    """Tenants read at one instant, and filled."""

    def instant(self, tenant: Tenant) -> AbstractAsyncContextManager[TenantInstant]:
        """Lend a tenant as it is now."""
        ...

    async def add_entities(self, tenant: Tenant, entities: Sequence[Entity]) -> None:
        """Store Entities as they are; no history is written of it."""
        ...

    async def add_history(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store what was written once, as it was."""
        ...

    async def add_contexts(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store @contexts."""
        ...

    async def add_indexes(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Declare paths; their rows come with Entities."""
        ...

    async def add_subscriptions(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store Subscriptions with their counters."""
        ...

    async def finish(self, tenant: Tenant, history_days: int) -> None:
        """Let all processes read anew what they know of the tenant."""
        ...
