"""What keeps people's consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from idp_federation.oidc.client import Client
from idp_federation.oidc.consent import Consent


class ConsentLedger(Protocol):
    """Which consents are given."""

    async def given(self, account: str, client: str, now: datetime) -> Consent | None:
        """Answer with the consent that is in force; None where there is none."""
        ...

    async def items_asked(
        self, client: Client, tenant: str, scope: frozenset[str]
    ) -> frozenset[str]:
        """Answer with the types of entities about a person that a client would read of her."""
        ...

    async def give(self, consent: Consent) -> None:
        """Write down a consent in both ledgers, in place of the one that was in force."""
        ...

    async def withdraw(self, account: str, client: str, now: datetime) -> bool:
        """End a consent in both ledgers; answers whether there was one."""
        ...

    async def of_account(self, account: str, now: datetime) -> Sequence[Consent]:
        """List the consents of a person that are in force, the latest first."""
        ...

    async def with_data(self, number: int) -> Consent | None:
        """Answer with the consent that an entry of joint use's ledger is part of."""
        ...
