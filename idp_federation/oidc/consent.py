"""What people have agreed that clients learn of them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody has agreed that a client gets.

    Args:
        account: who.
        client: which client.
        scope: of what may be asked for.
        claims: which claims may be told.
        purpose: what for, as she was told.
        given_at: when.
        expires_at: until when.
    """

    account: str
    client: str
    scope: frozenset[str]
    claims: frozenset[str]
    purpose: str
    given_at: datetime
    expires_at: datetime | None = None
