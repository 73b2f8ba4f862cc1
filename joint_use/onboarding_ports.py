"""What onboarding asks of the outside world, on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from joint_use.ports import JointUse, QuotaShelf
from joint_use.terms.application import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Approval,
)
from joint_use.terms.tenant import Tenant
from joint_use.terms.terms_of_use import TermsOfUse


class ApplicationRegistry(Protocol):
    """All applications, and what was done to each."""

    async def add(self, application: Application, *, secret: bytes, sender: bytes) -> None:
        """Write a new application down, and that it was submitted.

        Args:
            application: as it was submitted.
            secret: the hash of what its applicant's link ends with.
            sender: a keyed hash of where it was sent from.
        """
        ...

    async def count(self, *, since: datetime, sender: bytes) -> tuple[int, int]:
        """Count what a sender has submitted since then, and what waits for the operator."""
        ...

    async def find(self, receipt: str) -> Application | None:
        """Read the application of a receipt number."""
        ...

    async def secret_of(self, receipt: str) -> bytes | None:
        """Read the hash of what an applicant's link ends with."""
        ...

    async def page(
        self, *, status: ApplicationStatus | None, after: str, limit: int
    ) -> Sequence[Application]:
        """Read applications, the latest first, those before the one of a receipt number."""
        ...

    async def tally(self) -> Mapping[ApplicationStatus, int]:
        """Count the applications of each status."""
        ...

    async def events(self, receipt: str) -> Sequence[ApplicationEvent]:
        """Read what was done to an application, the oldest first."""
        ...

    async def advance(
        self, receipt: str, event: ApplicationEvent, *, approval: Approval | None = None
    ) -> Application:
        """Take a step and write it down, in one transaction.

        Raises:
            ApplicationUnknown: there is no such application.
            WrongStatus: there is no such step from where it is.
        """
        ...

    async def note(
        self, receipt: str, event: ApplicationEvent, *, client: str | None = None
    ) -> None:
        """Write down, once, that something approved is there; at `ready`, that everything is."""
        ...

    async def renew_secret(self, receipt: str, secret: bytes, event: ApplicationEvent) -> None:
        """Let another link lead to the application.

        Raises:
            ApplicationUnknown: there is no such application.
        """
        ...


class TermsShelf(Protocol):
    """The terms of use, by version."""

    async def present(self) -> TermsOfUse | None:
        """Read those that hold now; None: none were published."""
        ...

    async def find(self, version: str) -> TermsOfUse | None:
        """Read those of a version."""
        ...

    async def publish(self, terms: TermsOfUse, *, by: str) -> bool:
        """Publish a version; False: there is one of this name already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A client's secret, told once."""

    client: str
    secret: str
    token_url: str


class ClientIssuer(Protocol):
    """What registers clients for tenants; identity federation provides it.

    While requests need no token, nobody does: `Onboarding.clients` is None then.
    """

    async def register(self, tenant: Tenant, *, reference: str, name: str) -> str:
        """Register a client that may act in a tenant; answers with its id.

        Idempotent: of one reference there is one client.
        """
        ...

    async def renew_secret(self, client: str) -> NewSecret:
        """Give a client a new secret; the one before it holds no longer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many applications are taken.

    Args:
        per_sender: from one address within `within`.
        waiting: that wait for the operator, all together.
    """

    per_sender: int = 20
    within: timedelta = timedelta(hours=1)
    waiting: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """The ports of onboarding.

    Args:
        clients: None: requests need no token, and no client is registered.
    """

    joint_use: JointUse
    applications: ApplicationRegistry
    terms: TermsShelf
    quotas: QuotaShelf
    clients: ClientIssuer | None
    pace: Pace
