"""Trust chains: statements that lead from a subject to a pinned trust anchor, and what they make.

Spec: OpenID Federation 1.0 §4, §10.2
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from idp_federation.federation.constraints import check_constraints, keep_allowed_types
from idp_federation.federation.entity_statement import (
    EntityConfiguration,
    EntityStatement,
    SubordinateStatement,
    Use,
    read_statement,
    statement_claims,
)
from idp_federation.federation.errors import InvalidTrustAnchor, InvalidTrustChain
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet, Verify, check_signature
from idp_federation.federation.metadata import Metadata, override, require_own_issuer
from idp_federation.federation.metadata_policy import apply_policy, read_policy, resolve_policy

Anchors: TypeAlias = Mapping[EntityId, JwkSet]
"""The trust anchors, each with the keys pinned for it out of band."""

MAX_STATEMENTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustChain:
    """A chain that was found valid; only `validate_chain` makes one.

    Args:
        subject: the Entity Configuration that it begins with.
        statements: the Subordinate Statements, from the subject's superior up to the anchor.
        anchor: the trust anchor.
        anchor_configuration: what the anchor says of itself; None where the chain leaves it out.
        metadata: the subject's metadata, resolved.
        expires_at: when the first of its statements expires.
    """

    subject: EntityConfiguration
    statements: tuple[SubordinateStatement, ...]
    anchor: EntityId
    anchor_configuration: EntityConfiguration | None
    metadata: Metadata
    expires_at: datetime

    @property
    def entity(self) -> EntityId:
        """Whom the chain is about."""
        return self.subject.entity

    @property
    def keys(self) -> JwkSet:
        """The subject's federation keys, as its superior attests them."""
        return self.statements[0].keys if self.statements else self.subject.keys

    @property
    def tokens(self) -> tuple[str, ...]:
        """The chain as it is handed on."""
        last = self.anchor_configuration
        above = (last,) if last is not None and self.statements else ()
        every = (self.subject, *self.statements, *above)
        return tuple(statement.jwt.token for statement in every)


def validate_chain(
    tokens: Sequence[str],
    *,
    anchors: Anchors,
    now: datetime,
    verify: Verify,
    use: Use = Use.CHAIN,
) -> TrustChain:
    """Validate a trust chain and resolve its subject's metadata.

    Args:
        tokens: the statements from the subject's Entity Configuration to the anchor's, which may
            be left out.
        anchors: the anchors, with their pinned keys.
        now: the present instant.
        verify: tells whether a token is signed by a key.
        use: where the subject's own statement turned up.

    Raises:
        InvalidJwt, InvalidStatement: a statement breaks a rule or is not rightly signed.
        InvalidTrustAnchor: it ends at somebody who is not pinned.
        InvalidTrustChain: its statements do not follow one another.
        InvalidMetadata: a policy conflicts, or refuses the subject's metadata.
    """
    if not 1 <= len(tokens) <= MAX_STATEMENTS:
        raise InvalidTrustChain(
            f"Trust chain has {len(tokens)} statements; accepted are 1 to {MAX_STATEMENTS}"
        )
    first, *rest = tokens
    statements = [read_statement(first, use=use), *(read_statement(token) for token in rest)]
    subject, path, last = _in_order(statements)
    anchor = last.entity if last else path[-1].issuer
    if anchor not in anchors:
        raise InvalidTrustAnchor(f"Trust chain of {subject.entity} ends at {anchor}: not pinned")
    for statement in statements:
        statement_claims(statement.jwt).require_current(
            statement.issued_at, statement.expires_at, now
        )
    _check_hint(subject, path)
    _check_signatures(statements, anchors[anchor], verify)
    return TrustChain(
        subject=subject,
        statements=path,
        anchor=anchor,
        anchor_configuration=last,
        metadata=resolve_metadata(subject, path),
        expires_at=min(statement.expires_at for statement in statements),
    )


def resolve_metadata(
    subject: EntityConfiguration, statements: Sequence[SubordinateStatement]
) -> Metadata:
    """Resolve a subject's metadata: its superior's, then the constraints, then the policies.

    Spec: OpenID Federation 1.0 §6.1.4, §6.2
    Raises:
        ConstraintViolated: a superior's constraints do not allow the path.
        InvalidMetadata: policies conflict or refuse the metadata.
    """
    metadata = subject.metadata
    if statements:
        metadata = override(metadata, statements[0].metadata)
    below = [subject.entity]
    for statement in statements:
        check_constraints(statement.constraints, below)
        metadata = keep_allowed_types(statement.constraints, metadata)
        below.append(statement.issuer)
    policies = [
        read_policy(statement.metadata_policy)
        for statement in reversed(statements)
        if statement.metadata_policy is not None
    ]
    resolved = apply_policy(resolve_policy(policies), metadata)
    require_own_issuer(resolved, subject.entity)
    return resolved


def check_anchor(configuration: EntityConfiguration, pinned: JwkSet, verify: Verify) -> None:
    """See that an anchor's Entity Configuration is signed by a pinned key that it still names.

    Spec: OpenID Federation 1.0 §10.2
    Raises:
        InvalidJwt: it is not.
    """
    what = f"Entity Configuration of the trust anchor {configuration.entity}"
    check_signature(configuration.jwt, pinned, verify, what=what)
    check_signature(configuration.jwt, configuration.keys, verify, what=what)


def _in_order(
    statements: Sequence[EntityStatement],
) -> tuple[EntityConfiguration, tuple[SubordinateStatement, ...], EntityConfiguration | None]:
    """Take a chain apart, seeing that each statement is about the issuer of the one before."""
    first, rest, last = statements[0], list(statements[1:]), statements[-1]
    if not isinstance(first, EntityConfiguration):
        raise InvalidTrustChain("Trust chain does not begin with its subject's configuration")
    if isinstance(last, EntityConfiguration) and rest:
        rest.pop()
        if not rest:
            raise InvalidTrustChain(f"Trust chain has no statement about {first.entity}")
    path: list[SubordinateStatement] = []
    seen = {first.entity}
    expected = first.entity
    for statement in rest:
        if not isinstance(statement, SubordinateStatement) or statement.subject != expected:
            raise InvalidTrustChain(f"Trust chain has no statement about {expected} in its place")
        if statement.issuer in seen:
            raise InvalidTrustChain(f"Trust chain comes back to {statement.issuer}")
        expected = statement.issuer
        seen.add(expected)
        path.append(statement)
    end = last if isinstance(last, EntityConfiguration) else None
    if end is not None and end.entity != expected:
        raise InvalidTrustChain(f"Trust chain ends with {end.entity}; right would be {expected}")
    return first, tuple(path), end


def _check_hint(subject: EntityConfiguration, path: Sequence[SubordinateStatement]) -> None:
    if path and path[0].issuer not in subject.authority_hints:
        raise InvalidTrustChain(
            f"{subject.entity} does not name {path[0].issuer} in its authority_hints",
            where="authority_hints",
        )


def _check_signatures(
    statements: Sequence[EntityStatement], pinned: JwkSet, verify: Verify
) -> None:
    """See that each statement is signed by a key of the next, and the last by a pinned one."""
    subject, last = statements[0], statements[-1]
    for statement, above in pairwise(statements):
        check_signature(
            statement.jwt, above.keys, verify, what=statement_claims(statement.jwt).what
        )
    check_signature(subject.jwt, subject.keys, verify, what=statement_claims(subject.jwt).what)
    if isinstance(last, EntityConfiguration):
        check_anchor(last, pinned, verify)
    else:
        check_signature(last.jwt, pinned, verify, what=statement_claims(last.jwt).what)
