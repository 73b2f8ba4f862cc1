"""The claims of what this platform signs as a member of a federation.

Spec: OpenID Federation 1.0 §3, §8
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp_federation.federation.entity_statement import TrustMarkEntry
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import Jwk, JwkSet
from idp_federation.federation.link import LINK_ENDPOINT, RECEIPT_ENDPOINT
from idp_federation.federation.membership import Member, Role, Subordinate
from idp_federation.federation.metadata import FEDERATION_ENTITY
from idp_federation.federation.trust_chain import TrustChain
from kit.json import JsonObject, JsonValue

HISTORICAL_KEYS = "jwk-set+jwt"
RESOLVE_RESPONSE = "resolve-response+jwt"

OF_EVERYBODY: Mapping[str, str] = {
    "federation_resolve_endpoint": "resolve",
    "federation_historical_keys_endpoint": "historical-keys",
    LINK_ENDPOINT: "link",
    RECEIPT_ENDPOINT: "receipts",
}
"""The endpoints of every member, each with its place."""

OF_SUPERIORS: Mapping[str, str] = {
    "federation_fetch_endpoint": "fetch",
    "federation_list_endpoint": "list",
    "federation_trust_mark_endpoint": "trust-mark",
    "federation_trust_mark_status_endpoint": "trust-mark-status",
    "federation_trust_mark_list_endpoint": "trust-mark-list",
}
"""Those of who has subordinates and issues trust marks; a leaf may not have them (§5.1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredKey:
    """A federation key that signs no more, or may not be believed any more at all."""

    public: Jwk
    retired_at: datetime
    is_revoked: bool


def configuration_claims(
    member: Member,
    *,
    entity: EntityId,
    keys: JwkSet,
    metadata: Mapping[str, JsonObject],
    marks: Sequence[TrustMarkEntry],
    now: datetime,
    lifetime: timedelta,
) -> JsonObject:
    """Write what this platform says of itself.

    Spec: OpenID Federation 1.0 §3.1, §9
    """
    claims: dict[str, JsonValue] = {
        "iss": entity,
        "sub": entity,
        "iat": _seconds(now),
        "exp": _seconds(now + lifetime),
        "jwks": keys.as_json(),
        "metadata": {**metadata},
    }
    if member.authority_hints:
        claims["authority_hints"] = [*member.authority_hints]
    if marks:
        claims["trust_marks"] = [
            {"trust_mark_type": one.trust_mark_type, "trust_mark": one.token} for one in marks
        ]
    if member.role is Role.ANCHOR and member.mark_issuers:
        claims["trust_mark_issuers"] = {
            kind: [*issuers] for kind, issuers in member.mark_issuers.items()
        }
    return claims


def federation_metadata(member: Member, address: str) -> JsonObject:
    """Write what a member tells of itself as such.

    Args:
        member: the member.
        address: what its endpoints begin with.

    Spec: OpenID Federation 1.0 §5.1.1, §5.2.2
    """
    places = {**OF_EVERYBODY, **(OF_SUPERIORS if member.role.has_subordinates else {})}
    told: dict[str, JsonValue] = {name: f"{address}/{place}" for name, place in places.items()}
    if member.name:
        told["organization_name"] = member.name
    if member.name_en:
        told["organization_name#en"] = member.name_en
    if member.contacts:
        told["contacts"] = [*member.contacts]
    return told


def subordinate_claims(
    subordinate: Subordinate,
    *,
    issuer: EntityId,
    source: str,
    now: datetime,
    lifetime: timedelta,
) -> JsonObject:
    """Write what this platform says of a subordinate.

    Spec: OpenID Federation 1.0 §3.1, §8.1.2
    """
    claims: dict[str, JsonValue] = {
        "iss": issuer,
        "sub": subordinate.entity,
        "iat": _seconds(now),
        "exp": _seconds(now + lifetime),
        "jwks": subordinate.keys.as_json(),
        "source_endpoint": source,
    }
    terms: dict[str, JsonValue] = {
        "metadata": {**subordinate.metadata},
        "metadata_policy": subordinate.metadata_policy,
        "constraints": subordinate.constraints,
    }
    return {**claims, **{name: one for name, one in terms.items() if one}}


def historical_claims(keys: Sequence[RetiredKey], *, issuer: EntityId, now: datetime) -> JsonObject:
    """Write which keys have signed before, until when, and which must not be believed.

    Spec: OpenID Federation 1.0 §8.7.2
    """
    return {"iss": issuer, "iat": _seconds(now), "keys": [_retired(one) for one in keys]}


def resolve_claims(
    chain: TrustChain,
    *,
    issuer: EntityId,
    metadata: Mapping[str, JsonObject],
    marks: Sequence[TrustMarkEntry],
    now: datetime,
    expires_at: datetime,
) -> JsonObject:
    """Write what an entity's trust chain comes to.

    Spec: OpenID Federation 1.0 §8.3.2
    """
    return {
        "iss": issuer,
        "sub": chain.entity,
        "iat": _seconds(now),
        "exp": _seconds(min(expires_at, chain.expires_at)),
        "metadata": {**metadata},
        "trust_chain": [*chain_tokens(chain)],
        "trust_marks": [
            {"trust_mark_type": one.trust_mark_type, "trust_mark": one.token} for one in marks
        ],
    }


def chain_tokens(chain: TrustChain) -> tuple[str, ...]:
    """List the statements of a chain, from its subject's own to the anchor's."""
    between = [one.jwt.token for one in chain.statements]
    last = chain.anchor_configuration
    end = [last.jwt.token] if last is not None and chain.statements else []
    return (chain.subject.jwt.token, *between, *end)


def own_metadata(
    member: Member, address: str, others: Mapping[str, JsonObject]
) -> Mapping[str, JsonObject]:
    """Put together what a member tells of itself, by Entity Type."""
    return {FEDERATION_ENTITY: federation_metadata(member, address), **others}


def _retired(key: RetiredKey) -> JsonObject:
    ended = _seconds(key.retired_at)
    if not key.is_revoked:
        return {**key.public, "exp": ended}
    revoked: JsonObject = {"revoked_at": ended, "reason": "compromised"}
    return {**key.public, "exp": ended, "revoked": revoked}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
