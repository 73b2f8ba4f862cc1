"""What an account's owner signs in with: added, changed and removed by herself.

Whoever has only stolen a password must not make two factors of it: a further factor is added in the
session that a one-time link began, in one of several factors, or where nobody was proofed, so that
there is no level to steal.
"""

import base64
from collections.abc import Mapping

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountRecord
from idp_federation.accounts.errors import AccountUnknown, FactorRefused, SignInAgain
from idp_federation.accounts.factor import Factor, FactorKind, only, second_factors
from idp_federation.accounts.recovery import HOW_MANY, code_digest, recovery_code
from idp_federation.accounts.totp import SECRET_BYTES, matching_step
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.session import Session
from idp_federation.operations.auditing import note
from idp_federation.operations.challenges import is_answered_first, new_challenge
from idp_federation.operations.enrolment import is_enrolling, new_password
from idp_federation.operations.sessions import end_session, sessions_of
from idp_federation.operations.sign_in import wrong
from joint_use import AuditKind, AuditOutcome
from kit.json import JsonObject, JsonValue

MOST_FACTORS = 20
_MAKE = "make a passkey"
_MOST_LABEL = 60


async def may_change(people: People, session: Session) -> bool:
    """Tell whether somebody has signed in just now, so that she may change her factors."""
    age = people.provider.clock() - session.signed_in.auth_time
    return session.signed_in.issuer is None and age <= people.rules.recent


async def may_add(people: People, session: Session) -> bool:
    """Tell whether a further factor may be added in a session."""
    levels = session.signed_in.held.levels
    return levels.authentication > 1 or levels.proofing == 1 or await is_enrolling(people, session)


async def own_record(people: People, session: Session) -> AccountRecord:
    """Answer with the account of who is signed in.

    Raises:
        AccountUnknown: it was closed meanwhile.
    """
    record = await people.accounts.show(session.signed_in.account)
    if record is None or record.closed_at is not None:
        raise AccountUnknown("Account is closed", detail_ja="アカウントは閉鎖されています。")
    return record


async def change_password(people: People, session: Session, password: str) -> None:
    """Set another password; all other sessions end.

    Raises:
        SignInAgain: she has not signed in just now.
        WeakPassword: it is too short, well known or easily guessed.
    """
    await _require_recent(people, session)
    record = await own_record(people, session)
    await people.factors.add([await new_password(people, record, password)])
    for other in await sessions_of(people.provider, record.account.id):
        if other.sid != session.sid:
            await end_session(people.provider, other.sid)
    await _noted(people, session, "password changed")


def new_totp(people: People, session: Session, random: bytes) -> tuple[bytes, str]:
    """Make a secret for an authenticator app; also sealed, for the form that confirms it."""
    secret = random[:SECRET_BYTES]
    sealed = people.seal.close(secret, _enrolling(session))
    return secret, base64.urlsafe_b64encode(sealed).decode()


def totp_in(people: People, session: Session, sealed: str) -> bytes:
    """Open the secret that a form brings back.

    Raises:
        Unsealable: it is not of this session.
    """
    return people.seal.open(base64.urlsafe_b64decode(sealed.encode()), _enrolling(session))


async def add_totp(people: People, session: Session, secret: bytes, code: str) -> None:
    """Add an authenticator app that shows the right code.

    Raises:
        SignInAgain, FactorRefused: it may not be added now.
        WrongCredentials: the code is another.
    """
    await _require_addition(people, session)
    now = people.provider.clock()
    step = matching_step(secret, code, now, after=0)
    if step is None:
        raise wrong()
    name = people.provider.random()[:22]
    factor = Factor(
        id=name,
        account=session.signed_in.account,
        kind=FactorKind.TOTP,
        secret=people.seal.close(secret, f"totp {name}"),
        counter=step,
        added_at=now,
    )
    await people.factors.add([factor])
    await _noted(people, session, "authenticator app added")


async def passkey_options(people: People, session: Session, browser: Browser) -> JsonObject:
    """Say what a browser has to know to make a passkey."""
    record = await own_record(people, session)
    known = only(await people.factors.of(record.account.id), FactorKind.PASSKEY)
    return people.passkeys.asked_to_make(
        challenge=new_challenge(people, _MAKE, browser),
        account=record.account.id,
        login=record.login or record.account.id,
        known=known,
    )


