"""What comes back from a provider: by the browser, from its token endpoint, and its ID token.

Spec: OpenID Connect Core 1.0 §3.1.2.5, §3.1.3.3, §3.1.3.7; RFC 9207 §2.4
"""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp_federation.federation.jwt import JwkSet, SignedJwt
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.jwt import LEEWAY, Expected, instant, read_signed, text, texts
from idp_federation.relying_party.attempt import Attempt
from idp_federation.relying_party.errors import AnswerRefused, UpstreamDenied
from idp_federation.relying_party.metadata import ProviderMetadata
from idp_federation.relying_party.upstream import Upstream
from kit.json import JsonObject
from kit.jwt import left_half

TYPES = ("JWT", None)
_OLDEST = timedelta(minutes=10)
_LONGEST_SUBJECT = 255  # OpenID Connect Core §8
_MAX_CODE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What a token endpoint gave."""

    id_token: str = field(repr=False)
    access_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """An ID token that is believed.

    Args:
        subject: whom the provider knows the person as.
        auth_time: when she authenticated there; None where it does not tell.
        acr: the class that it gives her sign-in.
        amr: the methods; None where it does not tell.
        sid: its own session of hers.
        claims: all that it says.
    """

    subject: str
    auth_time: datetime | None
    acr: str | None
    amr: frozenset[str] | None
    sid: str | None
    claims: JsonObject = field(repr=False)


def require_issuer(parameters: Parameters, upstream: Upstream, metadata: ProviderMetadata) -> None:
    """See that an answer comes from the provider that was asked, as far as it says.

    Spec: RFC 9207 §2.4
    Raises:
        AnswerRefused: it names another, or none where it promises to.
    """
    named = parameters.get("iss")
    if named is None and not metadata.names_itself:
        return
    if named != upstream.issuer:
        raise AnswerRefused(
            f"Answer names another issuer than {upstream.issuer}, which was asked, or none",
            where="iss",
        )


def read_code(parameters: Parameters, upstream: Upstream) -> str:
    """Take the code out of an answer.

    Raises:
        UpstreamDenied: the provider answers with an error.
        AnswerRefused: there is neither.
    """
    error = parameters.get("error")
    if error is not None:
        raise UpstreamDenied(f"Provider {upstream.id} answers {error[:80]}", error=error)
    code = parameters.get("code", "")
    if not 0 < len(code) <= _MAX_CODE:
        raise AnswerRefused(f"Answer of provider {upstream.id} has no code", where="code")
    return code


def read_token_answer(answer: JsonObject, upstream: Upstream) -> TokenAnswer:
    """Read what a token endpoint gave.

    Raises:
        AnswerRefused: there is no ID token in it.
    """
    id_token, access_token = text(answer, "id_token"), text(answer, "access_token")
    if id_token is None:
        raise AnswerRefused(f"Provider {upstream.id} gives no ID token", where="id_token")
    kind = str(answer.get("token_type", "")).lower()
    return TokenAnswer(id_token=id_token, access_token=access_token if kind == "bearer" else None)


def read_id_token(
    answer: TokenAnswer, keys: JwkSet, upstream: Upstream, attempt: Attempt, now: datetime
) -> IdToken:
    """Believe an ID token: of this provider, for this platform and this attempt, of now.

    Whether its acr is high enough is not looked at: levels are reckoned of what it says.

    Raises:
        AnswerRefused: it does not count.
    """
    expected = Expected(
        what=f"ID token of provider {upstream.id}",
        refuse=AnswerRefused,
        typ=TYPES,
        issuer=upstream.issuer,
        audience=upstream.client_id,
    )
    signed = read_signed(answer.id_token, keys, expected, now)
    problem = (
        _problem_of_parties(signed, upstream)
        or _problem_of_binding(signed, answer, attempt)
        or _problem_of_time(signed.claims, attempt, now)
    )
    if problem is not None:
        raise AnswerRefused(f"{expected.what} {problem}")
    return _read(signed.claims, expected.what)


def _read(claims: JsonObject, what: str) -> IdToken:
    subject, acr, amr = text(claims, "sub"), claims.get("acr"), claims.get("amr")
    if subject is None or len(subject) > _LONGEST_SUBJECT:
        raise AnswerRefused(f"{what} has no sub of 1 to {_LONGEST_SUBJECT} characters")
    if not isinstance(acr, str | None) or not isinstance(amr, list | None):
        raise AnswerRefused(f"{what} has no text in acr, or no array in amr")
    methods = None if amr is None else frozenset(texts(amr))
    if methods is not None and len(texts(amr)) != len(amr or ()):
        raise AnswerRefused(f"{what} has no texts in amr")
    return IdToken(
        subject=subject,
        auth_time=instant(claims, "auth_time"),
        acr=acr,
        amr=methods,
        sid=text(claims, "sid"),
        claims=claims,
    )


def _problem_of_parties(signed: SignedJwt, upstream: Upstream) -> str | None:
    claims = signed.claims
    if signed.alg not in upstream.algorithms:
        return f"is signed by {signed.alg}; agreed are {', '.join(upstream.algorithms)}"
    if texts(claims.get("aud")) != (upstream.client_id,):
        return "is for others too"
    if claims.get("azp", upstream.client_id) != upstream.client_id:
        return "was made for another client (azp)"
    return None


def _problem_of_binding(signed: SignedJwt, answer: TokenAnswer, attempt: Attempt) -> str | None:
    nonce = text(signed.claims, "nonce") or ""
    if not hmac.compare_digest(nonce.encode("utf-8", "surrogatepass"), attempt.nonce.encode()):
        return "bears another nonce than was asked for"
    if "at_hash" not in signed.claims:
        return None
    if answer.access_token is None or not answer.access_token.isascii():
        return "has an at_hash, but no access token came with it"
    half = left_half(answer.access_token, signed.alg)
    right = base64.urlsafe_b64encode(half).decode().rstrip("=")
    return None if signed.claims["at_hash"] == right else "is not of the access token (at_hash)"


def _problem_of_time(claims: JsonObject, attempt: Attempt, now: datetime) -> str | None:
    issued_at, auth_time = instant(claims, "iat"), instant(claims, "auth_time")
    if issued_at is None or issued_at < now - _OLDEST:
        return "has no iat of the last ten minutes"
    if "auth_time" in claims and (auth_time is None or auth_time > now + LEEWAY):
        return "has no auth_time, or one of the future"
    wish = attempt.wish
    if wish.max_age is None and not wish.fresh:
        return None
    if auth_time is None:
        return "does not say when she authenticated (auth_time), which was asked for"
    earliest = attempt.asked_at if wish.fresh else now - (wish.max_age or timedelta())
    return (
        "tells of an older authentication than was asked for"
        if (auth_time < earliest - LEEWAY)
        else None
    )
