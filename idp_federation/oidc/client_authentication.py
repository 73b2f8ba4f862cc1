"""How a client proves who it is.

Spec: RFC 6749 §2.3, OpenID Connect Core 1.0 §9, RFC 7523 §3
"""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, SignedJwt, unverified_claims
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.client import Client, ClientAuthentication
from idp_federation.oidc.errors import InvalidClient, InvalidRequest
from idp_federation.oidc.jwt import Expected, read_signed, text

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = ("JWT", "client-authentication+jwt")
_BASIC = "basic "


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a client shows.

    Args:
        client: who it says it is.
        method: how it proves that.
        secret: its secret, or its assertion.
    """

    client: str
    method: ClientAuthentication
    secret: str = field(default="", repr=False)


def read_credentials(parameters: Parameters, authorization: str | None) -> Credentials:
    """Read what a client shows: one thing, in the place where it belongs.

    Raises:
        InvalidRequest: it shows several things, or a secret in the body.
        InvalidClient: it shows nothing.
    """
    assertion = parameters.get("client_assertion")
    is_basic = authorization is not None and authorization.lower().startswith(_BASIC)
    if "client_secret" in parameters:
        raise InvalidRequest("Parameter client_secret is not taken; right is HTTP Basic")
    if is_basic and assertion is not None:
        raise InvalidRequest("Client proves who it is in two ways; right is one")
    shown = _assertion(parameters, assertion) if assertion else _basic(authorization)
    named = parameters.get("client_id")
    if shown is None:
        if named is None:
            raise InvalidClient("Client does not say who it is")
        return Credentials(client=named, method=ClientAuthentication.NONE)
    if named is not None and named != shown.client:
        raise InvalidRequest("Parameter client_id is another than who the client proves to be")
    return shown


def read_assertion(
    jwt: str, client: Client, keys: JwkSet, *, issuer: str, longest: timedelta, now: datetime
) -> SignedJwt:
    """Believe a client's assertion; whether it is the first of its name is not looked at.

    Its audience is this provider's identifier alone, so that nobody it was shown to can use it
    here.

    Spec: RFC 7523 §3, FAPI 2.0 Security Profile §5.3.2.1
    Raises:
        InvalidClient: it does not count.
    """
    expected = Expected(
        what="Client assertion",
        refuse=InvalidClient,
        typ=(*TYPES, None),
        issuer=client.id,
        audience=issuer,
        sole_audience=True,
        longest=longest,
    )
    signed = read_signed(jwt, keys, expected, now)
    if signed.claims.get("sub") != client.id or text(signed.claims, "jti") is None:
        raise InvalidClient("Client assertion has no jti, or another sub than the client")
    return signed


def _assertion(parameters: Parameters, assertion: str) -> Credentials:
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(
            f"Parameter client_assertion_type is not {ASSERTION_TYPE}",
            where="client_assertion_type",
        )
    try:
        client = text(unverified_claims(assertion), "sub")
    except InvalidJwt as wrong:
        raise InvalidClient(f"Client assertion cannot be read: {wrong.detail}") from None
    if client is None:
        raise InvalidClient("Client assertion has no sub")
    return Credentials(client=client, method=ClientAuthentication.PRIVATE_KEY_JWT, secret=assertion)


def _basic(authorization: str | None) -> Credentials | None:
    """Read HTTP Basic; user and password are form-encoded (RFC 6749 §2.3.1)."""
    if authorization is None or not authorization.lower().startswith(_BASIC):
        return None
    try:
        told = base64.b64decode(authorization[len(_BASIC) :], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidClient("Header Authorization is not HTTP Basic") from None
    user, colon, password = told.partition(":")
    if not colon:
        raise InvalidClient("Header Authorization is not HTTP Basic")
    return Credentials(
        client=unquote_plus(user),
        method=ClientAuthentication.CLIENT_SECRET_BASIC,
        secret=unquote_plus(password),
    )
