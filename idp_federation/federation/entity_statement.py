"""Entity Statements: what an entity says of itself, and what a superior says of it.

Spec: OpenID Federation 1.0 §3
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from idp_federation.federation.claims import Claims
from idp_federation.federation.constraints import Constraints, read_constraints
from idp_federation.federation.errors import InvalidJwt, InvalidStatement
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet, SignedJwt, read_jwt, unverified_claims
from idp_federation.federation.metadata import Metadata, read_metadata, require_own_issuer
from idp_federation.federation.policy_operators import OPERATORS
from kit.json import JsonObject, JsonValue

ENTITY_STATEMENT = "entity-statement+jwt"
_COMMON = {"iss", "sub", "iat", "exp", "jwks", "metadata", "crit"}
_ONLY_CONFIGURATION = {
    "authority_hints", "trust_anchor_hints", "trust_marks", "trust_mark_issuers",
    "trust_mark_owners",
}  # fmt: skip
_ONLY_SUBORDINATE = {"constraints", "metadata_policy", "metadata_policy_crit", "source_endpoint"}
_ONLY_REGISTRATION = {"aud", "trust_anchor"}
DEFINED = _COMMON | _ONLY_CONFIGURATION | _ONLY_SUBORDINATE | _ONLY_REGISTRATION
"""The claims that the standard itself defines, and that `crit` may therefore not name."""


class Use(Enum):
    """Where a statement turns up: registration allows it a few claims more."""

    CHAIN = "chain"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustMarkEntry:
    """A trust mark as an Entity Configuration carries it: its type, and the JWT unverified."""

    trust_mark_type: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustMarkOwner:
    """Who owns a type of trust marks, and the keys it delegates with."""

    entity: EntityId
    keys: JwkSet


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityConfiguration:
    """What an entity says of itself; every claim well formed, none yet believed."""

    entity: EntityId
    issued_at: datetime
    expires_at: datetime
    keys: JwkSet
    metadata: Metadata
    authority_hints: tuple[EntityId, ...]
    trust_anchor_hints: tuple[EntityId, ...]
    trust_marks: tuple[TrustMarkEntry, ...]
    trust_mark_issuers: Mapping[str, tuple[EntityId, ...]]
    trust_mark_owners: Mapping[str, TrustMarkOwner]
    jwt: SignedJwt


@dataclass(frozen=True, slots=True, kw_only=True)
class SubordinateStatement:
    """What a superior says of its immediate subordinate; well formed, not yet believed."""

    issuer: EntityId
    subject: EntityId
    issued_at: datetime
    expires_at: datetime
    keys: JwkSet
    metadata: Metadata
    metadata_policy: JsonObject | None
    constraints: Constraints
    source_endpoint: str | None
    jwt: SignedJwt


EntityStatement: TypeAlias = EntityConfiguration | SubordinateStatement


def read_statement(
    token: str, *, understood: frozenset[str] = frozenset(), use: Use = Use.CHAIN
) -> EntityStatement:
    """Read an Entity Statement of either kind.

    Args:
        token: the JWT.
        understood: the claims beyond the standard that the caller understands.
        use: where it turned up.

    Spec: OpenID Federation 1.0 §3.2
    Raises:
        InvalidJwt: it is no JWT of this kind.
        InvalidStatement, InvalidMetadata: a claim breaks a rule.
    """
    jwt = read_jwt(token, typ={ENTITY_STATEMENT})
    claims = statement_claims(jwt)
    issuer, subject = claims.entity("iss"), claims.entity("sub")
    if use is Use.CHAIN:
        _refuse(claims, _ONLY_REGISTRATION, "an Entity Statement of a chain")
        if {"trust_chain", "peer_trust_chain"} & jwt.header.keys():
            raise claims.refusal("has a trust chain in its header, being part of one")
    _require_understood(claims, understood)
    if issuer == subject:
        _refuse(claims, _ONLY_SUBORDINATE, "an Entity Configuration")
        return _configuration(claims, subject, jwt)
    _refuse(claims, _ONLY_CONFIGURATION, "a Subordinate Statement")
    return _subordinate(claims, issuer, subject, jwt)


def read_configuration(token: str, *, use: Use = Use.CHAIN) -> EntityConfiguration:
    """Read an Entity Configuration.

    Raises:
        InvalidStatement: it is a Subordinate Statement, or breaks a rule.
    """
    statement = read_statement(token, use=use)
    if isinstance(statement, EntityConfiguration):
        return statement
    raise InvalidStatement(
        f"Statement of {statement.issuer} about {statement.subject} is no Entity Configuration"
    )


def read_subordinate(token: str) -> SubordinateStatement:
    """Read a Subordinate Statement.

    Raises:
        InvalidStatement: it is an Entity Configuration, or breaks a rule.
    """
    statement = read_statement(token)
    if isinstance(statement, SubordinateStatement):
        return statement
    raise InvalidStatement(
        f"Entity Configuration of {statement.entity} is no Subordinate Statement"
    )


def statement_claims(jwt: SignedJwt) -> Claims:
    """Take the claims of a statement, to be refused as one."""
    issuer, subject = jwt.claims.get("iss"), jwt.claims.get("sub")
    what = f"Statement of {_shown(issuer)} about {_shown(subject)}"
    return Claims(jwt.claims, what, InvalidStatement)


def _configuration(claims: Claims, entity: EntityId, jwt: SignedJwt) -> EntityConfiguration:
    metadata = _metadata(claims)
    require_own_issuer(metadata, entity)
    return EntityConfiguration(
        entity=entity,
        issued_at=claims.instant("iat"),
        expires_at=claims.instant("exp"),
        keys=claims.keys("jwks"),
        metadata=metadata,
        authority_hints=claims.entities("authority_hints"),
        trust_anchor_hints=claims.entities("trust_anchor_hints"),
        trust_marks=tuple(_mark(claims, one) for one in claims.array("trust_marks")),
        trust_mark_issuers=_issuers(claims),
        trust_mark_owners=_owners(claims),
        jwt=jwt,
    )


def _subordinate(
    claims: Claims, issuer: EntityId, subject: EntityId, jwt: SignedJwt
) -> SubordinateStatement:
    _require_no_critical_operators(claims)
    has_policy = "metadata_policy" in claims
    has_constraints = "constraints" in claims
    return SubordinateStatement(
        issuer=issuer,
        subject=subject,
        issued_at=claims.instant("iat"),
        expires_at=claims.instant("exp"),
        keys=claims.keys("jwks"),
        metadata=_metadata(claims),
        metadata_policy=claims.members_of("metadata_policy") if has_policy else None,
        constraints=read_constraints(claims.members["constraints"], what=claims.what)
        if has_constraints
        else Constraints(),
        source_endpoint=claims.url("source_endpoint"),
        jwt=jwt,
    )


def _metadata(claims: Claims) -> Metadata:
    return read_metadata(claims.members.get("metadata", {}), what=claims.what)


def _refuse(claims: Claims, names: set[str], kind: str) -> None:
    misplaced = sorted(names & claims.members.keys())
    if misplaced:
        raise claims.refusal(f"has {misplaced[0]}, which {kind} may not have")


def _require_understood(claims: Claims, understood: frozenset[str]) -> None:
    """See that every critical claim is there, foreign to the standard and understood."""
    critical = claims.texts("crit")
    if len(set(critical)) != len(critical):
        raise claims.refusal("names a claim twice in crit")
    for name in critical:
        if name in DEFINED or name not in claims:
            raise claims.refusal(f"names {name} in crit, where it may not stand")
        if name not in understood:
            raise claims.refusal(f"has the critical claim {name}, which is not understood")


def _require_no_critical_operators(claims: Claims) -> None:
    """Refuse operators that have to be understood: beyond the standard's there are none here."""
    for operator in claims.texts("metadata_policy_crit"):
        wrong = "standard" if operator in OPERATORS else "not understood"
        raise claims.refusal(f"names {operator} in metadata_policy_crit, which is {wrong}")


