"""ID tokens: who signed in, how, when, at which class, and what is verified about her.

Spec: OpenID Connect Core 1.0 §2, §3.1.3.6
"""

import base64
from datetime import datetime, timedelta

from idp_federation.assurance.levels import LOWEST
from idp_federation.oidc.claims_request import VERIFIED_CLAIMS, claims_by_scope, is_wanted
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.identity_assurance import verified_claims_for
from idp_federation.oidc.jwt import Expected, seconds
from idp_federation.oidc.session import Account
from kit.json import JsonObject, JsonValue
from kit.jwt import left_half

ID_TOKEN_TYP = "JWT"  # noqa: S105 - a media type


def id_token_claims(
    grant: Grant,
    account: Account | None,
    *,
    issuer: str,
    access_token: str,
    lifetime: timedelta,
    now: datetime,
) -> JsonObject:
    """Write an ID token's claims.

    Claims about the person are told here only where the `claims` parameter asks for them here;
    scopes ask at the UserInfo endpoint (§5.4).
    """
    if grant.signed_in is None:
        raise InvalidRequest("ID tokens are about people; right is a grant of one")
    half = base64.urlsafe_b64encode(left_half(access_token)).decode().rstrip("=")
    optional: dict[str, JsonValue] = {"nonce": grant.nonce, "sid": grant.sid, "acr": grant.acr}
    return {
        **_about(grant, account, "id_token", now),
        "iss": issuer,
        "sub": grant.subject,
        "aud": grant.client,
        "iat": seconds(now),
        "exp": seconds(now + lifetime),
        "auth_time": seconds(grant.signed_in.auth_time),
        "amr": [*sorted(grant.signed_in.amr)],
        "at_hash": half,
        **{name: value for name, value in optional.items() if value is not None},
    }


def userinfo_claims(grant: Grant, account: Account | None, now: datetime) -> JsonObject:
    """Write what the UserInfo endpoint tells: by scope, and by the `claims` parameter.

    Spec: OpenID Connect Core 1.0 §5.3.2
    """
    held = {} if account is None else account.claims
    by_scope = {name: held[name] for name in claims_by_scope(grant.scope) if name in held}
    return {**by_scope, **_about(grant, account, "userinfo", now), "sub": grant.subject}


def hint_expected(issuer: str, client: str) -> Expected:
    """Say what an ID token hint has to be: ours, for this client, however old."""
    return Expected(
        what="ID token hint",
        refuse=InvalidRequest,
        typ=(ID_TOKEN_TYP,),
        issuer=issuer,
        audience=client,
        keep_expired=True,
    )


def _about(grant: Grant, account: Account | None, part: str, now: datetime) -> JsonObject:
    """Tell what the `claims` parameter asks for in one place, as far as it is known."""
    asked = grant.claims.get(part)
    if account is None or not isinstance(asked, dict):
        return {}
    told: JsonObject = {
        name: account.claims[name]
        for name, how in asked.items()
        if name in account.claims and is_wanted(account.claims[name], how)
    }
    held = account.verified_claims
    if grant.signed_in is not None and grant.signed_in.held.levels.proofing > LOWEST.proofing:
        held = (*held, *account.proven_elsewhere)
    verified = verified_claims_for(held, asked.get(VERIFIED_CLAIMS), now)
    return told if verified is None else {**told, VERIFIED_CLAIMS: verified}
