"""One attempt of a browser to sign in at a provider, from the way there to the way back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from idp_federation.assurance.evidence import Proof
from joint_use import Levels
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a sign-in at a provider has to be.

    Args:
        required: the levels that are to be reached.
        proofs: what has to be proven beside them.
        max_age: how long ago she may have authenticated there.
        fresh: whether she has to do so again now.
        languages: hers, the best first.
    """

    required: Levels
    proofs: frozenset[Proof] = frozenset()
    max_age: timedelta | None = None
    fresh: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is remembered while the browser is at a provider.

    Args:
        upstream: the provider's name here.
        issuer: its identifier then.
        tenant: at which municipality somebody signs in.
        interaction: the authorization request to go on with; None where an account is linked.
        sid: the session whose account is to be linked.
        nonce: what the ID token has to bear.
        verifier: what redeems the code.
        wish: what was asked for.
        asked_at: when.
    """

    upstream: str
    issuer: str
    tenant: str
    interaction: str | None = None
    sid: str | None = None
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    wish: Wish
    asked_at: datetime


def attempt_as_json(attempt: Attempt) -> JsonObject:
    """Write an attempt as it is kept."""
    wish = attempt.wish
    return {
        "upstream": attempt.upstream,
        "issuer": attempt.issuer,
        "tenant": attempt.tenant,
        "interaction": attempt.interaction,
        "sid": attempt.sid,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "required": [wish.required.proofing, wish.required.authentication],
        "proofs": [*sorted(one.value for one in wish.proofs)],
        "max_age_s": None if wish.max_age is None else int(wish.max_age.total_seconds()),
        "fresh": wish.fresh,
        "asked_at": attempt.asked_at.isoformat(),
    }


def attempt_from_json(kept: JsonObject) -> Attempt:
    """Read an attempt as `attempt_as_json` wrote it."""
    proofing, authentication = cast("list[int]", kept["required"])
    max_age_s = cast("int | None", kept["max_age_s"])
    return Attempt(
        upstream=str(kept["upstream"]),
        issuer=str(kept["issuer"]),
        tenant=str(kept["tenant"]),
        interaction=cast("str | None", kept["interaction"]),
        sid=cast("str | None", kept["sid"]),
        nonce=str(kept["nonce"]),
        verifier=str(kept["verifier"]),
        wish=Wish(
            required=Levels(proofing, authentication),
            proofs=frozenset(Proof(one) for one in cast("list[str]", kept["proofs"])),
            max_age=None if max_age_s is None else timedelta(seconds=max_age_s),
            fresh=kept["fresh"] is True,
        ),
        asked_at=datetime.fromisoformat(str(kept["asked_at"])),
    )
