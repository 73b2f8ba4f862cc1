"""Consents: one for her who gives it, two ledgers; each withdrawal ends both parts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from idp_federation import Client, Consent, KeptConsent, StoredConsents
from joint_use import (
    Action,
    ConsentBook,
    DataConsent,
    NewConsent,
    PolicyShelf,
    Tenant,
    TenantDirectory,
)


class TwoLedgers:
    """What people have agreed to, in both ledgers; satisfies `ConsentLedger`.

    The entries of joint use's ledger are written first, and withdrawn first: whatever is
    interrupted, the other ledger's row is not in force without them.

    Args:
        release: what clients learn at the OpenID Provider.
        data: which entities about a person services may read.
        tenants: the municipalities.
        policies: which types are personal, and for which purpose.
    """

    def __init__(
        self,
        release: StoredConsents,
        data: ConsentBook,
        tenants: TenantDirectory,
        policies: PolicyShelf,
    ) -> None:
        self._release = release
        self._data = data
        self._tenants = tenants
        self._policies = policies

    async def given(self, account: str, client: str, now: datetime) -> Consent | None:
        """Answer with the consent that is in force; None where there is none."""
        kept = await self._release.given(account, client, now)
        return None if kept is None else await self._whole(kept, now)

    async def items_asked(
        self, client: Client, tenant: str, scope: frozenset[str]
    ) -> frozenset[str]:
        """Answer with the personal types that are kept for the client's own purpose."""
        found = None
        if Action.READ.value in scope and client.purpose:
            found = await self._tenants.find(tenant)
        if found is None:
            return frozenset()
        policy = await self._policies.find(found)
        return frozenset(
            name for name, rule in policy.personal.items() if rule.purpose == client.purpose
        )

    async def give(self, consent: Consent) -> None:
        """Write down a consent in both ledgers, in place of the one that was in force."""
        before = await self._release.given(consent.account, consent.client, consent.given_at)
        if before is not None:
            await self._withdraw_data(before, consent.given_at)
        tenant = await self._tenants.find(consent.tenant) if consent.items else None
        numbers: list[int] = []
        if tenant is not None:
            terms = NewConsent(
                tenant=tenant.name,
                subject=consent.subject,
                recipient=consent.client,
                purpose=consent.purpose,
                items=consent.items,
                expires_at=consent.expires_at,
            )
            numbers.append((await self._data.give(tenant, terms, consent.given_at)).number)
        await self._release.give(consent, numbers)

    async def withdraw(self, account: str, client: str, now: datetime) -> bool:
        """End a consent in both ledgers; answers whether there was one."""
        kept = await self._release.given(account, client, now)
        if kept is None:
            return False
        await self._withdraw_data(kept, now)
        return await self._release.withdraw(account, client, now)

    async def of_account(self, account: str, now: datetime) -> Sequence[Consent]:
        """List the consents of a person that are in force, the latest first."""
        kept = await self._release.of_account(account, now)
        whole = [await self._whole(one, now) for one in kept]
        return [one for one in whole if one is not None]

    async def with_data(self, number: int) -> Consent | None:
        """Answer with the consent that an entry of joint use's ledger is part of."""
        kept = await self._release.with_data(number)
        return None if kept is None else kept.consent

    async def _whole(self, kept: KeptConsent, now: datetime) -> Consent | None:
        """Add the data to what the client learns; None where a part is not in force any more."""
        if not kept.data_consents:
            return kept.consent
        tenant = await self._tenants.find(kept.consent.tenant)
        if tenant is None:
            return None
        entries = await self._data.of(tenant, kept.consent.subject)
        own = [one for one in entries if one.number in kept.data_consents and _holds(one, now)]
        if len(own) < len(kept.data_consents):
            return None
        items = frozenset(item for one in own for item in one.terms.items)
        return replace(kept.consent, items=items)

    async def _withdraw_data(self, kept: KeptConsent, now: datetime) -> None:
        tenant = await self._tenants.find(kept.consent.tenant) if kept.data_consents else None
        if tenant is not None:
            for number in kept.data_consents:
                await self._data.withdraw(tenant, kept.consent.subject, number, now)


class FollowedConsents:
    """Joint use's ledger as its own API sees it: a withdrawal ends the other part too.

    Satisfies `ConsentBook`.

    Args:
        book: the ledger.
        follow: told of each entry that was withdrawn, by its number.
    """

    def __init__(self, book: ConsentBook, follow: Callable[[int], Awaitable[None]]) -> None:
        self._book = book
        self._follow = follow

    async def give(self, tenant: Tenant, terms: NewConsent, at: datetime) -> DataConsent:
        """Write down a consent."""
        return await self._book.give(tenant, terms, at)

    async def withdraw(
        self, tenant: Tenant, subject: str, number: int, at: datetime
    ) -> DataConsent | None:
        """Withdraw somebody's consent, once; None where there is none that is in force."""
        withdrawn = await self._book.withdraw(tenant, subject, number, at)
        if withdrawn is not None:
            await self._follow(number)
        return withdrawn

    async def of(self, tenant: Tenant, subject: str) -> Sequence[DataConsent]:
        """Read all consents that somebody has given, the oldest first."""
        return await self._book.of(tenant, subject)


def _holds(consent: DataConsent, now: datetime) -> bool:
    expires_at = consent.terms.expires_at
    return consent.withdrawn_at is None and (expires_at is None or now < expires_at)
