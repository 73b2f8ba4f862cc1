"""What a resource is told about a token.

Spec: RFC 7662 §2.2, RFC 9470 §6.2, RFC 9449 §6.2
"""

from idp_federation.oidc.access_token import VerifiedToken, claims_of
from idp_federation.oidc.client import Client
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.jwt import seconds
from kit.json import JsonObject

INACTIVE: JsonObject = {"active": False}


def may_see(client: Client, token: VerifiedToken) -> bool:
    """Tell whether a client may look into a token: its own, or one for the service that it is."""
    return token.client == client.id or bool({*token.audience} & {*client.serves})


def access_token_told(token: VerifiedToken, anchor: str) -> JsonObject:
    """Tell of an access token that counts, at the levels that it has now."""
    kind = "Bearer" if token.jkt is None else "DPoP"
    return {**claims_of(token, anchor), "active": True, "token_type": kind}


def refresh_token_told(grant: Grant, issuer: str) -> JsonObject:
    """Tell a client of its own refresh token."""
    told: JsonObject = {
        "active": True,
        "iss": issuer,
        "sub": grant.subject,
        "client_id": grant.client,
        "tenant": grant.tenant,
        "scope": " ".join(sorted(grant.scope)),
        "iat": seconds(grant.created_at),
        "exp": seconds(grant.expires_at),
    }
    return told if grant.jkt is None else {**told, "cnf": {"jkt": grant.jkt}}
