"""Signing out: asked for by a client, and told to clients.

Spec: OpenID Connect RP-Initiated Logout 1.0, OpenID Connect Back-Channel Logout 1.0
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.authorization import Parameters, answer_url
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.jwt import Expected, read_signed, seconds, text
from kit.json import JsonObject

LOGOUT_TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutToken:
    """A logout token that counts, if it is the first of its name.

    Args:
        jti: its name.
        subject: who is signed out; None: whoever the session is of.
        sid: which session ends; None: all of the subject's.
        expires_at: when no copy of it would count any more.
    """

    jti: str
    subject: str | None
    sid: str | None
    expires_at: datetime


def logout_claims(
    *, issuer: str, client: str, subject: str, sid: str, jti: str, now: datetime
) -> JsonObject:
    """Write the claims of a logout token (§2.4)."""
    return {
        "iss": issuer,
        "sub": subject,
        "aud": client,
        "iat": seconds(now),
        "exp": seconds(now + LASTS),
        "jti": jti,
        "sid": sid,
        "events": {EVENT: {}},
    }


def read_logout_token(
    jwt: str, keys: JwkSet, *, issuer: str, client: str, now: datetime
) -> LogoutToken:
    """Believe a logout token of a provider that we are a client of (§2.6).

    Raises:
        InvalidRequest: it does not count.
    """
    expected = Expected(
        what="Logout token",
        refuse=InvalidRequest,
        typ=(LOGOUT_TYP,),
        issuer=issuer,
        audience=client,
        longest=timedelta(minutes=10),
    )
    claims = read_signed(jwt, keys, expected, now).claims
    events, jti = claims.get("events"), text(claims, "jti")
    subject, sid = text(claims, "sub"), text(claims, "sid")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise InvalidRequest("Logout token does not tell of a logout in events")
    if "nonce" in claims:
        raise InvalidRequest("Logout token has a nonce, as ID tokens have")
    if jti is None or "iat" not in claims or (subject is None and sid is None):
        raise InvalidRequest("Logout token has no jti, no iat, or neither sub nor sid")
    expires_at = datetime.fromtimestamp(float(str(claims["exp"])), now.tzinfo)
    return LogoutToken(jti=jti, subject=subject, sid=sid, expires_at=expires_at)


def return_url(parameters: Parameters, client: Client | None) -> str | None:
    """Answer with where somebody is sent after signing out; None: nowhere.

    Spec: OpenID Connect RP-Initiated Logout 1.0 §3
    Raises:
        InvalidRequest: the address is not one that the client has registered.
    """
    asked = parameters.get("post_logout_redirect_uri")
    if asked is None:
        return None
    if client is None or asked not in client.post_logout_redirect_uris:
        raise InvalidRequest(
            "Parameter post_logout_redirect_uri is not registered, or no client is named",
            where="post_logout_redirect_uri",
        )
    return answer_url(asked, {"state": parameters["state"]} if "state" in parameters else {})
