"""Links between an account of this platform and one at a provider, and what each side can give.

A link is made in one sitting, by somebody who has just signed in at both. Each side's levels at
that moment are kept with it; whatever passes over the link later is capped by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.levels import HIGHEST, LOWEST
from idp_federation.assurance.link import AccountLink
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, SignIn, Terms, UpstreamTrust
from idp_federation.assurance.worth import NEVER
from idp_federation.oidc.jwt import texts
from idp_federation.relying_party.person import UpstreamPerson, Verification, verifications_of
from idp_federation.relying_party.upstream import Kind, Upstream
from joint_use import Levels
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSignIn:
    """What a provider last said of a person, as far as levels are reckoned of it.

    Args:
        acr: the class of her sign-in there.
        amr: the methods; None where it does not tell.
        auth_time: when she authenticated; None where it does not tell.
        verifications: what it has verified.
        at: when it said so.
    """

    acr: str | None
    amr: frozenset[str] | None
    auth_time: datetime | None
    verifications: tuple[Verification, ...]
    at: datetime

    @classmethod
    def of(cls, person: UpstreamPerson, now: datetime) -> "ShownSignIn":
        """Take what counts out of what a provider says."""
        token = person.token
        return cls(
            acr=token.acr,
            amr=token.amr,
            auth_time=token.auth_time,
            verifications=person.verifications,
            at=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link.

    Args:
        account: the account here.
        tenant: its municipality.
        upstream: the provider's name here.
        issuer: the provider's identifier.
        subject: whom it knows the person as.
        local_levels: those of the account here when the link was made.
        upstream_levels: those of the sign-in at the provider then.
        made_at: when.
        shown: what the provider said last.
    """

    account: str
    tenant: str
    upstream: str
    issuer: str
    subject: str
    local_levels: Levels
    upstream_levels: Levels
    made_at: datetime
    shown: ShownSignIn = field(repr=False)

    @property
    def of_local_account(self) -> AccountLink:
        """What a sign-in at the provider can have of the account here."""
        return AccountLink(made_at=Levels(self.local_levels.proofing, self._authentication))

    @property
    def of_upstream_account(self) -> AccountLink:
        """What a sign-in here can have of the account at the provider."""
        return AccountLink(made_at=Levels(self.upstream_levels.proofing, self._authentication))

    @property
    def _authentication(self) -> int:
        return min(self.local_levels.authentication, self.upstream_levels.authentication)


def worth_upstream(
    upstream: Upstream,
    subject: str,
    shown: ShownSignIn,
    *,
    requirement: Requirement,
    anchor: str,
    ends_at: datetime,
    now: datetime,
    linked: LinkedAccount | None = None,
) -> Decision:
    """Decide what a sign-in at a provider is worth, by its table as it is now.

    Args:
        upstream: the provider.
        subject: whom it knows the person as.
        shown: what it said.
        requirement: what is required.
        anchor: the domain whose acr values are the framework's own.
        ends_at: when the session here ends.
        now: the present instant.
        linked: the account here, where its proofing may help.
    """
    sign_in = sign_in_of(upstream, subject, shown, ends_at=ends_at)
    terms = Terms(anchor=anchor, accreditors=frozenset(), caps={}, local_ceiling=HIGHEST)
    return reconcile(
        sign_in,
        trust=UpstreamTrust(mapping=upstream.mapping),
        terms=terms,
        requirement=requirement,
        now=now,
        linked=linked,
    )


def sign_in_of(
    upstream: Upstream, subject: str, shown: ShownSignIn, *, ends_at: datetime
) -> SignIn:
    """Write a sign-in at a provider as levels are reckoned of it."""
    return SignIn(
        issuer=upstream.issuer,
        subject=subject,
        session_expires_at=ends_at,
        auth_time=shown.auth_time,
        acr=shown.acr,
        amr=shown.amr,
        verified_claims=tuple(one.read for one in shown.verifications),
        source=upstream.source,
    )


def linked_upstream(
    link: Link, upstream: Upstream, *, anchor: str, now: datetime
) -> LinkedAccount | None:
    """Say what a sign-in here can have of an account at a provider now; None: nothing.

    Everything is reckoned of what the provider said last: evidence gets too old, and a table that
    has changed since counts as it is now. What another platform of the federation said counts for
    nothing later: its attested map may have been revoked since.
    """
    if upstream.kind is Kind.PEER or upstream.disabled:
        return None
    decision = worth_upstream(
        upstream,
        link.subject,
        link.shown,
        requirement=Requirement(),
        anchor=anchor,
        ends_at=NEVER,
        now=now,
    )
    if decision.held.proofing <= LOWEST.proofing:
        return None
    return LinkedAccount(
        held=decision.held, link=link.of_upstream_account, valid_until=decision.valid_until
    )


def told_verifications(link: Link, upstream: Upstream, now: datetime) -> Sequence[JsonObject]:
    """List what may be told to clients of what a provider has verified: what its table accepts."""
    unproven = upstream.ceiling.proofing <= LOWEST.proofing
    if unproven or upstream.disabled or upstream.kind is Kind.PEER:
        return []
    fitting = ((one, upstream.mapping.rule_for(one.read, now)) for one in link.shown.verifications)
    return [one.told for one, rule in fitting if rule is not None and rule.proofing > 1]


def shown_as_json(shown: ShownSignIn) -> JsonObject:
    """Write down what a provider said."""
    return {
        "acr": shown.acr,
        "amr": None if shown.amr is None else [*sorted(shown.amr)],
        "auth_time": None if shown.auth_time is None else shown.auth_time.isoformat(),
        "verified_claims": [one.told for one in shown.verifications],
        "at": shown.at.isoformat(),
    }


def shown_from_json(kept: JsonObject, *, issuer: str, subject: str) -> ShownSignIn:
    """Read what `shown_as_json` wrote."""
    amr, auth_time = kept["amr"], kept["auth_time"]
    return ShownSignIn(
        acr=cast("str | None", kept["acr"]),
        amr=None if amr is None else frozenset(texts(amr)),
        auth_time=None if auth_time is None else datetime.fromisoformat(str(auth_time)),
        verifications=verifications_of(
            cast("list[JsonValue]", kept["verified_claims"]), issuer=issuer, subject=subject
        ),
        at=datetime.fromisoformat(str(kept["at"])),
    )


def is_one_sitting(auth_time: datetime, now: datetime, longest: timedelta) -> bool:
    """Tell whether a sign-in is recent enough to link an account in the same sitting."""
    return now - auth_time <= longest
