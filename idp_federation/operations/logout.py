"""Signing out, asked for by a client or by the person herself.

Spec: OpenID Connect RP-Initiated Logout 1.0 §2
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import unverified_claims
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.client import Client
from idp_federation.oidc.cookies import Browser, session_cookie
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.id_token import hint_expected
from idp_federation.oidc.jwt import read_signed, text, texts
from idp_federation.oidc.logout import return_url
from idp_federation.oidc.opaque import digest, is_ours, signed
from idp_federation.operations.clients import known_client
from idp_federation.operations.sessions import end_session
from idp_federation.ports import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """What became of a request to sign out.

    Args:
        ended: the municipalities at which a session ended.
        return_to: where the person is sent; None: she stays.
        confirm: what she has to send back to say that she means it; None: she need not.
    """

    ended: Sequence[str] = ()
    return_to: str | None = None
    confirm: str | None = None


async def sign_out(provider: Provider, parameters: Parameters, browser: Browser) -> SignedOut:
    """End the session that a client's ID token is of; without one the person is asked first.

    Raises:
        InvalidRequest: the hint does not count, or the address is not the client's.
        InvalidClient: there is no such client.
    """
    sid, client = await _hinted(provider, parameters)
    return_to = return_url(parameters, client)
    open_here = await _open_here(provider, browser)
    if sid is not None and sid in open_here.values():
        await end_session(provider, sid)
        ended = [tenant for tenant, one in open_here.items() if one == sid]
        return SignedOut(ended=ended, return_to=return_to)
    if not open_here:
        return SignedOut(return_to=return_to)
    if not is_ours(parameters.get("confirm", ""), _confirming(provider, browser)):
        told = signed("sign-out", _confirming(provider, browser))
        return SignedOut(return_to=return_to, confirm=told)
    for one in open_here.values():
        await end_session(provider, one)
    return SignedOut(ended=[*open_here], return_to=return_to)


async def _hinted(provider: Provider, parameters: Parameters) -> tuple[str | None, Client | None]:
    """Answer with the session that a hint is of, and the client that asks."""
    hint, named = parameters.get("id_token_hint"), parameters.get("client_id")
    if hint is None:
        return None, None if named is None else await known_client(provider, named)
    try:
        audience = texts(unverified_claims(hint).get("aud"))
    except InvalidJwt as wrong:
        raise InvalidRequest(f"Parameter id_token_hint cannot be read: {wrong.detail}") from None
    if len(audience) != 1 or named not in (None, audience[0]):
        raise InvalidRequest("Parameter id_token_hint is of another client than client_id")
    client = await known_client(provider, audience[0])
    expected = hint_expected(provider.profile.issuer, client.id)
    keys = await provider.keys.published()
    return text(read_signed(hint, keys, expected, provider.clock()).claims, "sid"), client


async def _open_here(provider: Provider, browser: Browser) -> dict[str, str]:
    """List the sessions that are open in a browser: municipality → sid."""
    prefix, found = session_cookie(provider.profile, ""), {}
    for name, cookie in browser.cookies.items():
        if not name.startswith(prefix):
            continue
        session = await provider.sessions.find(digest(cookie), provider.clock())
        if session is not None and name == prefix + session.signed_in.tenant:
            found[session.signed_in.tenant] = session.sid
    return found


def _confirming(provider: Provider, browser: Browser) -> bytes:
    """Make the key of this browser's confirmation, so that no other site can send it."""
    return provider.secrets.interaction + digest(browser.id)
