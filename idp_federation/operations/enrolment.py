"""How somebody comes to her first password: by a one-time link, or by registering herself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountEvent, AccountRecord
from idp_federation.accounts.errors import AccountError, FactorRefused, LinkOver
from idp_federation.accounts.factor import Factor, FactorKind, only
from idp_federation.accounts.password import (
    folded_password,
    require_length,
    require_own,
    require_strength,
)
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.session import NewSession, Session
from idp_federation.operations.accounts import RESET, open_account, require_tenant
from idp_federation.operations.attempts import bucket, count_attempt
from idp_federation.operations.auditing import note
from idp_federation.operations.sign_in import Progress, advanced, complete
from idp_federation.ports import Kind
from joint_use import AuditKind, AuditOutcome
from kit.json import JsonValue

_ABOUT = ("name", "birthdate", "email", "phone_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What somebody says of herself who opens an account."""

    tenant: str
    login: str
    password: str
    claims: Mapping[str, JsonValue]
    sender: str


async def open_link(people: People, secret: str) -> AccountRecord:
    """Answer with whose account a one-time link is for; it stays good.

    Raises:
        LinkOver: it is used, too old or not one of ours.
    """
    kept = await people.provider.codes.look(Kind.LINK, digest(secret), people.provider.clock())
    if kept is None or kept.used_before:
        raise _over()
    record = await people.accounts.show(str(kept.content["account"]))
    if record is None or record.closed_at is not None:
        raise _over()
    passwords = only(await people.factors.of(record.account.id), FactorKind.PASSWORD)
    resets = [one for one in await people.accounts.events(record.account.id) if one.what == RESET]
    if any(one.added_at > kept.created_at for one in passwords):
        raise _over()
    if any(one.at > kept.created_at for one in resets):
        raise _over()
    return record


async def redeem_link(
    people: People, secret: str, password: str, browser: Browser, *, agent: str
) -> NewSession:
    """Set the first password and begin a session in which second factors can be added.

    Raises:
        LinkOver: the link is used, too old or not one of ours.
        WeakPassword: the password is too short, well known or easily guessed.
        Busy: too many people sign in at once.
    """
    record = await open_link(people, secret)
    factor = await new_password(people, record, password)
    provider = people.provider
    taken = await provider.codes.take(Kind.LINK, digest(secret), provider.clock())
    if taken is None or taken.used_before:
        raise _over()
    await people.factors.add([factor])
    by = record.account.id
    event = AccountEvent(what="password set by link", by=by, at=provider.clock())
    await people.accounts.note(record.account.id, event)
    await _noted(people, record, event.what)
    return await _first_session(people, record, factor, browser, agent=agent)


async def register(
    people: People, wanted: Registration, browser: Browser, *, agent: str
) -> NewSession:
    """Let somebody open an account for herself: nothing of what she says is proven.

    Raises:
        FactorRefused: this platform lets nobody do so.
        TooManyAttempts: too many accounts are opened from one address.
        InvalidAccount, AccountExists, WeakPassword: what is wrong.
    """
    if not people.rules.self_registration:
        raise FactorRefused(
            "Accounts are opened by invitation here",
            detail_ja="この基盤では、アカウントは自治体の招待により開設します。",
        )
    await require_tenant(people, wanted.tenant)
    await count_attempt(
        people, bucket(people, "register", wanted.sender), people.rules.registrations
    )
    await require_good(people, wanted.password, f"{wanted.login} {wanted.tenant}")
    record = await open_account(
        people, wanted.tenant, wanted.login, wanted.claims, by="self-registration"
    )
    factor = await new_password(people, record, wanted.password)
    await people.factors.add([factor])
    await _noted(people, record, "account opened by its owner")
    return await _first_session(people, record, factor, browser, agent=agent)


async def new_password(people: People, record: AccountRecord, password: str) -> Factor:
    """Hash a new password of an account.

    Raises:
        WeakPassword: it is too short, well known or easily guessed.
    """
    claims = record.account.claims
    about = " ".join([record.login or "", *(str(claims.get(one, "")) for one in _ABOUT)])
    await require_good(people, password, about)
    now = people.provider.clock()
    return Factor(
        id=people.provider.random()[:22],
        account=record.account.id,
        kind=FactorKind.PASSWORD,
        secret=await people.hashing.hash(folded_password(password)),
        added_at=now,
        used_at=now,
    )


async def require_good(people: People, password: str, about: str) -> None:
    """See that a password may be a new one.

    Args:
        people: the ports.
        password: as it was typed.
        about: what others know of the person: its words and their parts make no good password.

    Raises:
        WeakPassword: it is too short, well known or easily guessed.
    """
    typed = folded_password(password)
    require_length(typed)
    known = {about, *about.split(), *re.split(r"[^0-9a-z]+", about.casefold())}
    require_own(typed, known)
    require_strength(await people.hashing.guess(typed, sorted(one for one in known if one)))


async def is_enrolling(people: People, session: Session) -> bool:
    """Tell whether a session began with a one-time link just now: her second factor may follow."""
    provider = people.provider
    kept = await provider.codes.look(Kind.ENROLMENT, digest(session.sid), provider.clock())
    return kept is not None and not kept.used_before


async def _first_session(
    people: People, record: AccountRecord, factor: Factor, browser: Browser, *, agent: str
) -> NewSession:
    nothing = Progress(account=record.account.id, tenant=record.account.tenant)
    progress = advanced(nothing, factor)
    begun = await complete(people, progress, browser, agent=agent)
    provider, now = people.provider, people.provider.clock()
    await provider.codes.put(
        Kind.ENROLMENT,
        digest(begun.session.sid),
        {},
        now=now,
        expires_at=now + people.rules.recent,
    )
    return begun


async def _noted(people: People, record: AccountRecord, what: str) -> None:
    await note(
        people.provider,
        AuditKind.ACCOUNT_CHANGE,
        AuditOutcome.DONE,
        account=record.account.id,
        tenant=record.account.tenant,
        what=what,
    )


def _over() -> AccountError:
    return LinkOver(
        "Link is used, too old or not one of ours; right is to ask the municipality for another",
        detail_ja="このリンクは使用済みか、期限が切れています。自治体の窓口にお問い合わせください。",
    )
