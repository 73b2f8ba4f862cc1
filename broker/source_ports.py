"""What mediating to external tenants' sources asks of the outside world, on one page.

SourceFailure
├── SourceUnreachable    no address, no connection, broken off
├── SourceTooSlow        not answered in time
├── SourceBusy           not to be asked now: it failed often, or says so itself
└── SourceMisanswers     answered with what no NGSI-LD endpoint answers a client of ours with
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Counters, Endpoint
from joint_use import Tenant
from kit.errors import RenkeiError
from kit.json import JsonObject


class SourceFailure(RenkeiError):
    """A source did not do what was asked for; the detail names it."""


class SourceUnreachable(SourceFailure):
    """There is no address, no connection, or it is broken off."""


class SourceTooSlow(SourceFailure):
    """A source does not answer in time."""


class SourceBusy(SourceFailure):
    """A source is not to be asked now."""

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class SourceMisanswers(SourceFailure):
    """A source answers as no NGSI-LD endpoint answers a client of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRequest:
    """What a source is asked for.

    Args:
        target: path and query behind /ngsi-ld/v1, percent-encoded.
        headers: neither credentials nor what frames the message.
        body: whole, or in pieces of which `length` bytes come.
        is_repeatable: asked twice it does the same as once.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes] | None = None
    length: int | None = None
    is_repeatable: bool = False


class SourceAnswer(Protocol):
    """What a source answers with, as it comes in."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name; repeated ones joined by a comma."""
        ...

    @property
    def length(self) -> int | None:
        """How many bytes its body has, where it says so."""
        ...

    async def read(self, most: int) -> bytes:
        """Read the body.

        Raises:
            SourceFailure: it does not come wholly, or has more bytes.
        """
        ...

    def pieces(self, most: int) -> AsyncIterator[bytes]:
        """Read the body piece by piece; raises as `read`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What a tenant's source is called: before /ngsi-ld/v1, and for people."""

    url: str
    shown: str


class Sources(Protocol):
    """External tenants' own endpoints (broker.sources)."""

    async def name(self, tenant: Tenant) -> SourceName:
        """Say where a tenant's source is.

        Raises:
            SourceUnreachable: nobody said so.
        """
        ...

    def exchange(
        self, tenant: Tenant, request: SourceRequest
    ) -> AbstractAsyncContextManager[SourceAnswer]:
        """Ask a tenant's source, with its credentials and its name for the tenant.

        Raises:
            SourceFailure: it cannot be asked, or does not answer in time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One subscription at a source whose notifications come to us and go on from here.

    Args:
        token: unguessable; the last part of the address that the source notifies.
        tenant: whose it is, by name.
        subscription: its id at the source.
        endpoint: the subscriber's own, as given, secrets and all.
        counters: what became of its notifications.
    """

    token: str
    tenant: str
    subscription: str
    endpoint: JsonObject
    counters: Counters = field(default_factory=Counters)


class Relays(Protocol):
    """Relays as they are kept: what a subscriber gave is sealed, ids are keyed hashes."""

    async def put(self, relay: Relay) -> None:
        """Store a new one, or in the place of the one with this token."""
        ...

    async def of_token(self, token: str) -> Relay | None:
        """Find the one that a notification is for."""
        ...

    async def of(self, tenant: Tenant, subscriptions: Collection[str]) -> Mapping[str, Relay]:
        """Find those of some subscriptions of a tenant, by their ids."""
        ...

    async def count(self, token: str, *, is_sent: bool) -> None:
        """Count one notification that went on, or failed to."""
        ...

    async def remove(self, token: str) -> None:
        """Delete one."""
        ...


class Receivers(Protocol):
    """Subscribers' own endpoints, over HTTP and MQTT, behind the guard."""

    async def send(self, endpoint: Endpoint, message: NotificationMessage) -> str | None:
        """Send one message; answers with why it did not arrive, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """The ports of mediation to external tenants.

    Args:
        pseudonym: how Via knows this platform from all others, whatever they call themselves.
        relay_url: this platform's address as sources know it; None: as the client knows it.
        most_bytes: of an answer that is passed on.
        most_relayed: notifications that are passed on at a time.
    """

    sources: Sources
    relays: Relays
    receivers: Receivers
    pseudonym: str
    relay_url: str | None
    most_bytes: int
    most_relayed: int
