"""What a member of a federation publishes: itself, its subordinates, its former keys.

Spec: OpenID Federation 1.0 §8.1, §8.2, §8.3, §8.7, §9
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp_federation.federation.entity_statement import ENTITY_STATEMENT, TrustMarkEntry
from idp_federation.federation.errors import (
    FederationError,
    InvalidSubject,
    InvalidTrustAnchor,
    NotFound,
)
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.membership import Subordinate
from idp_federation.federation.metadata import OPENID_PROVIDER, OPENID_RELYING_PARTY
from idp_federation.federation.own_statements import (
    HISTORICAL_KEYS,
    RESOLVE_RESPONSE,
    RetiredKey,
    configuration_claims,
    historical_claims,
    own_metadata,
    resolve_claims,
    subordinate_claims,
)
from idp_federation.federation_ports import Federation
from idp_federation.oidc.key_rotation import KeyUse
from idp_federation.operations.federation_membership import (
    require_administrator,
    require_member,
    require_superior,
    trusted_anchors,
)
from idp_federation.operations.trust_marks import shown_marks, valid_marks
from joint_use import Principal
from kit.json import JsonObject
from kit.jwt import sign


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Which subordinates are asked for; None: whichever (§8.2.1)."""

    entity_types: frozenset[str] = frozenset()
    is_intermediate: bool | None = None
    trust_marked: bool | None = None
    trust_mark_type: str | None = None


async def own_configuration(federation: Federation) -> str:
    """Answer with what this platform says of itself, signed.

    Raises:
        NotFound: it is in no federation.
    """
    member = await require_member(federation)
    now = federation.clock()
    others: dict[str, JsonObject] = {}
    if member.is_provider:
        others[OPENID_PROVIDER] = federation.provider_metadata
    relying_party = await federation.services.relying_party(member.name)
    if relying_party is not None:
        others[OPENID_RELYING_PARTY] = relying_party
    claims = configuration_claims(
        member,
        entity=federation.entity,
        keys=await federation.keys.published(),
        metadata=own_metadata(member, federation.address, others),
        marks=await shown_marks(federation),
        now=now,
        lifetime=federation.lifetime,
    )
    return sign(claims, await federation.keys.signer(), typ=ENTITY_STATEMENT)


async def statement_about(federation: Federation, subject: str) -> str:
    """Answer with what this platform says of a subordinate, signed.

    Spec: OpenID Federation 1.0 §8.1
    Raises:
        NotFound: it makes no statements, or none of this one.
        InvalidRequest: the subject is no Entity Identifier, or itself.
    """
    await require_superior(federation)
    found = await federation.subordinates.find(entity_id(subject))
    if found is None:
        raise NotFound(f"{federation.entity} makes no statement about {subject}", where="sub")
    claims = subordinate_claims(
        found,
        issuer=federation.entity,
        source=f"{federation.address}/fetch",
        now=federation.clock(),
        lifetime=federation.lifetime,
    )
    return sign(claims, await federation.keys.signer(), typ=ENTITY_STATEMENT)


async def list_subordinates(federation: Federation, asked: ListFilter) -> Sequence[str]:
    """List whom this platform makes statements of.

    Raises:
        NotFound: it makes none.
    """
    await require_superior(federation)
    found = [one for one in await federation.subordinates.every() if _fits(one, asked)]
    if asked.trust_marked is None and asked.trust_mark_type is None:
        return [one.entity for one in found]
    marks = await federation.issued_marks.active(
        federation.clock(), trust_mark_type=asked.trust_mark_type
    )
    marked = {mark.subject for mark in marks}
    wanted = asked.trust_marked is not False
    return [one.entity for one in found if (one.entity in marked) is wanted]


async def historical_keys(federation: Federation) -> str:
    """Answer with the keys that signed before, signed.

    Raises:
        NotFound: this platform is in no federation.
    """
    await require_member(federation)
    former = [
        RetiredKey(public=key.public, retired_at=key.since, is_revoked=key.use is KeyUse.REVOKED)
        for key in await federation.keys.former()
    ]
    claims = historical_claims(former, issuer=federation.entity, now=federation.clock())
    return sign(claims, await federation.keys.signer(), typ=HISTORICAL_KEYS)


async def resolve_subject(
    federation: Federation, subject: str, anchor: str, entity_types: frozenset[str]
) -> str:
    """Answer with what an entity's chain to an anchor comes to, signed.

    Spec: OpenID Federation 1.0 §8.3
    Raises:
        InvalidTrustAnchor: the anchor is not one of this platform's.
        InvalidSubject: no chain leads from the entity to it.
    """
    await require_member(federation)
    if anchor not in await trusted_anchors(federation):
        raise InvalidTrustAnchor(f"{anchor} is no trust anchor here", where="trust_anchor")
    try:
        chain = await federation.chains.chain_of(entity_id(subject))
    except FederationError as wrong:
        raise InvalidSubject(wrong.detail, where="sub") from wrong
    if chain.anchor != anchor:
        raise InvalidSubject(f"Trust chain of {subject} leads to {chain.anchor}", where="sub")
    metadata = {
        kind: told
        for kind, told in chain.metadata.items()
        if not entity_types or kind in entity_types
    }
    claims = resolve_claims(
        chain,
        issuer=federation.entity,
        metadata=metadata,
        marks=[
            TrustMarkEntry(trust_mark_type=one.trust_mark_type, token=one.token)
            for one in await valid_marks(federation, chain)
        ],
        now=federation.clock(),
        expires_at=chain.expires_at,
    )
    return sign(claims, await federation.keys.signer(), typ=RESOLVE_RESPONSE)


async def explain_chain(federation: Federation, principal: Principal, subject: str) -> JsonObject:
    """Tell an operator which way leads from an entity to an anchor, asked for anew.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        FederationError: none does.
    """
    require_administrator(principal)
    entity = entity_id(subject)
    federation.chains.forget(entity)
    chain = await federation.chains.chain_of(entity)
    return {
        "entity": chain.entity,
        "anchor": chain.anchor,
        "expires_at": chain.expires_at.isoformat(),
        "keys": [*chain.keys.keys],
        "statements": [
            {
                "issuer": one.issuer,
                "subject": one.subject,
                "expires_at": one.expires_at.isoformat(),
                "signed_by": one.jwt.kid,
                "constraints": one.jwt.claims.get("constraints"),
                "metadata_policy": one.metadata_policy,
            }
            for one in chain.statements
        ],
        "metadata": {**chain.metadata},
    }


def _fits(one: Subordinate, asked: ListFilter) -> bool:
    if asked.entity_types and not asked.entity_types & {*one.entity_types}:
        return False
    return asked.is_intermediate is None or asked.is_intermediate == one.is_intermediate
