"""Everything joint use asks of the outside world, on one page."""

from typing import Protocol

from joint_use.terms.tenant import Tenant


class TenantProvisioner(Protocol):
    """What makes room for a tenant's data; the broker provides it."""

    async def provision(self, tenant: Tenant) -> None:
        """Bring the tenant's own database into line with the registry; idempotent.

        Creates what is missing (database, tables, the tenant's row) and records epoch and status
        as given. Called at creation, and again whenever epoch or status has changed (suspended,
        resumed); runs under a lock of all processes per tenant only at creation.
        """
        ...

    async def retire(self, tenant: Tenant) -> None:
        """Close the tenant's tables to everybody and keep its data; idempotent."""
        ...
