"""Signing in with a passkey, and making one."""

from collections.abc import Sequence

from idp_federation.account_ports import People
from idp_federation.accounts.factor import Factor, FactorKind
from idp_federation.oidc.cookies import Browser
from idp_federation.operations.challenges import is_answered_first, new_challenge
from idp_federation.operations.sign_in import Progress, advanced, wrong
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
    record = None if factor is None else await people.accounts.show(factor.account)
    if factor is None or record is None or record.closed_at is not None:
        raise wrong()
    if record.account.tenant != tenant or (progress and progress.account != factor.account):
        raise wrong()
    shown = people.passkeys.shown(answer, factor, challenge=challenge)
    if not await people.factors.use(factor, to=shown.count, now=people.provider.clock()):
        raise wrong()
    before = progress or Progress(account=factor.account, tenant=tenant)
    return advanced(before, factor, verified=shown.verified)


async def _known(people: People, answer: JsonObject) -> Factor | None:
    credential = people.passkeys.credential_in(answer)
    factor = None if credential is None else await people.factors.found(credential)
    return factor if factor is not None and factor.kind is FactorKind.PASSKEY else None
