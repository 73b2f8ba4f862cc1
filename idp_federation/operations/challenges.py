"""Challenges for passkeys: ours by their mark, of one browser and purpose, good once."""

from datetime import timedelta

from idp_federation.account_ports import People
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.opaque import digest, is_ours, signed

_LASTS = timedelta(minutes=5)


def new_challenge(people: People, purpose: str, browser: Browser) -> bytes:
    """Make a challenge; nothing is kept before it is answered."""
    ends = int((people.provider.clock() + _LASTS).timestamp())
    return signed(f"{people.provider.random()}.{ends}", _key(people, purpose, browser)).encode()


async def is_answered_first(
    people: People, challenge: bytes, purpose: str, browser: Browser
) -> bool:
    """Tell whether a challenge is ours, for this, not too old, and answered for the first time."""
    text = challenge.decode("utf-8", "replace")
    if not is_ours(text, _key(people, purpose, browser)):
        return False
    now = people.provider.clock()
    if int(text.split(".")[1]) <= now.timestamp():
        return False
    return await people.provider.replays.first_assertion("passkeys", text, now + _LASTS)


def _key(people: People, purpose: str, browser: Browser) -> bytes:
    return (
        people.provider.secrets.interaction + f"challenge {purpose}".encode() + digest(browser.id)
    )
