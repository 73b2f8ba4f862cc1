"""Trust marks: statements of conformance, believed only under the eyes of a trust anchor.

Spec: OpenID Federation 1.0 §7, §8.4
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from idp_federation.federation.claims import Claims
from idp_federation.federation.entity_statement import EntityConfiguration
from idp_federation.federation.errors import InvalidTrustMark
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet, SignedJwt, Verify, check_signature, read_jwt
from idp_federation.federation.trust_chain import TrustChain
from kit.json import JsonObject

TRUST_MARK = "trust-mark+jwt"
DELEGATION = "trust-mark-delegation+jwt"
STATUS_RESPONSE = "trust-mark-status-response+jwt"


class Status(Enum):
    """What the issuer says of a trust mark now; another word of its counts as invalid."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustMark:
    """A trust mark that was found valid; only `validate_trust_mark` makes one.

    Args:
        trust_mark_type: what it attests.
        issuer: who attests it.
        subject: of whom.
        anchor: under which trust anchor this holds.
        issued_at: since when.
        expires_at: until when at most, its issuer's chain and delegation reckoned in.
        open_to_all: whether the anchor lets anybody issue marks of this type.
        claims: all of its claims.
        token: the JWT.
    """

    trust_mark_type: str
    issuer: EntityId
    subject: EntityId
    anchor: EntityId
    issued_at: datetime
    expires_at: datetime
    open_to_all: bool
    claims: JsonObject
    token: str


def validate_trust_mark(
    token: str, *, subject: EntityId, issuer_chain: TrustChain, now: datetime, verify: Verify
) -> TrustMark:
    """Validate a trust mark that an entity shows.

    Args:
        token: the trust mark.
        subject: the entity whose configuration carries it.
        issuer_chain: the valid chain from the mark's issuer to an anchor, its configuration in it.
        now: the present instant.
        verify: tells whether a token is signed by a key.

    Spec: OpenID Federation 1.0 §7.3
    Raises:
        InvalidJwt: it is no trust mark, or not signed by its issuer.
        InvalidTrustMark: it is another's, not current, or its issuer may not issue it.
    """
    jwt = read_jwt(token, typ={TRUST_MARK})
    claims = Claims(jwt.claims, "Trust mark", InvalidTrustMark)
    kind, issuer = claims.text("trust_mark_type"), claims.entity("iss")
    if claims.entity("sub") != subject:
        raise claims.refusal(f"is of {claims.entity('sub')}, not of {subject}")
    if issuer != issuer_chain.entity:
        raise claims.refusal(f"is issued by {issuer}; the chain is of {issuer_chain.entity}")
    issued_at, expires_at = claims.instant("iat"), claims.optional_instant("exp")
    claims.require_current(issued_at, expires_at, now)
    claims.require_current(None, issuer_chain.expires_at, now)
    anchor = _anchor(issuer_chain)
    open_to_all = _require_accredited(claims, kind, issuer, anchor)
    check_signature(jwt, issuer_chain.keys, verify, what=f"Trust mark {kind}")
    delegated_until = _check_delegation(claims, kind, issuer, anchor, now, verify)
    return TrustMark(
        trust_mark_type=kind,
        issuer=issuer,
        subject=subject,
        anchor=issuer_chain.anchor,
        issued_at=issued_at,
        expires_at=_earliest(issuer_chain.expires_at, expires_at, delegated_until),
        open_to_all=open_to_all,
        claims=jwt.claims,
        token=token,
    )


def read_status(
    token: str,
    *,
    mark: TrustMark,
    keys: JwkSet,
    now: datetime,
    verify: Verify,
    max_age: timedelta,
) -> Status:
    """Read what the issuer answers about a trust mark.

    Args:
        token: the answer.
        mark: the trust mark that was asked about.
        keys: the issuer's federation keys.
        now: the present instant.
        verify: tells whether a token is signed by a key.
        max_age: how old an answer may be.

    Spec: OpenID Federation 1.0 §8.4.2
    Raises:
        InvalidJwt: it is no such answer, or not signed by the issuer.
        InvalidTrustMark: it is another's answer, about another mark, or an old one.
    """
    jwt = read_jwt(token, typ={STATUS_RESPONSE})
    claims = Claims(jwt.claims, "Trust mark status", InvalidTrustMark)
    if claims.entity("iss") != mark.issuer or claims.text("trust_mark") != mark.token:
        raise claims.refusal("is not its issuer's answer about this trust mark")
    issued_at = claims.instant("iat")
    claims.require_current(issued_at, issued_at + max_age, now)
    check_signature(jwt, keys, verify, what=claims.what)
    word = claims.text("status")
    return Status(word) if word in {one.value for one in Status} else Status.INVALID


def _anchor(chain: TrustChain) -> EntityConfiguration:
    """Take what the anchor says of itself: there it names who may issue which marks."""
    if chain.anchor_configuration is None:
        raise InvalidTrustMark(f"Trust chain of {chain.entity} leaves out its anchor's statement")
    return chain.anchor_configuration


def _require_accredited(
    claims: Claims, kind: str, issuer: EntityId, anchor: EntityConfiguration
) -> bool:
    """See that the anchor lets the issuer issue such marks; tell whether it lets everybody."""
    issuers = anchor.trust_mark_issuers.get(kind)
    if issuers is None or (issuers and issuer not in issuers):
        raise claims.refusal(
            f"is issued by {issuer}, whom {anchor.entity} does not let issue {kind}"
        )
    return not issuers


def _check_delegation(
    claims: Claims,
    kind: str,
    issuer: EntityId,
    anchor: EntityConfiguration,
    now: datetime,
    verify: Verify,
) -> datetime | None:
    """Check the owner's delegation, where the mark has or needs one; say until when it holds.

    Spec: OpenID Federation 1.0 §7.2.2
    """
    owner = anchor.trust_mark_owners.get(kind)
    token = claims.optional_text("delegation")
    if owner is None and token is None:
        return None
    if owner is None or token is None:
        missing = "owner known to the anchor" if owner is None else "delegation of its owner"
        raise claims.refusal(f"of type {kind} has no {missing}")
    jwt: SignedJwt = read_jwt(token, typ={DELEGATION})
    inner = Claims(jwt.claims, "Trust mark delegation", InvalidTrustMark)
    parties = (inner.entity("iss"), inner.entity("sub"), inner.text("trust_mark_type"))
    if parties != (owner.entity, issuer, kind):
        raise inner.refusal(f"is not one of {owner.entity} to {issuer} for {kind}")
    expires_at = inner.optional_instant("exp")
    inner.require_current(inner.instant("iat"), expires_at, now)
    check_signature(jwt, owner.keys, verify, what=inner.what)
    return expires_at


def _earliest(first: datetime, *others: datetime | None) -> datetime:
    return min((first, *(other for other in others if other is not None)))
