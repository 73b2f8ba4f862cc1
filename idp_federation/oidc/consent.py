"""What people have agreed that clients learn of them.

One consent, given at one page, stands in two ledgers: what the client learns from the OpenID
Provider (scope, claims) in this house's, which entities about her it may read (items) in joint
use's, by which access is decided. The first names its entries in the second and is in force only
while they are.
"""

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
        tenant: the municipality whose entities are meant.
        subject: whom the client knows her as.
        items: the types of entities about her that it may read.
    """

    account: str
    client: str
    scope: frozenset[str]
    claims: frozenset[str]
    purpose: str
    given_at: datetime
    expires_at: datetime | None = None
    tenant: str = ""
    subject: str = ""
    items: frozenset[str] = frozenset()

    def covers(
        self, *, scope: frozenset[str], claims: frozenset[str], items: frozenset[str]
    ) -> bool:
        """Tell whether it allows all that is asked for."""
        return scope <= self.scope and claims <= self.claims and items <= self.items
