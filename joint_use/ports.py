"""Everything joint use asks of the outside world, on one page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from joint_use.terms.tenant import NewTenant, Placing, Tenant, TenantStatus
from kit.clock import Clock


class TenantProvisioner(Protocol):
    """What makes room for a tenant's data; the broker provides it."""

    async def provision(self, tenant: Tenant) -> None:
        """Bring the tenant's own database into line with the registry; idempotent.

        Creates what is missing (database, tables, the tenant's row) and records epoch and status
        as given. Called at creation, under a lock of all processes for this tenant, and again
        whenever epoch and status have changed (suspended, resumed).
        """
        ...

    async def retire(self, tenant: Tenant) -> None:
        """Close the tenant's tables to everybody and keep its data.

        Idempotent; does nothing for a tenant that was never provisioned wholly.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantEvent:
    """One thing that was done to a tenant: the status it got, who did it, when."""

    status: TenantStatus
    epoch: int
    by: str
    at: datetime


class TenantRegistry(Protocol):
    """All tenants that there are or were."""

    async def find(self, name: str) -> Tenant | None:
        """Read the tenant of a name, whatever its status."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[Tenant]:
        """Read tenants in order of name, those after a name."""
        ...

    async def events(self, name: str) -> Sequence[TenantEvent]:
        """Read what was done to a tenant, the oldest first."""
        ...

    async def claim(self, wanted: NewTenant, placing: Placing, *, by: str, at: datetime) -> Tenant:
        """Take a name and a number for a tenant to be provisioned.

        A tenant that is provisioning still, on the same terms, is answered with as it is.

        Raises:
            TenantExists: the name is taken, or being provisioned on other terms.
        """
        ...

    async def finish(
        self,
        name: str,
        provision: Callable[[Tenant], Awaitable[None]],
        *,
        by: str,
        at: datetime,
    ) -> Tenant | None:
        """Provision a tenant and make it active; one process at a time for one tenant.

        Answers None, and does nothing, where it is not provisioning (any more).
        """
        ...

    async def change_status(
        self, name: str, status: TenantStatus, *, by: str, at: datetime
    ) -> Tenant:
        """Take a step in a tenant's life.

        Raises:
            TenantUnknown: there is no such tenant.
            WrongStatus: there is no such step.
        """
        ...


class TenantDirectory(Protocol):
    """The tenants as a process knows them, quick to ask."""

    def get(self, name: str) -> Tenant | None:
        """Answer at once with a tenant that is known here; None: ask `find`."""
        ...

    async def find(self, name: str) -> Tenant | None:
        """Answer with the tenant of a name, from the registry where it is not known here."""
        ...

    def forget(self, name: str) -> None:
        """Ask the registry next time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JointUse:
    """The ports of joint use, handed to every operation."""

    tenants: TenantRegistry
    directory: TenantDirectory
    provisioner: TenantProvisioner
    placing: Placing
    clock: Clock
