"""Logout that a provider tells of: the sessions here that come from its session end.

Spec: OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8
"""

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import read_jwt
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.logout import LOGOUT_TYP, read_logout_token
from idp_federation.operations.sessions import end_session
from idp_federation.relying_party_ports import RelyingParty, UpstreamSession


async def hear_logout(rp: RelyingParty, name: str, logout_token: str) -> int:
    """End what a provider's logout token ends; answers with how many sessions that were.

    Raises:
        InvalidRequest: the token does not count, or was heard before.
        UpstreamUnavailable: its keys cannot be had.
    """
    provider = rp.provider
    registered = await rp.upstreams.find(name)
    if registered is None:
        raise InvalidRequest(f"Provider {name[:40]} is not known here")
    upstream = registered.upstream
    try:
        kid = read_jwt(logout_token, typ=(LOGOUT_TYP,)).kid
    except InvalidJwt as wrong:
        raise InvalidRequest(f"Logout token is refused: {wrong.detail}") from None
    metadata = await rp.documents.metadata(upstream)
    keys = await rp.documents.keys(metadata, kid=kid)
    token = read_logout_token(
        logout_token,
        keys,
        issuer=upstream.issuer,
        client=upstream.client_id,
        now=provider.clock(),
    )
    if not await provider.replays.first_assertion(upstream.issuer, token.jti, token.expires_at):
        raise InvalidRequest("Logout token was heard before")
    ended = UpstreamSession(issuer=upstream.issuer, subject=token.subject or "", sid=token.sid)
    done = [await end_session(provider, sid) for sid in await rp.links.sessions_from(ended)]
    return sum(done)
