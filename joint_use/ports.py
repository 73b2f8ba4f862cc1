"""Everything joint use asks of the outside world, on one page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from joint_use.terms.endpoint import ExternalEndpoint
from joint_use.terms.organisation import (
    Municipality,
    Organisation,
    OrganisationEvent,
    OrganisationStep,
)
from joint_use.terms.quotas import Quota
from joint_use.terms.tenant import NewTenant, Placing, Tenant, TenantStatus
from joint_use.terms.usage import TenantCount, Usage, Wanted
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

    async def page(
        self,
        *,
        after: str,
        limit: int,
        municipality: str | None = None,
        organisation: str | None = None,
    ) -> Sequence[Tenant]:
        """Read tenants in order of name, those after a name: all, or of one of these."""
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
class KnownEndpoint:
    """An external tenant's endpoint as it is known; its version grows with each change."""

    endpoint: ExternalEndpoint
    version: int
    changed_by: str
    changed_at: datetime


class ExternalEndpoints(Protocol):
    """Where external tenants' data are; credentials are kept sealed."""

    async def find(self, tenant: Tenant) -> KnownEndpoint | None:
        """Read a tenant's endpoint."""
        ...

    async def put(
        self, tenant: Tenant, endpoint: ExternalEndpoint, *, by: str, at: datetime
    ) -> KnownEndpoint:
        """Set a tenant's endpoint; every process hears of it."""
        ...


class Entrance(Protocol):
    """What looks whether an endpoint can be entered from here."""

    async def check(self, endpoint: ExternalEndpoint) -> None:
        """Let an endpoint pass; a host that has no address now passes, too.

        Raises:
            InvalidTerm: it leads where nobody may go, or its certificates are none.
        """
        ...


class OrganisationRegistry(Protocol):
    """The municipalities that take part and the organisations inside them."""

    async def put_municipality(self, municipality: Municipality, *, by: str, at: datetime) -> None:
        """Register a municipality, or give it other names."""
        ...

    async def municipalities(self) -> Sequence[Municipality]:
        """Read the municipalities that take part, in order of code."""
        ...

    async def find(self, name: str) -> Organisation | None:
        """Read the organisation of a name."""
        ...

    async def page(self, *, municipality: str | None) -> Sequence[Organisation]:
        """Read organisations by municipality and name: all, or those of one municipality."""
        ...

    async def create(self, organisation: Organisation, *, by: str, at: datetime) -> Organisation:
        """Write an organisation down where its name is free; answers with who has the name.

        Raises:
            OrganisationUnknown: its municipality is not registered.
        """
        ...

    async def change(self, organisation: Organisation, *, by: str, at: datetime) -> bool:
        """Write an organisation anew; False: there is none of this name in this municipality."""
        ...

    async def note(
        self, names: Sequence[str], step: OrganisationStep, *, by: str, at: datetime
    ) -> None:
        """Write down what was done to organisations."""
        ...

    async def events(self, name: str) -> Sequence[OrganisationEvent]:
        """Read what was done to an organisation, the oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JointUse:
    """The ports of joint use, handed to every operation."""

    tenants: TenantRegistry
    organisations: OrganisationRegistry
    directory: TenantDirectory
    endpoints: ExternalEndpoints
    entrance: Entrance
    provisioner: TenantProvisioner
    placing: Placing
    clock: Clock


class TenantCounter(Protocol):
    """What reads a tenant's usage from its own database; the broker provides it."""

    async def count(self, tenant: Tenant) -> TenantCount:
        """Read what the tenant stores and what was written on the days that it still knows."""
        ...


class UsageLedger(Protocol):
    """The usage of all tenants, as far as it was counted."""

    async def usage(self, wanted: Wanted) -> Sequence[Usage]:
        """Sum up usage, in order of the groups."""
        ...

    async def note(self, tenant: Tenant, count: TenantCount, *, day: date, at: datetime) -> None:
        """Keep what a tenant's own database has counted; noted twice it is the same."""
        ...

    async def close_days(self, before: date) -> None:
        """Keep of earlier days how many users there were, and no more which ones."""
        ...


class QuotaShelf(Protocol):
    """Which tenants have quotas of their own."""

    async def find(self, tenant: Tenant) -> Quota:
        """Read a tenant's own quota; what it does not say, the settings say."""
        ...

    async def put(self, tenant: Tenant, quota: Quota, *, by: str, at: datetime) -> None:
        """Set a tenant's own quota; every process hears of it."""
        ...

    async def draw(self, tenant: int, wanted: float, per_s: float, burst: float) -> float:
        """Draw tokens from a tenant's bucket, which all processes share; 0: it is empty."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    """The ports of usage and quotas.

    Args:
        defaults: the quota of tenants that have none of their own.
        count_now: counts what is not counted yet, as far as this process can, and what the
            database of a tenant knows.
    """

    tenants: TenantRegistry
    ledger: UsageLedger
    quotas: QuotaShelf
    defaults: Quota
    counter: TenantCounter
    count_now: Callable[[str | None], Awaitable[None]]
    clock: Clock
