"""Signing in with a passkey, and making one."""

from collections.abc import Sequence

from idp_federation.account_ports import People, ShownPasskey
from idp_federation.accounts.errors import WrongCredentials
from idp_federation.accounts.factor import Factor, FactorKind
from idp_federation.oidc.cookies import Browser
from idp_federation.operations.challenges import is_answered_first, new_challenge
from idp_federation.operations.sign_in import Progress, advanced, failed, wrong
from kit.json import JsonObject, JsonValue

_SIGN_IN = "sign in"


def passkey_asked(people: People, browser: Browser, known: Sequence[Factor] = ()) -> JsonObject:
    """Say what a browser has to know to show a passkey: one of those known, or any."""
    challenge = new_challenge(people, _SIGN_IN, browser)
    return people.passkeys.asked_to_show(challenge=challenge, known=known)


async def show_passkey(
    people: People,
    answer: JsonValue,
    tenant: str,
    browser: Browser,
    *,
    progress: Progress | None = None,
) -> Progress:
    """Take a step by a passkey: the first, or in addition to what was shown.

    Raises:
        WrongCredentials: it does not count: another municipality's or account's, an old answer.
    """
    if not isinstance(answer, dict):
        raise wrong()
    challenge = people.passkeys.challenge_in(answer)
    if challenge is None or not await is_answered_first(people, challenge, _SIGN_IN, browser):
        raise wrong()
    factor = await _known(people, answer)
    if factor is None:
        raise wrong()
    shown = await _believed(people, answer, factor, challenge)
    is_hers = progress is None or progress.account == factor.account
    if shown is None or not is_hers or not await _is_owner_there(people, factor, tenant):
        raise await failed(people, factor.account, tenant, "passkey")
    before = progress or Progress(account=factor.account, tenant=tenant)
    return advanced(before, factor, verified=shown.verified)


async def _believed(
    people: People, answer: JsonObject, factor: Factor, challenge: bytes
) -> ShownPasskey | None:
    """Answer with what an authenticator has shown; None where it does not count."""
    try:
        shown = people.passkeys.shown(answer, factor, challenge=challenge)
    except WrongCredentials:
        return None
    now = people.provider.clock()
    return shown if await people.factors.use(factor, to=shown.count, now=now) else None


async def _is_owner_there(people: People, factor: Factor, tenant: str) -> bool:
    """Tell whether a passkey's account is open, at this municipality."""
    record = await people.accounts.show(factor.account)
    return record is not None and record.closed_at is None and record.account.tenant == tenant


async def _known(people: People, answer: JsonObject) -> Factor | None:
    credential = people.passkeys.credential_in(answer)
    factor = None if credential is None else await people.factors.found(credential)
    return factor if factor is not None and factor.kind is FactorKind.PASSKEY else None
