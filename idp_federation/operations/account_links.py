"""Links to accounts at providers: made in one sitting, seen and ended by whose they are.

A sign-in has its levels from one side. What the other side's proofing can add is capped by the
levels of both sides at the moment when the link was made (`relying_party/account_link.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from idp_federation.accounts.worth import held_of
from idp_federation.assurance.levels import LOWEST, shown
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount
from idp_federation.oidc.cookies import Browser, session_cookie
from idp_federation.oidc.errors import LoginRequired
from idp_federation.oidc.session import Account, Session
from idp_federation.operations.sessions import end_session, find_session, sessions_of
from idp_federation.operations.upstream_visits import (
    Returned,
    believe,
    new_attempt,
    offered_upstream,
    send_to,
)
from idp_federation.relying_party.account_link import (
    Link,
    ShownSignIn,
    is_one_sitting,
    linked_upstream,
    worth_upstream,
)
from idp_federation.relying_party.attempt import Wish
from idp_federation.relying_party.errors import UpstreamDenied
from idp_federation.relying_party.person import UpstreamPerson, contradiction
from idp_federation.relying_party.upstream import Upstream
from idp_federation.relying_party_ports import RelyingParty
from joint_use import AuditEvent, AuditKind, AuditOutcome, Party
from kit.json import JsonObject

_SITTING = timedelta(minutes=15)


class Linked(Enum):
    """What became of an attempt to link; a word for the address of the page."""

    DONE = "linked"
    DENIED = "denied"
    OTHER_PERSON = "other-person"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """A link as its owner sees it.

    Args:
        link: the link.
        upstream: the provider.
    """

    link: Link
    upstream: Upstream


async def links_of(rp: RelyingParty, account: str) -> Sequence[OwnLink]:
    """List an account's links with their providers."""
    found = [
        (one, await rp.upstreams.find(one.upstream)) for one in await rp.links.of_account(account)
    ]
    return [OwnLink(link=link, upstream=one.upstream) for link, one in found if one is not None]


async def linkable(rp: RelyingParty, tenant: str) -> Sequence[Upstream]:
    """List the providers that people of a municipality can link."""
    return [
        one.upstream for one in await rp.upstreams.every() if one.upstream.is_offered_at(tenant)
    ]


async def begin_link(rp: RelyingParty, session: Session, name: str, browser: Browser) -> str:
    """Send who is signed in to a provider, to sign in there anew and link; answers with where to.

    Raises:
        LoginRequired: she signed in too long ago for one sitting, or by this very provider.
        UpstreamUnavailable: the provider is not offered, or does not answer.
    """
    provider, who = rp.provider, session.signed_in
    upstream = await offered_upstream(rp, name, who.tenant)
    _require_sitting(session, upstream, provider.clock())
    attempt = new_attempt(rp, upstream, who.tenant, Wish(required=LOWEST, fresh=True))
    return await send_to(rp, upstream, replace(attempt, sid=session.sid), browser)


async def finish_link(rp: RelyingParty, returned: Returned, browser: Browser) -> Linked:
    """Link the account that is signed in here to the one that has just been shown there.

    Raises:
        LoginRequired: the session has ended, is another, or is no longer of this sitting.
        AnswerRefused, UpstreamUnavailable: the answer does not count, or cannot be had.
    """
    provider, attempt, upstream = rp.provider, returned.attempt, returned.upstream
    cookie = browser.cookies.get(session_cookie(provider.profile, attempt.tenant))
    session = await find_session(provider, cookie, attempt.tenant)
    if session is None or session.sid != attempt.sid:
        raise LoginRequired("Session that began the link has ended; right is to sign in again")
    try:
        person = await believe(rp, returned)
    except UpstreamDenied:
        return Linked.DENIED
    now = provider.clock()
    _require_sitting(session, upstream, now)
    account = await provider.accounts.find(session.signed_in.account)
    if account is None:
        raise LoginRequired("Account was closed meanwhile")
    link = _link(rp, session, upstream, person, now)
    differing = _differing(account, person, link)
    if differing is not None:
        await note_link(rp, link, "linked", refused=f"the accounts differ in {differing}")
        return Linked.OTHER_PERSON
    if not await rp.links.make(link):
        await note_link(rp, link, "linked", refused="one of the accounts is linked to another")
        return Linked.TAKEN
    await note_link(rp, link, "linked")
    return Linked.DONE


