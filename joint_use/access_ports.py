"""What decisions on access ask of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from joint_use.ports import TenantDirectory
from joint_use.terms.consent import DataConsent, NewConsent
from joint_use.terms.policy import Policy
from joint_use.terms.tenant import Tenant
from kit.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One version of a policy: who set it, when."""

    policy: Policy
    by: str
    at: datetime


class PolicyShelf(Protocol):
    """The policies of tenants, each version of them."""

    async def find(self, tenant: Tenant) -> Policy:
        """Answer with the policy that holds; version 0 where none was ever set."""
        ...

    async def put(
        self, tenant: Tenant, policy: Policy, *, over: int, by: str, at: datetime
    ) -> Policy | None:
        """Set a policy, as the version after `over`; None where that is not the last one.

        Every process hears of it.
        """
        ...

    async def history(self, tenant: Tenant) -> Sequence[PolicyChange]:
        """Read all versions, the oldest first."""
        ...


class ConsentBook(Protocol):
    """What people have agreed that services learn of them."""

    async def give(self, tenant: Tenant, terms: NewConsent, at: datetime) -> DataConsent:
        """Write down a consent."""
        ...

    async def withdraw(
        self, tenant: Tenant, subject: str, number: int, at: datetime
    ) -> DataConsent | None:
        """Withdraw somebody's consent, once; None where there is none that is in force."""
        ...

    async def of(self, tenant: Tenant, subject: str) -> Sequence[DataConsent]:
        """Read all consents that somebody has given, the oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The ports of policies and consents."""

    tenants: TenantDirectory
    policies: PolicyShelf
    consents: ConsentBook
    clock: Clock
