"""Accounts as operators keep them: opened by invitation, shown, proofed, reset, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountEvent, AccountRecord, checked_claims
from idp_federation.accounts.errors import AccountExists, AccountUnknown, InvalidAccount
from idp_federation.accounts.factor import Factor
from idp_federation.accounts.login import canonical_login
from idp_federation.accounts.proof import NewProof, verified_by
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.session import Account
from idp_federation.operations.auditing import note
from idp_federation.operations.sessions import end_grants_of, end_session, sessions_of
from idp_federation.ports import Kind
from joint_use import (
    OPERATOR,
    THE_OPERATOR,
    Action,
    AuditKind,
    AuditOutcome,
    Deny,
    Forbidden,
    Party,
    Principal,
    TenantStatus,
    TenantUnknown,
    decide,
)
from kit.json import JsonObject, JsonValue

MAX_PAGE = 500
RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link with which a person sets her password and second factor.

    Args:
        record: whose account.
        url: where it leads; shown once.
    """

    record: AccountRecord
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWhole:
    """All that is known of an account, but no secrets."""

    record: AccountRecord
    factors: Sequence[Factor]
    events: Sequence[AccountEvent]


async def add_account(
    people: People,
    principal: Principal,
    *,
    tenant: str,
    login: str,
    claims: Mapping[str, JsonValue],
) -> Invitation:
    """Open an account at level 1 of proofing, and invite its owner.

    Raises:
        Forbidden: the caller may not administer the municipality.
        TenantUnknown: there is no such municipality.
        InvalidAccount: name or claims cannot be right.
        AccountExists: the name is taken.
    """
    require_operator(principal, tenant)
    await require_tenant(people, tenant)
    record = await open_account(people, tenant, login, claims, by=principal.subject)
    await _noted(people, principal, record, "account opened")
    return Invitation(record=record, url=await make_link(people, record.account.id))


async def open_account(
    people: People, tenant: str, login: str, claims: Mapping[str, JsonValue], *, by: str
) -> AccountRecord:
    """Open an account whose owner is known by nothing but what she says.

    Raises:
        InvalidAccount: name or claims cannot be right.
        AccountExists: the name is taken.
    """
    record = AccountRecord(
        account=Account(
            id=people.provider.random()[:22], tenant=tenant, claims=checked_claims(claims)
        ),
        login=canonical_login(login),
        created_at=people.provider.clock(),
    )
    if not await people.accounts.open(record, by=by):
        raise AccountExists(
            f"Name {record.login} is taken in {tenant}",
            detail_ja="このログインIDは使用できません。",
            where="login",
        )
    return record


async def show_account(people: People, principal: Principal, account: str) -> AccountWhole:
    """Show an account, with its factors (not their secrets) and what was done to it.

    Raises:
        Forbidden: the caller may not administer its municipality.
        AccountUnknown: there is none.
    """
    record = await _known(people, principal, account)
    return AccountWhole(
        record=record,
        factors=await people.factors.of(account),
        events=await people.accounts.events(account),
    )