async def unlink(rp: RelyingParty, account: str, name: str, *, has_factors: bool) -> bool:
    """End a link, and the sessions that came by it; answers whether it ended.

    Args:
        rp: the ports.
        account: whose.
        name: the provider's.
        has_factors: whether she can sign in here; otherwise the last link stays.
    """
    links = await rp.links.of_account(account)
    link = next((one for one in links if one.upstream == name), None)
    if link is None or not (has_factors or len(links) > 1):
        return False
    if not await rp.links.end(account, name, rp.provider.clock()):
        return False
    for session in await sessions_of(rp.provider, account):
        if session.signed_in.issuer == link.issuer:
            await end_session(rp.provider, session.sid)
    await note_link(rp, link, "unlinked")
    return True


async def proofing_there(rp: RelyingParty, account: str, now: datetime) -> LinkedAccount | None:
    """Say what a sign-in here can have of the accounts at providers: of the best proofed one."""
    own = await links_of(rp, account)
    anchor = rp.provider.profile.anchor
    found = [linked_upstream(one.link, one.upstream, anchor=anchor, now=now) for one in own]
    helping = [one for one in found if one is not None]
    return max(
        helping, key=lambda one: (one.link.made_at.authentication, one.held.proofing), default=None
    )


async def proofing_here(rp: RelyingParty, link: Link, now: datetime) -> LinkedAccount | None:
    """Say what a sign-in at a provider can have of the account here; None: nothing."""
    account = await rp.provider.accounts.find(link.account)
    if account is None:
        return None
    held = held_of(
        account,
        frozenset(),
        profile=rp.provider.profile,
        proofing_lasts=rp.proofing_lasts,
        auth_time=now,
        now=now,
    )
    if held.levels.proofing <= LOWEST.proofing:
        return None
    return LinkedAccount(held=held.levels, link=link.of_local_account, valid_until=held.valid_until)


def _link(
    rp: RelyingParty, session: Session, upstream: Upstream, person: UpstreamPerson, now: datetime
) -> Link:
    told = ShownSignIn.of(person, now)
    decision = worth_upstream(
        upstream,
        person.token.subject,
        told,
        requirement=Requirement(),
        anchor=rp.provider.profile.anchor,
        ends_at=session.expires_at,
        now=now,
    )
    return Link(
        account=session.signed_in.account,
        tenant=session.signed_in.tenant,
        upstream=upstream.id,
        issuer=upstream.issuer,
        subject=person.token.subject,
        local_levels=session.signed_in.held.levels,
        upstream_levels=decision.held,
        made_at=now,
        shown=told,
    )


def _require_sitting(session: Session, upstream: Upstream, now: datetime) -> None:
    """See that she has just signed in here, by herself and not by the provider to be linked."""
    if session.signed_in.issuer == upstream.issuer:
        raise LoginRequired("Session comes from this provider; right is to sign in here by oneself")
    if not is_one_sitting(session.signed_in.auth_time, now, _SITTING):
        raise LoginRequired("Sign-in is too old to link an account; right is to sign in again")


def _differing(account: Account, person: UpstreamPerson, link: Link) -> str | None:
    """Name the claim by which two accounts, of which one is proofed, are not of one person.

    Otherwise one person's proofing would vouch for what another says of herself.
    """
    if max(link.local_levels.proofing, link.upstream_levels.proofing) <= LOWEST.proofing:
        return None
    verified: JsonObject = {}
    for one in person.verifications:
        claims = one.told.get("claims")
        verified |= claims if isinstance(claims, dict) else {}
    return contradiction(account.claims, person.claims) or contradiction(account.claims, verified)


async def note_link(rp: RelyingParty, link: Link, what: str, *, refused: str = "") -> None:
    """Write down for good what was done to a link."""
    await rp.provider.audit.record(
        AuditEvent(
            kind=AuditKind.ACCOUNT_CHANGE,
            outcome=AuditOutcome.FAILED if refused else AuditOutcome.DONE,
            by=Party.person(link.account),
            tenant=link.tenant,
            what=what,
            reason=refused,
            facts={
                "provider": link.upstream,
                "local_levels": shown(link.local_levels),
                "upstream_levels": shown(link.upstream_levels),
            },
        )
    )


class LinkedUpstreams:
    """What sign-ins here have of accounts at providers; satisfies `LinkedProofing`.

    Args:
        rp: the ports.
    """

    def __init__(self, rp: RelyingParty) -> None:
        self._rp = rp

    async def of(self, account: str, now: datetime) -> LinkedAccount | None:
        """Answer with what a sign-in here can have of the best proofed account elsewhere."""
        return await proofing_there(self._rp, account, now)
