"""What keeps the audit, and what reads it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from joint_use.terms.audit import AuditEvent, AuditRecord, Head, PersonHashes
from joint_use.terms.audit_heads import HeadsStatement
from kit.jwt import Jwk

ACTING = "renkei.acting"
"""Where in a request's ASGI scope stands who has shown to be somebody, for what is recorded."""


class Audit(Protocol):
    """Where sign-ins, decisions on personal data and changes are written down for good."""

    async def record(self, event: AuditEvent) -> None:
        """Write an event down; answers once the record is durable.

        What the record is of is answered after this: an answered read has its record.

        Raises:
            DatabaseUnavailable: it cannot be written now; what it is of is not to be answered.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWanted:
    """Which records are asked for.

    Args:
        party: the name that stands in a record, of who did it or whom it is about.
        since: an instant as records write it; these and later ones.
        until: earlier ones.
        before: chain and number of the record that ended the page before.
    """

    tenant: str | None = None
    kind: str | None = None
    party: str | None = None
    since: str | None = None
    until: str | None = None
    before: tuple[UUID, int] | None = None
    limit: int = 100


class AuditSnapshot(Protocol):
    """The audit at one instant."""

    @property
    def heads(self) -> Sequence[Head]:
        """Where chains end, as it is stored."""
        ...

    @property
    def statements(self) -> Sequence[tuple[int, str]]:
        """The signed statements by number, in order."""
        ...

    def records(self) -> AsyncIterator[AuditRecord]:
        """Read all records, chain by chain."""
        ...


class AuditShelf(Protocol):
    """The records."""

    async def page(self, wanted: AuditWanted) -> Sequence[AuditRecord]:
        """Read records, the latest first."""
        ...

    async def find(self, chain: UUID, number: int) -> AuditRecord | None:
        """Read one record."""
        ...

    def frozen(self) -> AbstractAsyncContextManager[AuditSnapshot]:
        """Lend the audit as it is at one instant."""
        ...


class SignedStatements(Protocol):
    """The statements of heads, to be published, and as they are kept outside the database."""

    async def last(self) -> HeadsStatement | None:
        """Answer with the last one; None: nothing was signed yet."""
        ...

    def published(self) -> Sequence[str]:
        """Read the statements that are kept on this machine."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBook:
    """The ports of reading the audit.

    Args:
        key: the public key that heads are signed with.
        hashes: how people are written.
    """

    shelf: AuditShelf
    kept: SignedStatements
    key: Jwk
    hashes: PersonHashes
