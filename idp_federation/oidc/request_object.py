"""Authorization requests that the client has signed.

Spec: RFC 9101; OpenID Federation 1.0 §12.1.1
"""

import json
from datetime import datetime, timedelta

from idp_federation.federation.jwt import JwkSet, SignedJwt
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidRequestObject
from idp_federation.oidc.jwt import Expected, read_signed, text
from kit.json import JsonObject, JsonValue

TYP = "oauth-authz-req+jwt"
_NOT_PARAMETERS = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "sub"})


def read_request_object(
    jwt: str, client: Client, keys: JwkSet, *, issuer: str, longest: timedelta, now: datetime
) -> tuple[SignedJwt, Parameters]:
    """Believe a request object; whether it is the first of its name is not looked at.

    Nothing outside it counts, so that nobody can add to what was signed.

    Spec: RFC 9101 §4, §6; OpenID Federation 1.0 §12.1.1.1
    Raises:
        InvalidRequestObject: it does not count.
    """
    expected = Expected(
        what="Request object",
        refuse=InvalidRequestObject,
        typ=(TYP,),
        issuer=client.id,
        audience=issuer,
        sole_audience=True,
        longest=longest,
    )
    signed = read_signed(jwt, keys, expected, now)
    claims = signed.claims
    if text(claims, "jti") is None or "sub" in claims:
        raise InvalidRequestObject("Request object has no jti, or a sub")
    if claims.get("client_id") != client.id:
        raise InvalidRequestObject("Request object has no client_id, or another client's")
    if claims.keys() & {"request", "request_uri"}:
        raise InvalidRequestObject("Request object holds another one")
    return signed, _parameters(claims, client)


def _parameters(claims: JsonObject, client: Client) -> Parameters:
    asked = {
        name: written
        for name, value in claims.items()
        if name not in _NOT_PARAMETERS and (written := _written(name, value)) is not None
    }
    return {**asked, "client_id": client.id}


def _written(name: str, value: JsonValue) -> str | None:
    """Write a member as the parameter of its name."""
    if isinstance(value, str) or value is None:
        return value
    if name == "resource" and isinstance(value, list):
        return " ".join(str(one) for one in value)
    return json.dumps(value)
