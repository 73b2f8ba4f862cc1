"""Who a provider says somebody is: what it tells of her, and what it has verified.

Spec: OpenID Connect Core 1.0 §5.1, §5.3.2; OpenID Connect for Identity Assurance 1.0 §5
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp_federation.assurance.evidence import VerifiedClaims, read_verified_claims
from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.claims_request import CLAIMS, VERIFIED_CLAIMS, as_list
from idp_federation.oidc.jwt import Expected, read_signed
from idp_federation.relying_party.answer import TYPES, IdToken
from idp_federation.relying_party.errors import AnswerRefused
from idp_federation.relying_party.upstream import Upstream
from kit.json import JsonObject, JsonValue

_LONGEST = 500
_MOST_VERIFICATIONS = 20
_FLAGS = frozenset({"email_verified", "phone_number_verified"})
_UNTOLD = frozenset({"updated_at"})
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One verification as it was told, and as it is read."""

    told: JsonObject = field(repr=False)
    read: VerifiedClaims


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamPerson:
    """A person as a provider knows her.

    Args:
        token: its ID token.
        claims: what it tells of her, by the standard's names.
        verifications: what it has verified, by its signature.
    """

    token: IdToken
    claims: Mapping[str, JsonValue] = field(repr=False)
    verifications: tuple[Verification, ...]


def read_signed_userinfo(jwt: str, keys: JwkSet, upstream: Upstream, now: datetime) -> JsonObject:
    """Believe UserInfo that came as a JWT.

    Spec: OpenID Connect Core 1.0 §5.3.2
    Raises:
        AnswerRefused: it does not count.
    """
    expected = Expected(
        what=f"UserInfo of provider {upstream.id}",
        refuse=AnswerRefused,
        typ=TYPES,
        issuer=upstream.issuer,
        audience=upstream.client_id,
        undated=True,
    )
    return read_signed(jwt, keys, expected, now).claims


def person_of(
    token: IdToken, userinfo: JsonObject | None, upstream: Upstream, *, userinfo_signed: bool
) -> UpstreamPerson:
    """Say who a provider says somebody is.

    What is verified counts only where it is signed; what an unsigned answer adds of it is left out.

    Args:
        token: the ID token.
        userinfo: what UserInfo tells; None where it was not asked.
        upstream: the provider.
        userinfo_signed: whether that came as a JWT which is believed.

    Raises:
        AnswerRefused: UserInfo is about somebody else.
    """
    told = userinfo or {}
    if userinfo is not None and told.get("sub") != token.subject:
        raise AnswerRefused(f"UserInfo of provider {upstream.id} is about somebody else (sub)")
    claims = {**_standard(told), **_standard(token.claims)}
    signed = [token.claims, told] if userinfo_signed else [token.claims]
    items = [item for one in signed for item in as_list(one.get(VERIFIED_CLAIMS))]
    return UpstreamPerson(
        token=token,
        claims=claims,
        verifications=verifications_of(items, issuer=upstream.issuer, subject=token.subject),
    )


def verifications_of(
    items: Iterable[JsonValue], *, issuer: str, subject: str
) -> tuple[Verification, ...]:
    """Read verifications that a provider has signed; what is broken is left out."""
    found: list[Verification] = []
    for item in [*items][:_MOST_VERIFICATIONS]:
        about: JsonObject = {"iss": issuer, "sub": subject, VERIFIED_CLAIMS: item}
        read = read_verified_claims(about, signed=True)
        if isinstance(item, dict) and len(read) == 1:
            found.append(Verification(told=item, read=read[0]))
    return tuple(found)


def contradiction(first: Mapping[str, JsonValue], second: Mapping[str, JsonValue]) -> str | None:
    """Name the claim by which two accounts are not of one person; None where none says so.

    >>> contradiction({"name": "札幌　花子"}, {"name": "札幌 花子", "birthdate": "1990-04-01"})
    >>> contradiction({"birthdate": "1990-04-01"}, {"birthdate": "1990-04-02"})
    'birthdate'
    """
    for name in ("birthdate", "name"):
        one, other = first.get(name), second.get(name)
        if isinstance(one, str) and isinstance(other, str) and _folded(one) != _folded(other):
            return name
    return None


def _folded(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _standard(told: JsonObject) -> dict[str, JsonValue]:
    """Take the standard's claims, each of its kind; others are nobody's to pass on."""
    found: dict[str, JsonValue] = {}
    for name in CLAIMS:
        value = told.get(name)
        if name == "address" and isinstance(value, str):
            value = {"formatted": value}
        if name not in _UNTOLD and _is_kind(name, value):
            found[name] = value
    return found


def _is_kind(name: str, value: JsonValue) -> bool:
    if name in _FLAGS:
        return isinstance(value, bool)
    if name == "address":
        return isinstance(value, dict) and all(_is_text(one) for one in value.values())
    return _is_text(value)


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and "\0" not in value
