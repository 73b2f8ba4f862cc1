"""The token endpoint: codes, refresh tokens and clients' own names become tokens.

Spec: RFC 6749 §4.1.3, §4.4, §6; RFC 7636 §4.6; RFC 9449 §5; RFC 9700 §4.14
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp_federation.oidc.authorization import Parameters, require_scope
from idp_federation.oidc.claims_request import OFFLINE_ACCESS, OPENID, SCOPE_CLAIMS
from idp_federation.oidc.client import Client, GrantType
from idp_federation.oidc.errors import (
    InvalidDpopProof,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.pkce import require_verifier
from idp_federation.operations.issue import TokenAnswer, issue
from idp_federation.operations.sessions import withdrawal
from idp_federation.operations.token_exchange import exchange
from idp_federation.ports import Kind, Provider
from kit.metrics import counter

PERSONAL = frozenset({OPENID, OFFLINE_ACCESS, *SCOPE_CLAIMS})
"""Scopes that are about a person: nobody has them in its own name."""

_TOKENS = counter("renkei_tokens_total", "Requests for tokens, by grant.", "grant", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCall:
    """A request for tokens.

    Args:
        client: who asks, and has proven it.
        parameters: what it asks for.
        jkt: the key that it has shown; tokens will be bound to it.
    """

    client: Client
    parameters: Parameters
    jkt: str | None = None

    def required(self, name: str) -> str:
        """Take a parameter.

        Raises:
            InvalidRequest: it is missing.
        """
        value = self.parameters.get(name)
        if value is None:
            raise InvalidRequest(f"Parameter {name} is missing", where=name)
        return value


async def give_tokens(provider: Provider, call: TokenCall) -> TokenAnswer:
    """Answer a request for tokens.

    Raises:
        OAuthError: it is refused.
    """
    grant_type = _grant_type(call)
    try:
        given = await _given(provider, call, grant_type)
    except OAuthError:
        _TOKENS.of(grant_type.name.lower(), "refused").add()
        raise
    _TOKENS.of(grant_type.name.lower(), "given").add()
    return given


async def _given(provider: Provider, call: TokenCall, grant_type: GrantType) -> TokenAnswer:
    if call.client.dpop_required and call.jkt is None:
        raise InvalidDpopProof(f"Client {call.client.id} has to show its key by DPoP")
    if grant_type is GrantType.AUTHORIZATION_CODE:
        return await _redeem(provider, call)
    if grant_type is GrantType.REFRESH_TOKEN:
        return await _refresh(provider, call)
    if grant_type is GrantType.CLIENT_CREDENTIALS:
        return await _own(provider, call)
    return await exchange(provider, call.client, call.parameters, jkt=call.jkt)


def _grant_type(call: TokenCall) -> GrantType:
    asked = call.required("grant_type")
    try:
        grant_type = GrantType(asked)
    except ValueError:
        raise UnsupportedGrantType(
            "Parameter grant_type is none that is given here", where="grant_type"
        ) from None
    if grant_type not in call.client.grants:
        raise UnauthorizedClient(f"Client {call.client.id} may not ask by {grant_type.value}")
    return grant_type


async def _redeem(provider: Provider, call: TokenCall) -> TokenAnswer:
    """Redeem a code: once, by whom it was given, who shows that she asked for it.

    A code that comes twice ends all that came of it (RFC 9700 §4.5.3).
    """
    now = provider.clock()
    taken = await provider.codes.take(Kind.AUTHORIZATION, digest(call.required("code")), now)
    if taken is None or taken.content["client"] != call.client.id:
        raise InvalidGrant("Code is not of this client and place, or too old", where="code")
    gid = str(taken.content["gid"])
    if taken.used_before:
        await end_grant(provider, gid, now)
        raise InvalidGrant("Code was used before; what came of it has ended", where="code")
    if call.parameters.get("redirect_uri") != taken.content["redirect_uri"]:
        raise InvalidGrant("Parameter redirect_uri is another than asked", where="redirect_uri")
    challenge = str(taken.content["code_challenge"])
    require_verifier(call.parameters.get("code_verifier"), challenge)
    grant = await provider.grants.find(gid, now)
    if grant is None or (grant.jkt is not None and grant.jkt != call.jkt):
        raise InvalidGrant("Code has ended, or is bound to another key", where="code")
    confirmed = replace(
        grant, jkt=call.jkt, expires_at=now + provider.profile.lifetimes.refresh_token
    )
    if not await provider.grants.confirm(confirmed):
        raise InvalidGrant("Code has ended meanwhile", where="code")
    refresh_token = None
    if GrantType.REFRESH_TOKEN in call.client.grants:
        refresh_token = provider.random()
        await provider.grants.put_refresh(gid, digest(refresh_token), now)
    return await issue(provider, confirmed, refresh_token=refresh_token)


async def _refresh(provider: Provider, call: TokenCall) -> TokenAnswer:
    """Exchange a refresh token for the next one; one that comes twice ends its whole family."""
    now = provider.clock()
    presented = digest(call.required("refresh_token"))
    kept = await provider.grants.of_refresh(presented, now)
    if kept is not None:  # another client's, or another key's, is not used up by trying
        _require_holder(call, kept)
    fresh = provider.random()
    grant, used_before = await provider.grants.rotate(presented, digest(fresh), now)
    if grant is not None and used_before and grant.client == call.client.id:
        await end_grant(provider, grant.id, now)
    if grant is None or used_before:
        raise InvalidGrant("Refresh token is unknown, ended or was used before")
    _require_holder(call, grant)
    asked = call.parameters.get("scope")
    if asked is not None:
        narrowed = frozenset(asked.split())
        if not narrowed <= grant.scope:
            raise InvalidScope("Parameter scope asks for more than was granted", where="scope")
        grant = replace(grant, scope=narrowed)
    return await issue(provider, grant, refresh_token=fresh)


def _require_holder(call: TokenCall, grant: Grant) -> None:
    if grant.client != call.client.id:
        raise InvalidGrant("Refresh token is of another client")
    if grant.jkt is not None and grant.jkt != call.jkt:
        raise InvalidGrant("Refresh token is bound to another key")


async def _own(provider: Provider, call: TokenCall) -> TokenAnswer:
    """Give a client a token in its own name; it has no levels and no refresh token."""
    client, now = call.client, provider.clock()
    asked = require_scope(call.parameters.get("scope"), client)
    if asked & PERSONAL:
        raise InvalidScope("Scopes about a person need a person", where="scope")
    grant = Grant(
        id=provider.random(),
        client=client.id,
        tenant=client.tenant_for(call.parameters.get("tenant")),
        subject=client.id,
        scope=asked or client.scopes - PERSONAL,
        audience=client.audience_for(tuple(call.parameters.get("resource", "").split())),
        created_at=now,
        expires_at=now + provider.profile.lifetimes.access_token,
        jkt=call.jkt,
    )
    return await issue(provider, grant, refresh_token=None)


async def end_grant(provider: Provider, gid: str, now: datetime) -> None:
    """End a grant, its refresh tokens and its access tokens."""
    await provider.grants.end(gid, now)
    await provider.withdrawals.note([withdrawal(provider, f"grant:{gid}", now)])
