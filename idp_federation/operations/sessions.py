"""Browser sessions: begin, raise, find, list, end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidClient, LoginRequired
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.session import NewSession, Session, SignedIn
from idp_federation.oidc.withdrawal import Withdrawal
from idp_federation.operations.auditing import note
from idp_federation.ports import LogoutNotice, Provider
from joint_use import AuditKind, AuditOutcome
from kit.metrics import counter

_MAX_AGENT = 200
_SESSIONS = counter("renkei_sessions_total", "Browser sessions: begun, raised, ended.", "step")


async def begin_session(provider: Provider, signed_in: SignedIn, *, agent: str = "") -> NewSession:
    """Begin a session of a person who has just authenticated.

    The cookie is a new one each time: whoever knew the browser's cookies before knows nothing.
    """
    now = provider.clock()
    session = Session(
        sid=provider.random(),
        signed_in=signed_in,
        started_at=now,
        expires_at=now + provider.profile.lifetimes.session,
        agent=agent[:_MAX_AGENT],
    )
    cookie = provider.random()
    await provider.sessions.begin(session, digest(cookie))
    _SESSIONS.of("begun").add()
    return NewSession(session=session, cookie=cookie)


async def raise_session(provider: Provider, cookie: str, signed_in: SignedIn) -> NewSession:
    """Write down that the person of a session has authenticated again: other levels, a new cookie.

    Raises:
        LoginRequired: the session has ended, or is of another account.
    """
    now = provider.clock()
    session = await provider.sessions.find(digest(cookie), now)
    if session is None or session.signed_in.account != signed_in.account:
        raise LoginRequired("Session has ended or is of another account; right is to sign in")
    raised = replace(session, signed_in=signed_in)
    fresh = provider.random()
    if not await provider.sessions.replace(raised, digest(cookie), digest(fresh)):
        raise LoginRequired("Session has ended meanwhile; right is to sign in")
    _SESSIONS.of("raised").add()
    return NewSession(session=raised, cookie=fresh)


async def find_session(provider: Provider, cookie: str | None, tenant: str) -> Session | None:
    """Answer with a browser's session at one municipality, with the levels that count now.

    A session of one municipality is none at another, whatever cookie it comes in.
    """
    if not cookie:
        return None
    now = provider.clock()
    session = await provider.sessions.find(digest(cookie), now)
    if session is None or session.signed_in.tenant != tenant:
        return None
    return await with_present_levels(provider, session, now)


async def with_present_levels(provider: Provider, session: Session, now: datetime) -> Session:
    """Put in place of a session's levels those that it still holds."""
    held = (await provider.assurance.held(session, now)).at(now)
    return replace(session, signed_in=replace(session.signed_in, held=held))


async def sessions_of(provider: Provider, account: str) -> Sequence[Session]:
    """List a person's sessions, the latest first, as she sees them herself."""
    return await provider.sessions.of_account(account, provider.clock())


async def end_session(provider: Provider, sid: str) -> bool:
    """End a session, what comes from it, and tell its clients; answers whether it had not ended.

    Spec: OpenID Connect Back-Channel Logout 1.0 §2.3, §2.7
    """
    now = provider.clock()
    ended = await provider.sessions.end(sid, now)
    if ended is None:
        return False
    _SESSIONS.of("ended").add()
    who = ended.signed_in
    await note(
        provider,
        AuditKind.SIGN_OUT,
        AuditOutcome.DONE,
        account=who.account,
        tenant=who.tenant,
        what="session ended",
    )
    grants = await provider.grants.end_of_session(sid, now)
    # An outliving grant's tokens of this session end too; it gets new ones by its refresh token.
    await provider.withdrawals.note([withdrawal(provider, f"session:{sid}", now)])
    notices: dict[str, LogoutNotice] = {}
    for grant in grants:
        client = await _still_known(provider, grant.client)
        if client is not None and client.backchannel_logout_uri is not None:
            notices[client.id] = LogoutNotice(
                client=client.id, url=client.backchannel_logout_uri, subject=grant.subject, sid=sid
            )
    if notices:
        await provider.logouts.put([*notices.values()], now)
    return True


async def _still_known(provider: Provider, client_id: str) -> Client | None:
    """Answer with a client, unless the federation does not vouch for it any more."""
    try:
        return await provider.clients.find(client_id)
    except InvalidClient:
        return None


async def end_grants_of(provider: Provider, account: str, client: str | None = None) -> None:
    """End all that a person gave to a client, or to all of them, and the tokens that come of it."""
    now = provider.clock()
    ended = await provider.grants.end_of_client(account, client, now)
    if ended:
        await provider.withdrawals.note(
            [withdrawal(provider, f"grant:{gid}", now) for gid in ended]
        )


def withdrawal(provider: Provider, name: str, now: datetime) -> Withdrawal:
    """Write down that the tokens of a name end now."""
    lifetime = provider.profile.lifetimes.access_token
    return Withdrawal(name=name, at=now, expires_at=now + 2 * lifetime)
