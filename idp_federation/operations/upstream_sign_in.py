"""Back from a provider: who signed in or stepped up there begins or raises a session here."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import urlencode

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST
from idp_federation.assurance.service_class import Requirement
from idp_federation.oidc.cookies import Browser, session_cookie
from idp_federation.oidc.errors import InvalidRequest, UnmetAuthenticationRequirements
from idp_federation.oidc.session import Account, Held, NewSession, SignedIn
from idp_federation.operations.account_links import note_link, proofing_here
from idp_federation.operations.auditing import note_signed_in
from idp_federation.operations.authorize import refuse_interaction
from idp_federation.operations.interactions import (
    Asked,
    Interaction,
    open_interaction,
    resume_url,
)
from idp_federation.operations.sessions import (
    begin_session,
    end_session,
    find_session,
    raise_session,
)
from idp_federation.operations.upstream_visits import Returned, believe
from idp_federation.relying_party.account_link import (
    Link,
    ShownSignIn,
    sign_in_of,
    worth_upstream,
)
from idp_federation.relying_party.attempt import Attempt
from idp_federation.relying_party.errors import UpstreamDenied
from idp_federation.relying_party.person import UpstreamPerson
from idp_federation.relying_party.upstream import Kind, Upstream
from idp_federation.relying_party_ports import RelyingParty, UpstreamSession
from joint_use import AuditKind

_ID_LENGTH = 22
_EVERY_PROOF = frozenset(Proof)


class Notice(Enum):
    """Why somebody is back on the page that she came from; a word for its address."""

    DENIED = "denied"
    NO_ACCOUNT = "no-account"
    OTHER_ACCOUNT = "other-account"
    ACCOUNT_CLOSED = "account-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """Where a browser goes next, and the session that it has got.

    Args:
        goto: the address.
        tenant: at which municipality.
        session: the new cookie; None: it keeps what it has.
    """

    goto: str
    tenant: str
    session: NewSession | None = None


async def finish_upstream_sign_in(
    rp: RelyingParty, returned: Returned, browser: Browser, *, agent: str
) -> CameBack:
    """Begin or raise a session by what a browser brings from a provider.

    Raises:
        InvalidRequest: the interaction is over.
        AnswerRefused, UpstreamUnavailable: the answer does not count, or cannot be had.
    """
    provider, attempt = rp.provider, returned.attempt
    interaction: Interaction | None = None
    if attempt.interaction is not None:
        interaction = await open_interaction(provider, attempt.interaction, browser=browser.id)
    try:
        person = await believe(rp, returned)
    except UpstreamDenied as denied:
        if interaction is None or denied.error != UnmetAuthenticationRequirements.code:
            return _back(rp, attempt, interaction, Notice.DENIED)
        unmet = UnmetAuthenticationRequirements(f"{attempt.upstream} cannot reach the levels")
        goto = await refuse_interaction(provider, interaction.id, unmet, browser=browser)
        return CameBack(goto=goto, tenant=attempt.tenant)
    arrival = await _arrived(rp, returned, person, interaction)
    if interaction is not None and interaction.asked is Asked.STEP_UP:
        return await _stepped_up(rp, interaction, arrival, browser)
    return await _signed_in(rp, arrival, browser, agent=agent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """Somebody who has come back, and is believed to be who the provider says."""

    upstream: Upstream
    attempt: Attempt
    interaction: Interaction | None
    person: UpstreamPerson
    shown: ShownSignIn
    link: Link | None
    decision: Decision

    def signed_in(self, account: str, rp: RelyingParty) -> SignedIn:
        """Say who has signed in, and how."""
        token = self.person.token
        held = Held(
            levels=self.decision.held,
            proofs=self.decision.proofs,
            valid_until=self.decision.valid_until,
            decision=self.decision.record(),
        )
        return SignedIn(
            account=account,
            tenant=self.attempt.tenant,
            held=held,
            amr=token.amr or frozenset(),
            auth_time=self._auth_time(rp),
            issuer=self.upstream.issuer,
        )

    def _auth_time(self, rp: RelyingParty) -> datetime:
        """Say when she authenticated; where it is not told, as long ago as can be.

        Seconds are whole, and clocks differ: who was asked to do so anew did it after that.
        """
        now, told = rp.provider.clock(), self.person.token.auth_time
        if told is None:
            return now - rp.provider.profile.lifetimes.session
        earliest = self.attempt.asked_at if self.attempt.wish.fresh else told
        return min(max(told, earliest), now)


async def _arrived(
    rp: RelyingParty, returned: Returned, person: UpstreamPerson, interaction: Interaction | None
) -> _Arrival:
    """Reckon from scratch what a sign-in is worth; nothing of an earlier one is kept."""
    now, profile = rp.provider.clock(), rp.provider.profile
    attempt, upstream, subject = returned.attempt, returned.upstream, person.token.subject
    shown = ShownSignIn.of(person, now)
    link = await rp.links.find(attempt.tenant, upstream.id, subject)
    ends_at = now + profile.lifetimes.session
    linked = None if link is None else await proofing_here(rp, link, now)
    if upstream.kind is Kind.PEER:
        decision = await rp.peers.worth(
            sign_in_of(upstream, subject, shown, ends_at=ends_at),
            tenant=attempt.tenant,
            client="" if interaction is None else interaction.client,
            requirement=Requirement(levels=attempt.wish.required, proofs=attempt.wish.proofs),
            linked=linked,
        )
    else:
        decision = worth_upstream(
            upstream,
            subject,
            shown,
            requirement=Requirement(levels=attempt.wish.required, proofs=_EVERY_PROOF),
            anchor=profile.anchor,
            ends_at=ends_at,
            now=now,
            linked=linked,
        )
    return _Arrival(
        upstream=upstream,
        attempt=attempt,
        interaction=interaction,
        person=person,
        shown=shown,
        link=link,
        decision=decision,
    )


async def _signed_in(
    rp: RelyingParty, arrival: _Arrival, browser: Browser, *, agent: str
) -> CameBack:
    """Begin a session of the account that is linked, or of a new one; the one before ends."""
    link, attempt = arrival.link, arrival.attempt
    if link is None:
        if not arrival.upstream.opens_accounts:
            return _back(rp, attempt, arrival.interaction, Notice.NO_ACCOUNT)
        link = await _opened(rp, arrival)
    if await rp.provider.accounts.find(link.account) is None:
        return _back(rp, attempt, arrival.interaction, Notice.ACCOUNT_CLOSED)
    await rp.links.show(link, arrival.shown)
    signed_in = arrival.signed_in(link.account, rp)
    cookie = browser.cookies.get(session_cookie(rp.provider.profile, attempt.tenant))
    before = await find_session(rp.provider, cookie, attempt.tenant)
    if before is not None:
        await end_session(rp.provider, before.sid)
    begun = await begin_session(rp.provider, signed_in, agent=agent)
    await note_signed_in(rp.provider, AuditKind.SIGN_IN, signed_in)
    return await _came_back(rp, arrival, begun)


async def _stepped_up(
    rp: RelyingParty, interaction: Interaction, arrival: _Arrival, browser: Browser
) -> CameBack:
    """Raise the session, if it is of the same person and what is asked for is reached.

    Otherwise it stays as it is, and the client is told what it did not get.
    """
    provider, link, attempt = rp.provider, arrival.link, arrival.attempt
    cookie = browser.cookies.get(session_cookie(provider.profile, attempt.tenant))
    session = await find_session(provider, cookie, attempt.tenant)
    if session is None or cookie is None or session.sid != interaction.sid:
        raise InvalidRequest("Session that is to be raised has ended; right is to sign in again")
    if link is None or link.account != session.signed_in.account:
        return _back(rp, attempt, interaction, Notice.OTHER_ACCOUNT)
    await rp.links.show(link, arrival.shown)
    signed_in = arrival.signed_in(link.account, rp)
    reached = signed_in.held.levels.satisfies(attempt.wish.required)
    if not reached or not attempt.wish.proofs <= signed_in.held.proofs:
        return CameBack(goto=_onward(rp, attempt), tenant=attempt.tenant)
    raised = await raise_session(provider, cookie, signed_in)
    await note_signed_in(provider, AuditKind.STEP_UP, signed_in)
    return await _came_back(rp, arrival, raised)


async def _came_back(rp: RelyingParty, arrival: _Arrival, session: NewSession) -> CameBack:
    token, attempt = arrival.person.token, arrival.attempt
    source = UpstreamSession(issuer=arrival.upstream.issuer, subject=token.subject, sid=token.sid)
    await rp.links.note_session(session.session.sid, source)
    return CameBack(goto=_onward(rp, attempt), tenant=attempt.tenant, session=session)


async def _opened(rp: RelyingParty, arrival: _Arrival) -> Link:
    """Open an account for who comes for the first time; of two at once one does.

    Nobody has proven anything about it here, so the link carries nothing to other sign-ins.
    """
    provider, tenant = rp.provider, arrival.attempt.tenant
    account = Account(
        id=provider.random()[:_ID_LENGTH], tenant=tenant, claims=arrival.person.claims
    )
    issuer, subject = arrival.upstream.issuer, arrival.person.token.subject
    link = Link(
        account=account.id,
        tenant=tenant,
        upstream=arrival.upstream.id,
        issuer=issuer,
        subject=subject,
        local_levels=LOWEST,
        upstream_levels=arrival.decision.held,
        made_at=provider.clock(),
        shown=arrival.shown,
    )
    if await rp.links.open(account, link):
        await note_link(rp, link, "account opened")
        return link
    found = await rp.links.find(tenant, link.upstream, subject)
    if found is None:
        raise InvalidRequest("Link was ended meanwhile; right is to sign in again")
    return found


def _onward(rp: RelyingParty, attempt: Attempt) -> str:
    """Name the address where somebody goes on."""
    if attempt.interaction is not None:
        return resume_url(rp.provider, attempt.interaction)
    return f"{rp.provider.profile.url('account')}?{urlencode({'tenant': attempt.tenant})}"


def _back(
    rp: RelyingParty, attempt: Attempt, interaction: Interaction | None, notice: Notice
) -> CameBack:
    """Send a browser back to the page that it came from, with a word to tell why."""
    if interaction is None:
        page, query = Asked.SIGN_IN, {"tenant": attempt.tenant}
    else:
        page, query = interaction.asked, {"interaction": interaction.id}
    told = urlencode({**query, "notice": notice.value})
    return CameBack(goto=f"{rp.provider.profile.url(page.value)}?{told}", tenant=attempt.tenant)
