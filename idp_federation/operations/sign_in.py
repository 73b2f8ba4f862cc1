"""Signing in, step by step: a name and a password, a second factor, then a session.

Whoever tries learns only whether all was right. What one step has shown is kept for the next as
progress: of one browser, for a few minutes, used up by the session that it leads to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountRecord
from idp_federation.accounts.errors import WrongCredentials
from idp_federation.accounts.factor import Factor, FactorKind, only, second_factors
from idp_federation.accounts.login import folded_login
from idp_federation.accounts.password import LONGEST, folded_password
from idp_federation.accounts.recovery import code_digest
from idp_federation.accounts.totp import matching_step
from idp_federation.accounts.worth import held_of
from idp_federation.assurance.amr import highest_authentication
from idp_federation.assurance.levels import LOWEST
from idp_federation.oidc.cookies import Browser, session_cookie
from idp_federation.oidc.opaque import digest, is_ours, signed
from idp_federation.oidc.session import NewSession, Session, SignedIn
from idp_federation.operations.attempts import bucket, count_attempt
from idp_federation.operations.auditing import note, note_signed_in
from idp_federation.operations.sessions import (
    begin_session,
    end_session,
    find_session,
    raise_session,
)
from idp_federation.ports import Kind
from joint_use import NOBODY_KNOWN, AuditKind, AuditOutcome, Levels
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody has come who signs in.

    Args:
        account: hers.
        tenant: her municipality.
        amr: the methods that she has shown.
        kinds: what was shown, so that nothing is asked for twice.
    """

    account: str
    tenant: str
    amr: frozenset[str] = frozenset()
    kinds: frozenset[FactorKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A name and a password as they were typed, where, and from which address."""

    tenant: str
    login: str
    password: str
    sender: str


async def show_password(people: People, attempt: Attempt) -> Progress:
    """Take the first step by name and password; takes as long where there is no such account.

    Raises:
        TooManyAttempts: the account or the address is tried too often.
        WrongCredentials: there is no such account, or the password is another.
        Busy: too many people sign in at once.
    """
    login = folded_login(attempt.login)[:200]
    own = bucket(people, "account", attempt.tenant, login)
    sender = bucket(people, "sender", attempt.sender)
    await count_attempt(people, sender, people.rules.per_sender)
    await count_attempt(people, own, people.rules.per_account)
    record = await people.accounts.named(attempt.tenant, login)
    factor = await _right_password(people, record, attempt.password)
    if record is None or factor is None:
        who = login if record is None else record.account.id
        raise await failed(people, who, attempt.tenant, "password")
    await people.attempts.forgive(own)
    await people.attempts.give_back(sender, people.rules.per_sender)
    nothing = Progress(account=record.account.id, tenant=record.account.tenant)
    return advanced(nothing, factor)


async def add_password(people: People, progress: Progress, password: str) -> Progress:
    """Take the second step by the password, where something else was shown first.

    Raises:
        TooManyAttempts: the account is tried too often.
        WrongCredentials: the password is another.
        Busy: too many people sign in at once.
    """
    own = bucket(people, "code", progress.account)
    await count_attempt(people, own, people.rules.per_account)
    record = await people.accounts.show(progress.account)
    factor = await _right_password(people, record, password)
    if factor is None:
        raise await failed(people, progress.account, progress.tenant, "password")
    await people.attempts.forgive(own)
    return advanced(progress, factor)


async def _right_password(
    people: People, record: AccountRecord | None, password: str
) -> Factor | None:
    """Answer with an account's password where it is the one that was typed."""
    factors = await people.factors.of("" if record is None else record.account.id)
    kept = next(iter(only(factors, FactorKind.PASSWORD)), None)
    typed = folded_password(password[: 2 * LONGEST])
    right = await people.hashing.matches(None if kept is None else kept.secret, typed)
    if kept is None or not right:
        return None
    if people.hashing.is_outdated(kept.secret):
        await people.factors.replace_secret(kept, await people.hashing.hash(typed))
    return kept


async def show_code(people: People, progress: Progress, code: str) -> Progress:
    """Take the second step by a code of an authenticator app, or a recovery code.

    Raises:
        TooManyAttempts: the account is tried too often.
        WrongCredentials: the code counts for nothing, or counted before.
    """
    own = bucket(people, "code", progress.account)
    await count_attempt(people, own, people.rules.per_account)
    factors = await people.factors.of(progress.account)
    used = await _used_code(people, factors, code)
    if used is None:
        raise await failed(people, progress.account, progress.tenant, "code")
    await people.attempts.forgive(own)
    return advanced(progress, used)


async def _used_code(people: People, factors: Sequence[Factor], code: str) -> Factor | None:
    now = people.provider.clock()
    for factor in only(factors, FactorKind.TOTP):
        secret = people.seal.open(factor.secret, f"totp {factor.id}")
        step = matching_step(secret, code, now, after=factor.counter)
        if step is not None and await people.factors.use(factor, to=step, now=now):
            return factor
    shown = code_digest(code, people.provider.secrets.interaction)
    for factor in only(factors, FactorKind.RECOVERY_CODE):
        if factor.secret == shown and await people.factors.use(factor, to=1, now=now):
            return factor
    return None


def advanced(progress: Progress, factor: Factor, *, verified: bool = False) -> Progress:
    """Add to what was shown a factor that was shown just now."""
    return Progress(
        account=progress.account,
        tenant=progress.tenant,
        amr=progress.amr | factor.amr(verified=verified),
        kinds=progress.kinds | {factor.kind},
    )


async def still_asked(people: People, progress: Progress) -> tuple[Factor, ...]:
    """List the factors of which one is to be shown still; none where it is enough.

    Who has a second factor is always asked for it, whatever the service requires. A passkey that
    has checked her PIN or body is two factors by itself.
    """
    if "mfa" in progress.amr or progress.kinds > {FactorKind.PASSWORD}:
        return ()
    factors = await people.factors.of(progress.account)
    if FactorKind.PASSWORD in progress.kinds:
        return second_factors(factors)
    return only(factors, FactorKind.PASSWORD)


async def keep_progress(people: People, progress: Progress, errand: str, browser: Browser) -> str:
    """Keep how far somebody has come, for one errand in one browser; answers with its name."""
    provider = people.provider
    now = provider.clock()
    name = signed(provider.random(), provider.secrets.interaction)
    content: JsonObject = {
        "account": progress.account,
        "tenant": progress.tenant,
        "amr": [*sorted(progress.amr)],
        "kinds": [*sorted(kind.value for kind in progress.kinds)],
        "errand": errand,
        "browser": digest(browser.id).hex(),
    }
    await provider.codes.put(
        Kind.PROGRESS, digest(name), content, now=now, expires_at=now + people.rules.progress
    )
    return name


async def find_progress(
    people: People, name: str, errand: str, browser: Browser, *, use_up: bool = False
) -> Progress | None:
    """Answer with progress; None where it is over, another browser's or of another errand."""
    provider = people.provider
    if not is_ours(name, provider.secrets.interaction):
        return None
    now = provider.clock()
    kept = await provider.codes.look(Kind.PROGRESS, digest(name), now)
    if kept is None or kept.used_before:
        return None
    content = kept.content
    if (content["errand"], content["browser"]) != (errand, digest(browser.id).hex()):
        return None
    if use_up:
        taken = await provider.codes.take(Kind.PROGRESS, digest(name), now)
        if taken is None or taken.used_before:
            return None
    return Progress(
        account=str(content["account"]),
        tenant=str(content["tenant"]),
        amr=frozenset(cast("list[str]", content["amr"])),
        kinds=frozenset(FactorKind(one) for one in cast("list[str]", content["kinds"])),
    )


async def complete(
    people: People,
    progress: Progress,
    browser: Browser,
    *,
    agent: str,
    required: Levels = LOWEST,
) -> NewSession:
    """Begin the session that the steps lead to; the one that the browser had there ends.

    Who signs in anew keeps her session, with what she has shown now and another cookie.

    Args:
        people: the ports.
        progress: what was shown.
        browser: hers.
        agent: how it names itself.
        required: the levels that a service waits for.

    Raises:
        WrongCredentials: the account was closed meanwhile.
    """
    provider, now = people.provider, people.provider.clock()
    record = await people.accounts.show(progress.account)
    if record is None or record.closed_at is not None:
        raise wrong()
    signed_in = await signed_in_as(people, record, progress.amr, auth_time=now, required=required)
    cookie = browser.cookies.get(session_cookie(provider.profile, progress.tenant))
    before = await find_session(provider, cookie, progress.tenant)
    if before is not None and cookie is not None:
        if before.signed_in.account == progress.account and before.signed_in.issuer is None:
            raised = await raise_session(provider, cookie, signed_in)
            await note_signed_in(provider, AuditKind.SIGN_IN, signed_in)
            return raised
        await end_session(provider, before.sid)
    begun = await begin_session(provider, signed_in, agent=agent)
    await note_signed_in(provider, AuditKind.SIGN_IN, signed_in)
    return begun


def methods_here(session: Session) -> frozenset[str]:
    """Answer with the methods of a session that were shown here.

    What somebody has shown at a provider proves nothing of the factors of her account here: taken
    together they would be levels of two accounts.
    """
    return session.signed_in.amr if session.signed_in.issuer is None else frozenset()


async def step_up(
    people: People, session: Session, cookie: str, progress: Progress, *, required: Levels
) -> NewSession:
    """Raise a session by what was shown in addition; when she signed in here stays as it was.

    Of a session that came from a provider nothing is kept: its levels are reckoned anew of what was
    shown here.

    Raises:
        LoginRequired: the session has ended.
        WrongCredentials: the account was closed meanwhile.
    """
    record = await people.accounts.show(session.signed_in.account)
    if record is None or record.closed_at is not None:
        raise wrong()
    who, now = session.signed_in, people.provider.clock()
    raised = await signed_in_as(
        people,
        record,
        methods_here(session) | progress.amr,
        auth_time=who.auth_time if who.issuer is None else now,
        required=required,
    )
    fresh = await raise_session(people.provider, cookie, raised)
    await note_signed_in(people.provider, AuditKind.STEP_UP, raised)
    return fresh


async def helpful(people: People, session: Session, required: int) -> tuple[Factor, ...]:
    """List the factors of hers with which a session would reach a level of authentication."""
    factors, shown = await people.factors.of(session.signed_in.account), methods_here(session)
    return tuple(
        one
        for one in factors
        if one.kind is not FactorKind.RECOVERY_CODE or one.counter == 0
        if not one.amr() <= shown
        and highest_authentication(shown | one.amr(verified=True)) >= required
    )


async def signed_in_as(
    people: People,
    record: AccountRecord,
    amr: frozenset[str],
    *,
    auth_time: datetime,
    required: Levels = LOWEST,
) -> SignedIn:
    """Say who has signed in, with the levels that it is worth."""
    now = people.provider.clock()
    held = held_of(
        record.account,
        amr,
        profile=people.provider.profile,
        proofing_lasts=people.rules.proofing_lasts,
        auth_time=auth_time,
        now=now,
        required=required,
        linked=await people.linked.of(record.account.id, now),
    )
    return SignedIn(
        account=record.account.id,
        tenant=record.account.tenant,
        held=held,
        amr=amr,
        auth_time=auth_time,
    )


async def failed(people: People, who: str, tenant: str, what: str) -> WrongCredentials:
    """Write down that somebody could not show what she was asked for; answers with the error.

    Args:
        people: the ports.
        who: the account, or the name where there is none.
        tenant: the municipality.
        what: what was not right.
    """
    await note(
        people.provider,
        AuditKind.SIGN_IN,
        AuditOutcome.FAILED,
        account=who,
        tenant=tenant,
        what=f"{what} not right",
        by=NOBODY_KNOWN,
    )
    return wrong()


def wrong() -> WrongCredentials:
    """Say that something was not right, and not what."""
    return WrongCredentials(
        "Name, password or code is not right",
        detail_ja="ログインID、パスワードまたは確認コードが正しくありません。",
    )
