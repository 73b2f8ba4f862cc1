"""Consents: asked for at one page, given for what was shown there, withdrawn as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp_federation.account_ports import People
from idp_federation.oidc.claims_request import OPENID
from idp_federation.oidc.client import Client
from idp_federation.oidc.consent import Consent
from idp_federation.oidc.session import Session
from idp_federation.oidc.subject import subject_of
from idp_federation.operations.auditing import note
from idp_federation.operations.clients import known_client
from idp_federation.operations.interactions import Interaction
from idp_federation.operations.sessions import end_grants_of
from idp_federation.ports import Provider
from joint_use import AuditKind, AuditOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAsked:
    """What somebody is asked to agree to.

    Args:
        client: who asks, and what for.
        scope: what it may do, but the fact of signing in.
        claims: what it learns of her.
        items: the types of entities about her that it may read.
        expires_at: until when.
    """

    client: Client
    scope: tuple[str, ...]
    claims: tuple[str, ...]
    items: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSeen:
    """A consent that is in force, and the client as people know it; None: it is gone."""

    consent: Consent
    client: Client | None


async def consent_asked(people: People, interaction: Interaction) -> ConsentAsked:
    """Say what a person is asked to agree to."""
    provider = people.provider
    client = await known_client(provider, interaction.client)
    scope = frozenset(interaction.scope)
    items = await provider.consents.items_asked(client, interaction.tenant, scope)
    return ConsentAsked(
        client=client,
        scope=tuple(sorted(scope - {OPENID})),
        claims=tuple(interaction.claims),
        items=tuple(sorted(items)),
        expires_at=provider.clock() + people.rules.consent_lasts,
    )


async def give_release(
    people: People, interaction: Interaction, session: Session, *, shown: frozenset[str]
) -> None:
    """Write down that a person agrees; of data to what she was shown, whatever is asked for now."""
    provider = people.provider
    asked = await consent_asked(people, interaction)
    account = session.signed_in.account
    consent = Consent(
        account=account,
        client=asked.client.id,
        scope=frozenset(interaction.scope),
        claims=frozenset(asked.claims),
        purpose=asked.client.purpose,
        given_at=provider.clock(),
        expires_at=asked.expires_at,
        tenant=interaction.tenant,
        subject=subject_of(account, asked.client, provider.secrets.pairwise),
        items=frozenset(asked.items) & shown,
    )
    await provider.consents.give(consent)
    await _noted(provider, consent, "consent given")


async def refuse_release(people: People, interaction: Interaction, session: Session) -> None:
    """Write down that a person does not agree."""
    await note(
        people.provider,
        AuditKind.CONSENT,
        AuditOutcome.DENIED,
        account=session.signed_in.account,
        tenant=interaction.tenant,
        what="consent refused",
        facts={"client": interaction.client},
    )


async def consents_of(people: People, account: str) -> Sequence[ConsentSeen]:
    """List what somebody has agreed to, the latest first."""
    provider = people.provider
    given = await provider.consents.of_account(account, provider.clock())
    return [
        ConsentSeen(consent=one, client=await provider.clients.find(one.client)) for one in given
    ]


async def withdraw_release(provider: Provider, account: str, client: str) -> bool:
    """Withdraw all that somebody has agreed to at a client: its tokens end with it.

    Answers whether there was a consent in force.
    """
    now = provider.clock()
    given = await provider.consents.given(account, client, now)
    withdrawn = await provider.consents.withdraw(account, client, now)
    await end_grants_of(provider, account, client)
    if given is not None and withdrawn:
        await _noted(provider, given, "consent withdrawn")
    return withdrawn


async def data_withdrawn(provider: Provider, number: int) -> None:
    """Withdraw the whole of a consent of which an entry in joint use's ledger was withdrawn."""
    consent = await provider.consents.with_data(number)
    if consent is not None:
        await withdraw_release(provider, consent.account, consent.client)
        await _noted(provider, consent, "consent withdrawn")


async def _noted(provider: Provider, consent: Consent, what: str) -> None:
    await note(
        provider,
        AuditKind.CONSENT,
        AuditOutcome.DONE,
        account=consent.account,
        tenant=consent.tenant,
        what=what,
        facts={
            "client": consent.client,
            "purpose": consent.purpose,
            "scope": " ".join(sorted(consent.scope)),
            "claims": " ".join(sorted(consent.claims)),
            "items": " ".join(sorted(consent.items)),
        },
    )
