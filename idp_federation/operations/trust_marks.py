"""Trust marks: issued, renewed and revoked by operators; told of to whoever asks; shown.

Spec: OpenID Federation 1.0 §7, §8.4, §8.5, §8.6
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from idp_federation.assurance.assurance_map import CLAIM
from idp_federation.assurance.mapping import read_mapping
from idp_federation.federation.claims import Claims
from idp_federation.federation.entity_statement import TrustMarkEntry
from idp_federation.federation.errors import FederationError, InvalidRequest, NotFound
from idp_federation.federation.identifiers import EntityId, entity_id
from idp_federation.federation.issued_mark import IssuedMark, mark_claims, status_claims
from idp_federation.federation.jwt import unverified_claims
from idp_federation.federation.trust_chain import TrustChain
from idp_federation.federation.trust_mark import (
    STATUS_RESPONSE,
    TRUST_MARK,
    TrustMark,
    validate_trust_mark,
)
from idp_federation.federation_ports import Federation
from idp_federation.operations.federation_membership import (
    require_administrator,
    require_superior,
)
from joint_use import Principal
from kit.json import JsonObject
from kit.jwt import bears_signature, sign

MAX_MARKS = 8
"""So many trust marks of one entity are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMark:
    """A trust mark that an operator wants to be issued.

    Args:
        trust_mark_type: what it attests.
        subject: of whom.
        content: claims beyond the standard's.
        lasts: how long.
    """

    trust_mark_type: str
    subject: str
    content: JsonObject = field(default_factory=dict)
    lasts: timedelta


async def issue_mark(
    federation: Federation, principal: Principal, wanted: WantedMark
) -> IssuedMark:
    """Issue a trust mark.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: this platform issues none.
        InvalidRequest: the subject is this platform, or the mark has no end.
        InvalidMapping: the table of an assurance map breaks a rule.
    """
    require_administrator(principal)
    await require_superior(federation)
    subject = entity_id(wanted.subject)
    if subject == federation.entity:
        raise InvalidRequest("A trust mark about oneself counts for nothing", where="subject")
    if wanted.lasts <= timedelta():
        raise InvalidRequest("A trust mark lasts for a while", where="lasts")
    if wanted.trust_mark_type == federation.map_type:
        read_mapping(wanted.content.get(CLAIM), anchor=federation.anchor)
    now = federation.clock()
    return await _issued(
        federation,
        IssuedMark(
            trust_mark_type=wanted.trust_mark_type,
            subject=subject,
            content=wanted.content,
            issued_at=now,
            expires_at=now + wanted.lasts,
            token="",
            issued_by=principal.subject,
        ),
    )


async def renew_mark(
    federation: Federation, principal: Principal, number: int, lasts: timedelta
) -> IssuedMark:
    """Issue a mark again, for a further while; the one before counts until its own end.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: there is no such mark.
        InvalidRequest: it was revoked.
    """
    require_administrator(principal)
    known = await _numbered(federation, number)
    if known.revoked_at is not None:
        raise InvalidRequest(f"Trust mark {number} was revoked; right is to issue another")
    now = federation.clock()
    again = replace(
        known, issued_at=now, expires_at=now + lasts, issued_by=principal.subject, number=None
    )
    return await _issued(federation, again)


async def revoke_mark(
    federation: Federation, principal: Principal, number: int, reason: str
) -> IssuedMark:
    """Let a mark count no more, from now on.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: there is no such mark.
    """
    require_administrator(principal)
    await _numbered(federation, number)
    by, now = principal.subject, federation.clock()
    await federation.issued_marks.revoke(number, by=by, at=now, reason=reason)
    return await _numbered(federation, number)


async def list_marks(federation: Federation, principal: Principal) -> Sequence[IssuedMark]:
    """List the marks that were ever issued here.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    require_administrator(principal)
    return await federation.issued_marks.every()


async def mark_status(federation: Federation, token: str) -> str:
    """Answer whether a mark of this platform's counts now, signed.

    Raises:
        NotFound: it is none of this platform's.
    """
    mark = await federation.issued_marks.of_token(token)
    if mark is None:
        raise NotFound("Trust mark is none that was issued here", where="trust_mark")
    now = federation.clock()
    claims = status_claims(token, mark.status(now), issuer=federation.entity, now=now)
    return sign(claims, await federation.keys.signer(), typ=STATUS_RESPONSE)


async def mark_of(federation: Federation, trust_mark_type: str, subject: str) -> str:
    """Answer with the latest mark of a type that somebody has.

    Raises:
        NotFound: there is none that counts.
    """
    found = await federation.issued_marks.active(
        federation.clock(), trust_mark_type=trust_mark_type, subject=entity_id(subject)
    )
    if not found:
        raise NotFound(f"{subject} has no trust mark of this type from here")
    return found[0].token


async def marked_subjects(
    federation: Federation, trust_mark_type: str, subject: str | None
) -> Sequence[str]:
    """List who has a mark of a type that counts."""
    found = await federation.issued_marks.active(
        federation.clock(), trust_mark_type=trust_mark_type, subject=subject
    )
    return sorted({mark.subject for mark in found})


async def shown_marks(federation: Federation) -> Sequence[TrustMarkEntry]:
    """Answer with the marks that this platform shows of itself."""
    return [
        TrustMarkEntry(trust_mark_type=one.trust_mark_type, token=one.token)
        for one in await federation.held_marks.held()
        if one.token is not None
    ]


async def valid_marks(federation: Federation, chain: TrustChain) -> Sequence[TrustMark]:
    """Choose those marks of an entity that its anchor's word makes valid.

    Whether they were revoked since is their issuer's to say.
    """
    valid: list[TrustMark] = []
    for entry in chain.subject.trust_marks[:MAX_MARKS]:
        try:
            valid.append(await believed_mark(federation, entry.token, chain.entity))
        except FederationError:
            continue
    return valid


async def believed_mark(federation: Federation, token: str, subject: EntityId) -> TrustMark:
    """Believe a mark that an entity shows.

    Raises:
        FederationError: it does not count.
    """
    issuer = Claims(unverified_claims(token), "Trust mark", InvalidRequest).entity("iss")
    return validate_trust_mark(
        token,
        subject=subject,
        issuer_chain=await federation.chains.chain_of(issuer),
        now=federation.clock(),
        verify=bears_signature,
    )


async def _issued(federation: Federation, mark: IssuedMark) -> IssuedMark:
    claims = mark_claims(mark, federation.entity)
    token = sign(claims, await federation.keys.signer(), typ=TRUST_MARK)
    signed = replace(mark, token=token)
    return replace(signed, number=await federation.issued_marks.add(signed))


async def _numbered(federation: Federation, number: int) -> IssuedMark:
    mark = await federation.issued_marks.numbered(number)
    if mark is None:
        raise NotFound(f"Trust mark {number} does not exist")
    return mark