async def add_passkey(
    people: People, session: Session, browser: Browser, answer: JsonValue, label: str
) -> Factor:
    """Add a passkey that was just made.

    Raises:
        SignInAgain, FactorRefused: it may not be added now.
        WrongCredentials: it does not count.
    """
    await _require_addition(people, session)
    challenge = people.passkeys.challenge_in(answer) if isinstance(answer, dict) else None
    if challenge is None or not isinstance(answer, dict):
        raise wrong()
    if not await is_answered_first(people, challenge, _MAKE, browser):
        raise wrong()
    made = people.passkeys.made(answer, challenge=challenge)
    facts: Mapping[str, JsonValue] = {
        "label": label.strip()[:_MOST_LABEL],
        "hardware": made.hardware,
        "transports": [*made.transports],
        "model": made.model,
    }
    factor = Factor(
        id=people.provider.random()[:22],
        account=session.signed_in.account,
        kind=FactorKind.PASSKEY,
        secret=made.public_key,
        lookup=made.credential,
        counter=made.count,
        facts=facts,
        added_at=people.provider.clock(),
    )
    if not await people.factors.add([factor]):
        raise FactorRefused(
            "Passkey is added already", detail_ja="このパスキーは登録済みです。", where="passkey"
        )
    await _noted(people, session, "passkey added")
    return factor


async def new_recovery_codes(people: People, session: Session, random: bytes) -> tuple[str, ...]:
    """Make recovery codes in place of those before; shown once.

    Raises:
        SignInAgain, FactorRefused: they may not be made now, or there is nothing to recover.
    """
    await _require_addition(people, session)
    account, now = session.signed_in.account, people.provider.clock()
    factors = await people.factors.of(account)
    before = only(factors, FactorKind.RECOVERY_CODE)
    if len(second_factors(factors)) == len(before):
        raise FactorRefused(
            "There is no second factor to do without",
            detail_ja="先に認証アプリかパスキーを登録してください。",
        )
    size = len(random) // HOW_MANY
    codes = [recovery_code(random[at * size : (at + 1) * size]) for at in range(HOW_MANY)]
    kept = [
        Factor(
            id=people.provider.random()[:22],
            account=account,
            kind=FactorKind.RECOVERY_CODE,
            secret=code_digest(code, people.provider.secrets.interaction),
            added_at=now,
        )
        for code in codes
    ]
    await people.factors.remove(account, [one.id for one in before])
    await people.factors.add(kept)
    await _noted(people, session, "recovery codes made")
    return tuple(codes)


async def remove_factor(people: People, session: Session, name: str) -> None:
    """Take a factor away, the password excepted; with the last one go its recovery codes.

    Raises:
        SignInAgain: she has not signed in just now.
        FactorRefused: there is none of this name, or it is the password.
    """
    await _require_recent(people, session)
    account = session.signed_in.account
    factors = await people.factors.of(account)
    gone = [one for one in second_factors(factors) if one.id == name]
    if not gone:
        raise FactorRefused("There is no such factor", detail_ja="該当する認証要素がありません。")
    codes = only(factors, FactorKind.RECOVERY_CODE)
    others = [one for one in second_factors(factors) if one not in (*gone, *codes)]
    removed = gone if others else [*gone, *codes]
    await people.factors.remove(account, [one.id for one in removed])
    await _noted(people, session, f"{gone[0].kind.value} removed")


async def _require_recent(people: People, session: Session) -> None:
    if not await may_change(people, session):
        raise SignInAgain(
            "This needs a sign-in that has just taken place",
            detail_ja="この操作の前に、もう一度サインインしてください。",
        )


async def _require_addition(people: People, session: Session) -> None:
    await _require_recent(people, session)
    if not await may_add(people, session):
        raise FactorRefused(
            "A further factor is added in a sign-in of several factors, or by a link of the "
            "municipality's: a password alone must not make a level",
            detail_ja="身元確認済みのアカウントに認証要素を追加するには、2つ以上の要素での"
            "サインインか、自治体の窓口でお渡しするリンクが必要です。",
        )
    if len(await people.factors.of(session.signed_in.account)) >= MOST_FACTORS + HOW_MANY:
        raise FactorRefused(
            f"Account has {MOST_FACTORS} factors; right is to remove one first",
            detail_ja="認証要素が上限に達しています。使わないものを削除してください。",
        )


async def _noted(people: People, session: Session, what: str) -> None:
    await note(
        people.provider,
        AuditKind.ACCOUNT_CHANGE,
        AuditOutcome.DONE,
        account=session.signed_in.account,
        tenant=session.signed_in.tenant,
        what=what,
    )


def _enrolling(session: Session) -> str:
    return f"totp enrolment {session.sid}"
