"""What is told about tokens and people: UserInfo and introspection; and tokens given back.

Spec: OpenID Connect Core 1.0 §5.3, RFC 7662, RFC 7009
"""

from idp_federation.oidc.access_token import VerifiedToken, read_access_token
from idp_federation.oidc.claims_request import OPENID
from idp_federation.oidc.client import Client, ClientAuthentication
from idp_federation.oidc.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    TokenEnded,
)
from idp_federation.oidc.id_token import userinfo_claims
from idp_federation.oidc.introspection import (
    INACTIVE,
    access_token_told,
    may_see,
    refresh_token_told,
)
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.withdrawal import Effect
from idp_federation.operations.sessions import withdrawal
from idp_federation.operations.token import end_grant
from idp_federation.ports import Provider
from kit.json import JsonObject


async def userinfo(provider: Provider, token: VerifiedToken) -> JsonObject:
    """Tell a client about the person whose token it has.

    Raises:
        InsufficientScope: the token is not for this.
        TokenEnded: its grant has ended.
    """
    if OPENID not in token.scope or not token.is_person:
        raise InsufficientScope("Access token is without the scope openid")
    now = provider.clock()
    grant = await provider.grants.find(token.gid, now)
    if grant is None or grant.signed_in is None or grant.client != token.client:
        raise TokenEnded("Access token's grant has ended")
    account = await provider.accounts.find(grant.signed_in.account)
    return userinfo_claims(grant, account, now)


async def introspect(provider: Provider, client: Client, presented: str) -> JsonObject:
    """Tell a client about a token, if it may know; otherwise as if there were none.

    Raises:
        InvalidClient: the client has proven nothing.
    """
    if client.authentication is ClientAuthentication.NONE:
        raise InvalidClient("Client has to prove who it is to look into tokens")
    token = await _own_token(provider, presented)
    if token is not None:
        if not may_see(client, token):
            return INACTIVE
        return access_token_told(token, provider.profile.anchor)
    grant = await provider.grants.of_refresh(digest(presented), provider.clock())
    if grant is None or grant.client != client.id:
        return INACTIVE
    return refresh_token_told(grant, provider.profile.issuer)


async def revoke(provider: Provider, client: Client, presented: str) -> None:
    """End a token of the client's: of a refresh token all that came of its grant.

    What is unknown, or another's, is left alone without a word (RFC 7009 §2.2).
    """
    now = provider.clock()
    token = await _own_token(provider, presented)
    if token is not None:
        if token.client == client.id:
            await provider.withdrawals.note([withdrawal(provider, f"token:{token.jti}", now)])
        return
    grant = await provider.grants.of_refresh(digest(presented), now)
    if grant is not None and grant.client == client.id:
        await end_grant(provider, grant.id, now)


async def _own_token(provider: Provider, presented: str) -> VerifiedToken | None:
    """Answer with an access token of ours that counts now."""
    try:
        token = read_access_token(
            presented,
            await provider.keys.published(),
            issuer=provider.profile.issuer,
            anchor=provider.profile.anchor,
            now=provider.clock(),
        )
    except InvalidToken:
        return None
    effect = await provider.withdrawals.look_up(token)
    if effect is Effect.END:
        return None
    return token.lowered() if effect is Effect.LOWER else token