async def list_accounts(
    people: People, principal: Principal, tenant: str, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[AccountRecord]:
    """List a municipality's accounts in order of their ids.

    Raises:
        Forbidden: the caller may not administer it.
    """
    require_operator(principal, tenant)
    return await people.accounts.page(tenant, after=after, limit=min(limit, MAX_PAGE))


async def prove_account(
    people: People, principal: Principal, account: str, proof: NewProof
) -> AccountRecord:
    """Write down that an operator has established who somebody is (身元確認).

    It takes the place of the proofing before; her sessions end, so that no level outlives it.

    Raises:
        Forbidden: the caller may not administer the municipality.
        AccountUnknown: there is no such account, or it is closed.
        InvalidAccount: the evidence cannot be right.
    """
    provider = people.provider
    record = await _open(people, principal, account)
    now = provider.clock()
    verified = verified_by(proof, anchor=provider.profile.anchor, now=now)
    claims = {**record.account.claims, **checked_claims(proof.claims)}
    proven = replace(
        record,
        account=replace(record.account, claims=claims, verified_claims=verified),
    )
    told: JsonObject = {"way": proof.way, "document": proof.document, "by": proof.organisation}
    await _rewrite(people, principal, proven, "proofed", told)
    await _end_sessions(people, account)
    return proven


async def unprove_account(people: People, principal: Principal, account: str) -> AccountRecord:
    """Take an account's proofing back, because it was wrong; her sessions end.

    Raises:
        Forbidden: the caller may not administer the municipality.
        AccountUnknown: there is no such account, or it is closed.
    """
    record = await _open(people, principal, account)
    bare = replace(record, account=replace(record.account, verified_claims=()))
    await _rewrite(people, principal, bare, "proofing withdrawn", {})
    await _end_sessions(people, account)
    return bare


async def reset_account(people: People, principal: Principal, account: str) -> Invitation:
    """Take all factors away and invite the owner anew; her sessions and grants end.

    Raises:
        Forbidden: the caller may not administer the municipality.
        AccountUnknown: there is no such account, or it is closed.
        InvalidAccount: she signs in elsewhere: there is nothing to reset.
    """
    record = await _open(people, principal, account)
    if record.login is None:
        raise InvalidAccount(
            f"Account {account} has no name to sign in by",
            detail_ja="このアカウントにはログインIDがありません。",
        )
    event = AccountEvent(what=RESET, by=principal.subject, at=people.provider.clock())
    await people.accounts.note(account, event)
    await _noted(people, principal, record, "account reset")
    kept = await people.factors.of(account)
    await people.factors.remove(account, [one.id for one in kept])
    await _end_everything(people, account)
    return Invitation(record=record, url=await make_link(people, account))


async def close_account(people: People, principal: Principal, account: str) -> AccountRecord:
    """Close an account for good: all that is hers ends, its name is free again.

    Raises:
        Forbidden: the caller may not administer the municipality.
        AccountUnknown: there is no such account, or it is closed.
    """
    record = await _open(people, principal, account)
    closed = replace(record, closed_at=people.provider.clock())
    await _rewrite(people, principal, closed, "closed", {})
    await _end_everything(people, account)
    kept = await people.factors.of(account)
    await people.factors.remove(account, [one.id for one in kept])
    return closed


async def make_link(people: People, account: str) -> str:
    """Make a one-time link; it is kept as a digest alone."""
    provider, now = people.provider, people.provider.clock()
    secret = provider.random()
    await provider.codes.put(
        Kind.LINK,
        digest(secret),
        {"account": account},
        now=now,
        expires_at=now + people.rules.link,
    )
    return provider.profile.url(f"welcome/{secret}")


def require_operator(principal: Principal, tenant: str) -> None:
    """Let pass who may administer a municipality.

    Raises:
        Forbidden: the caller may not.
    """
    decision = decide(principal, Action.ADMINISTER, tenant)
    if isinstance(decision, Deny):
        raise Forbidden(
            decision.reason, detail_ja="この自治体のアカウントを管理する権限がありません。"
        )


async def require_tenant(people: People, name: str) -> None:
    """See that a municipality is there and in use.

    Raises:
        TenantUnknown: it is not.
    """
    tenant = await people.tenants.find(name)
    if tenant is None or tenant.status is not TenantStatus.ACTIVE:
        raise TenantUnknown(
            f"Tenant {name} does not exist, or is not active",
            detail_ja=f"テナント {name} がないか、利用できる状態ではありません。",
            where="tenant",
        )


async def _known(people: People, principal: Principal, account: str) -> AccountRecord:
    record = await people.accounts.show(account)
    if record is None:
        raise _unknown(account)
    require_operator(principal, record.account.tenant)
    return record


async def _open(people: People, principal: Principal, account: str) -> AccountRecord:
    record = await _known(people, principal, account)
    if record.closed_at is not None:
        raise _unknown(account)
    return record


async def _rewrite(
    people: People, principal: Principal, record: AccountRecord, what: str, detail: JsonObject
) -> None:
    event = AccountEvent(what=what, by=principal.subject, at=people.provider.clock(), detail=detail)
    if not await people.accounts.rewrite(record, event):
        raise _unknown(record.account.id)
    await _noted(people, principal, record, what)


async def _noted(people: People, principal: Principal, record: AccountRecord, what: str) -> None:
    is_operator = principal.subject == OPERATOR.subject
    await note(
        people.provider,
        AuditKind.ACCOUNT_CHANGE,
        AuditOutcome.DONE,
        account=record.account.id,
        tenant=record.account.tenant,
        what=what,
        by=THE_OPERATOR if is_operator else Party.client(principal.subject),
    )


async def _end_sessions(people: People, account: str) -> None:
    for session in await sessions_of(people.provider, account):
        await end_session(people.provider, session.sid)


async def _end_everything(people: People, account: str) -> None:
    await _end_sessions(people, account)
    await end_grants_of(people.provider, account)


def _unknown(account: str) -> AccountUnknown:
    return AccountUnknown(
        f"Account {account} does not exist, or is closed",
        detail_ja="アカウントがないか、閉鎖されています。",
    )
