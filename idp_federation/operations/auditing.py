"""What is written down for good of signing in, consents and accounts."""

from collections.abc import Mapping

from idp_federation.assurance.levels import shown
from idp_federation.oidc.session import SignedIn
from idp_federation.ports import Provider
from joint_use import AuditEvent, AuditKind, AuditOutcome, Party


async def note(
    provider: Provider,
    kind: AuditKind,
    outcome: AuditOutcome,
    *,
    account: str,
    tenant: str,
    what: str,
    by: Party | None = None,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write down what was done by, or to, the owner of an account."""
    person = Party.person(account)
    await provider.audit.record(
        AuditEvent(
            kind=kind,
            outcome=outcome,
            by=by or person,
            about=None if by is None else person,
            tenant=tenant,
            what=what,
            facts=facts or {},
        )
    )


async def note_signed_in(provider: Provider, kind: AuditKind, signed_in: SignedIn) -> None:
    """Write down that somebody has signed in or stepped up, how, and what it is worth."""
    await note(
        provider,
        kind,
        AuditOutcome.DONE,
        account=signed_in.account,
        tenant=signed_in.tenant,
        what="signed in" if kind is AuditKind.SIGN_IN else "stepped up",
        facts={
            "amr": " ".join(sorted(signed_in.amr)),
            "levels": shown(signed_in.held.levels),
            "issuer": signed_in.issuer or provider.profile.issuer,
        },
    )
