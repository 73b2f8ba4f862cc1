"""How somebody comes to her first password: by a one-time link, or by registering herself."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountEvent, AccountRecord
from idp_federation.accounts.errors import AccountError, FactorRefused, LinkOver
from idp_federation.accounts.factor import Factor, FactorKind, only
from idp_federation.accounts.password import folded_password, require_length, require_strength
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.session import NewSession, Session
from idp_federation.operations.accounts import RESET, open_account, require_tenant
from idp_federation.operations.attempts import bucket, count_attempt
from idp_federation.operations.sign_in import Progress, advanced, complete
from idp_federation.ports import Kind
from kit.json import JsonValue


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
    await require_good(people, wanted.password, (wanted.login, wanted.tenant))
    record = await open_account(
        people, wanted.tenant, wanted.login, wanted.claims, by="self-registration"
    )
    factor = await new_password(people, record, wanted.password)
    await people.factors.add([factor])
    return await _first_session(people, record, factor, browser, agent=agent)


async def new_password(people: People, record: AccountRecord, password: str) -> Factor:
    """Hash a new password of an account.

    Raises:
        WeakPassword: it is too short, well known or easily guessed.
    """
    claims = record.account.claims
    about = [record.login or "", *(str(claims.get(one, "")) for one in ("name", "birthdate"))]
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


async def require_good(people: People, password: str, about: tuple[str, ...] | list[str]) -> None:
    """See that a password may be a new one.

    Raises:
        WeakPassword: it is too short, well known or easily guessed.
    """
    typed = folded_password(password)
    require_length(typed)
    require_strength(await people.hashing.guess(typed, [one for one in about if one]))


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


def _over() -> AccountError:
    return LinkOver(
        "Link is used, too old or not one of ours; right is to ask the municipality for another",
        detail_ja="このリンクは使用済みか、期限が切れています。自治体の窓口にお問い合わせください。",
    )
