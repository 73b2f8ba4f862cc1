"""JWTs of the OpenID Provider and its clients: of one kind, signed by a known key, in time.

The header is read as strictly as a federation's (`federation/jwt.py`); here come the claims.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import (
    JwkSet,
    SignedJwt,
    check_signature,
    read_jwt,
)
from idp_federation.oidc.errors import OAuthError
from kit.json import JsonObject, JsonValue
from kit.jwt import bears_signature

LEEWAY = timedelta(seconds=10)
"""How far two clocks may be apart."""

_LAST_SECOND = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a JWT has to be in the place where it is read.

    Args:
        what: what it is, to begin a message with.
        refuse: the error that a message is made into.
        typ: the kinds that are right; None among them: it may be left out.
        issuer: what `iss` has to be.
        audience: what `aud` has to be.
        sole_audience: whether `aud` has to be that one text alone, no array.
        longest: how far `exp` may lie ahead; None: as far as it likes.
        keep_expired: whether one that has expired still counts (a hint).
        undated: whether one without `exp` counts (an answer over TLS to a question of ours).
    """

    what: str
    refuse: Callable[[str], OAuthError]
    typ: Collection[str | None]
    issuer: str
    audience: str | None
    sole_audience: bool = False
    longest: timedelta | None = None
    keep_expired: bool = False
    undated: bool = False


def read_signed(token: str, keys: JwkSet, expected: Expected, now: datetime) -> SignedJwt:
    """Read a JWT and believe it: kind, key, signature, issuer, audience and times are right.

    Spec: RFC 7519 §7.2, RFC 8725 §3
    Raises:
        OAuthError: of the kind that `expected` says.
    """
    try:
        jwt = read_jwt(token, typ=expected.typ)
        check_signature(jwt, keys, bears_signature, what=expected.what)
    except InvalidJwt as wrong:
        raise expected.refuse(f"{expected.what} is refused: {wrong.detail}") from None
    problem = _problem(jwt.claims, expected, now)
    if problem is not None:
        raise expected.refuse(f"{expected.what} {problem}")
    return jwt


def instant(claims: JsonObject, name: str) -> datetime | None:
    """Take seconds since the epoch out of claims; None where there are none.

    >>> instant({"exp": 0}, "exp")
    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, UTC) if 0 <= value <= _LAST_SECOND else None


def text(claims: JsonObject, name: str) -> str | None:
    """Take a text that is not empty out of claims; None where there is none."""
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def texts(value: JsonValue) -> tuple[str, ...]:
    """Read a text, or an array of texts, as texts; what is neither is none.

    >>> texts("a"), texts(["a", "b"]), texts(["a", 1])
    (('a',), ('a', 'b'), ())
    """
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        return ()
    found = tuple(one for one in value if isinstance(one, str))
    return found if len(found) == len(value) else ()


def seconds(at: datetime) -> int:
    """Write an instant as whole seconds since the epoch."""
    return int(at.timestamp())


def _problem(claims: JsonObject, expected: Expected, now: datetime) -> str | None:
    """Say what is wrong with the claims that every JWT has."""
    if claims.get("iss") != expected.issuer:
        return f"is not issued by {expected.issuer}"
    if expected.audience is not None and not _is_for(claims.get("aud"), expected):
        return f"is not for {expected.audience}"
    return _untimely(claims, expected, now)


def _is_for(audience: JsonValue, expected: Expected) -> bool:
    if expected.sole_audience:
        return audience == expected.audience
    return expected.audience in texts(audience)


def _untimely(claims: JsonObject, expected: Expected, now: datetime) -> str | None:
    expires_at = instant(claims, "exp")
    if expires_at is None and not (expected.undated and "exp" not in claims):
        return "has no exp in seconds since the epoch"
    if expires_at is not None and expires_at < now - LEEWAY and not expected.keep_expired:
        return "has expired"
    longest = expected.longest
    if longest is not None and (expires_at is None or expires_at > now + longest + LEEWAY):
        return f"is valid for longer than {int(longest.total_seconds())} s"
    for name in ("iat", "nbf"):
        begins_at = instant(claims, name)
        if name in claims and (begins_at is None or begins_at > now + LEEWAY):
            return f"is of the future by its {name}"
    return None
