"""Interactions: where the authorization endpoint hands over to a page, and takes over again.

The endpoint sends the browser to a page with `interaction=<id>`. The page opens the interaction to
know what is asked for, does its part, and sends the browser back to `resume_url`; or it refuses.
An id is ours by its mark, belongs to one browser, and can be resumed once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.next_step import CONSENT, SIGN_IN, STEP_UP
from idp_federation.oidc.opaque import digest, is_ours, signed
from idp_federation.ports import Kind, Provider, Taken
from joint_use import Levels
from kit.json import JsonObject, JsonValue


class Asked(Enum):
    """What a page is to do; also the last part of its address."""

    SIGN_IN = SIGN_IN
    STEP_UP = STEP_UP
    CONSENT = CONSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What a page is told.

    Args:
        id: its name; the page hands it on and shows it to nobody else.
        asked: what the page is to do.
        tenant: the municipality at which somebody signs in.
        client: who asks for it.
        returns_to: where its answer goes in the end.
        required: the levels that the sign-in has to reach.
        proofs: what has to be proven beside them (`Proof` values).
        scope: what the client asks for.
        claims: which claims it would learn.
        login_hint: who the client thinks it is.
        ui_locales: the languages that it asks for.
        sid: the session that is to be raised or asked for consent.
        essential: whether `required` and `proofs` have to be reached; otherwise she may decline.
        fresh: whether whoever is signed in has to authenticate again.
        max_age: how long ago she may have authenticated.
        asked_at: since when; a sign-in before it does not count where `fresh`.
    """

    id: str
    asked: Asked
    tenant: str
    client: str
    returns_to: str
    required: Levels
    proofs: tuple[str, ...]
    scope: tuple[str, ...]
    claims: tuple[str, ...]
    login_hint: str | None
    ui_locales: tuple[str, ...]
    sid: str | None
    essential: bool
    fresh: bool
    max_age: timedelta | None
    asked_at: datetime


async def begin_interaction(
    provider: Provider, asked: Asked, content: JsonObject, *, browser: str
) -> str:
    """Keep what a page is to do; answers with the address to send the browser to.

    Args:
        provider: the ports.
        asked: what the page is to do.
        content: what it is told, and the authorization request to go on with.
        browser: what the browser's own cookie holds.
    """
    now = provider.clock()
    name = signed(provider.random(), provider.secrets.interaction)
    await provider.codes.put(
        Kind.INTERACTION,
        digest(name),
        {**content, "asked": asked.value, "browser": digest(browser).hex()},
        now=now,
        expires_at=now + provider.profile.lifetimes.interaction,
    )
    return f"{provider.profile.url(asked.value)}?interaction={name}"


async def open_interaction(provider: Provider, name: str, *, browser: str | None) -> Interaction:
    """Answer with what a page is to do; the id stays good.

    Raises:
        InvalidRequest: there is no such interaction, it is over, or another browser's.
    """
    taken = None
    if is_ours(name, provider.secrets.interaction):
        taken = await provider.codes.look(Kind.INTERACTION, digest(name), provider.clock())
    return _interaction(name, _own(taken, browser))


async def resume_interaction(provider: Provider, name: str, *, browser: str | None) -> JsonObject:
    """Use an interaction up; answers with what was kept for it, `asked_at` among it.

    Raises:
        InvalidRequest: there is no such interaction, it is over, or another browser's.
    """
    taken = None
    if is_ours(name, provider.secrets.interaction):
        seen = await provider.codes.look(Kind.INTERACTION, digest(name), provider.clock())
        _own(seen, browser)  # another browser's visit uses nothing up
        taken = await provider.codes.take(Kind.INTERACTION, digest(name), provider.clock())
    own = _own(taken, browser)
    return {**own.content, "asked_at": own.created_at.isoformat()}


def resume_url(provider: Provider, name: str) -> str:
    """Name the address that a page sends the browser to when it has done its part."""
    return f"{provider.profile.url('resume')}?interaction={name}"


def _own(taken: Taken | None, browser: str | None) -> Taken:
    if taken is None or taken.used_before or browser is None:
        raise _over()
    if taken.content.get("browser") != digest(browser).hex():
        raise _over()
    return taken


def _over() -> InvalidRequest:
    return InvalidRequest(
        "Interaction is over, or began in another browser; right is to start again at the service"
    )


def _interaction(name: str, taken: Taken) -> Interaction:
    content = taken.content
    proofing, authentication = _numbers(content.get("required"))
    return Interaction(
        id=name,
        asked=Asked(str(content["asked"])),
        tenant=str(content["tenant"]),
        client=str(content["client"]),
        returns_to=_returns_to(content),
        required=Levels(proofing, authentication),
        proofs=_texts(content.get("proofs")),
        scope=_texts(content.get("scope")),
        claims=_texts(content.get("claims")),
        login_hint=_text(content.get("login_hint")),
        ui_locales=_texts(content.get("ui_locales")),
        sid=_text(content.get("sid")),
        essential=content.get("essential") is not False,
        fresh=content.get("fresh") is True,
        max_age=_max_age(content),
        asked_at=taken.created_at,
    )


def _returns_to(content: JsonObject) -> str:
    parameters = content.get("parameters")
    return str(parameters["redirect_uri"]) if isinstance(parameters, dict) else ""


def _max_age(content: JsonObject) -> timedelta | None:
    """Read what the request, which was found right, says of the sign-in's age."""
    parameters = content.get("parameters")
    asked = parameters.get("max_age") if isinstance(parameters, dict) else None
    return None if asked is None else timedelta(seconds=int(str(asked)))


def _numbers(value: JsonValue) -> tuple[int, int]:
    first, second = value if isinstance(value, list) else (1, 1)
    return int(str(first)), int(str(second))


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