def _mark(claims: Claims, value: JsonValue) -> TrustMarkEntry:
    entry = Claims(value if isinstance(value, dict) else {}, claims.what, claims.refuse)
    kind, token = entry.text("trust_mark_type"), entry.text("trust_mark")
    try:
        inside = unverified_claims(token).get("trust_mark_type")
    except InvalidJwt as wrong:
        raise claims.refusal(f"has a broken trust mark: {wrong.detail}") from None
    if inside != kind:
        raise claims.refusal(f"lists a trust mark as {kind} that is of type {inside!r}")
    return TrustMarkEntry(trust_mark_type=kind, token=token)


def _issuers(claims: Claims) -> Mapping[str, tuple[EntityId, ...]]:
    if "trust_mark_issuers" not in claims:
        return {}
    return {
        kind: tuple(
            claims.entity_in(issuer, "trust_mark_issuers")
            for issuer in claims.texts_in(issuers, "trust_mark_issuers", empty=True)
        )
        for kind, issuers in claims.members_of("trust_mark_issuers").items()
    }


def _owners(claims: Claims) -> Mapping[str, TrustMarkOwner]:
    if "trust_mark_owners" not in claims:
        return {}
    owners: dict[str, TrustMarkOwner] = {}
    for kind, owner in claims.members_of("trust_mark_owners").items():
        members = Claims(owner if isinstance(owner, dict) else {}, claims.what, claims.refuse)
        owners[kind] = TrustMarkOwner(entity=members.entity("sub"), keys=members.keys("jwks"))
    return owners


def _shown(value: JsonValue) -> str:
    return value[:200] if isinstance(value, str) else repr(value)[:60]
