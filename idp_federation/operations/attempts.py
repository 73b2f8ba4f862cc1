"""Attempts to sign in, and visits to providers, are counted before they are made."""

import hashlib
import hmac

from idp_federation.account_ports import Pace, People
from idp_federation.accounts.errors import TooManyAttempts


def bucket(people: People, what: str, *names: str) -> bytes:
    """Name what attempts are counted for, so that the name tells nobody anything."""
    parts = [what, *names]
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.digest(people.provider.secrets.interaction, b"pace" + message, hashlib.sha256)


async def count_attempt(people: People, named: bytes, pace: Pace) -> None:
    """Count an attempt before it is made.

    Raises:
        TooManyAttempts: it may not be made now.
    """
    if not await people.attempts.may(named, pace, people.provider.clock()):
        raise TooManyAttempts(
            "Somebody tries too often; right is to wait a few minutes",
            detail_ja="試行の回数が多すぎます。数分待ってから、もう一度お試しください。",
        )


async def count_visit(people: People, sender: str) -> None:
    """Count that a browser is sent to a provider: each visit asks the provider something.

    Raises:
        TooManyAttempts: one address sends too many that do not come back.
    """
    await count_attempt(people, bucket(people, "visits", sender), people.rules.per_sender)


async def give_visit_back(people: People, sender: str) -> None:
    """Give a visit back that led to a sign-in: many people may come from one address."""
    await people.attempts.give_back(bucket(people, "visits", sender), people.rules.per_sender)
