"""Who this platform is in a federation, and whom it stands above.

Spec: OpenID Federation 1.0 §1.2, §3
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import cast

from idp_federation.federation.claims import Claims
from idp_federation.federation.constraints import read_constraints
from idp_federation.federation.entity_statement import EntityConfiguration
from idp_federation.federation.errors import InvalidRequest
from idp_federation.federation.identifiers import EntityId, entity_id
from idp_federation.federation.jwt import JwkSet, read_keys
from idp_federation.federation.metadata import Metadata, read_metadata
from idp_federation.federation.metadata_policy import read_policy
from kit.json import JsonObject, JsonValue


class Role(Enum):
    """Where an entity stands: at the top, between, or at the end."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"
    LEAF = "leaf"

    @property
    def has_subordinates(self) -> bool:
        """Whether others may stand below it."""
        return self is not Role.LEAF


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """This platform as a member of a federation.

    Args:
        role: where it stands.
        authority_hints: its immediate superiors; none of a trust anchor.
        name: its organisation, in Japanese.
        name_en: the same in English.
        contacts: whom to ask, as mail addresses.
        is_provider: whether people sign in here.
        mark_issuers: of a trust anchor: who may issue which type of trust marks.
    """

    role: Role
    authority_hints: tuple[EntityId, ...] = ()
    name: str = ""
    name_en: str = ""
    contacts: tuple[str, ...] = ()
    is_provider: bool = True
    mark_issuers: Mapping[str, tuple[EntityId, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subordinate:
    """Somebody of whom this platform makes statements.

    Args:
        entity: who.
        keys: its federation keys, as they were told out of band or by its own signature since.
        entity_types: what it was enrolled as.
        metadata: what takes the place of what it says of itself.
        metadata_policy: what its metadata and those below it have to keep to; {} for nothing.
        constraints: how deep, under which names, of which types; {} for nothing.
        enrolled_at: since when.
    """

    entity: EntityId
    keys: JwkSet
    entity_types: tuple[str, ...]
    metadata: Metadata = field(default_factory=dict)
    metadata_policy: JsonObject = field(default_factory=dict)
    constraints: JsonObject = field(default_factory=dict)
    enrolled_at: datetime

    @property
    def is_intermediate(self) -> bool:
        """Whether others stand below it: it would have been enrolled as nothing else then."""
        return "federation_entity" in self.entity_types


def member_from_json(given: JsonObject) -> Member:
    """Read what an operator says of this platform.

    Raises:
        InvalidRequest: a trust anchor names superiors, somebody else none, or a word is unknown.
    """
    claims = Claims(given, "Membership", InvalidRequest)
    try:
        role = Role(claims.text("role"))
    except ValueError:
        words = ", ".join(one.value for one in Role)
        raise claims.refusal(f"has an unknown role; right would be {words}") from None
    hints = tuple(
        claims.entity_in(one, "authority_hints") for one in claims.array("authority_hints")
    )
    if (role is Role.ANCHOR) == bool(hints):
        right = "no superior" if role is Role.ANCHOR else "at least one superior"
        raise claims.refusal(f"of a {role.value} needs {right} in authority_hints")
    issuers = claims.members_of("mark_issuers") if "mark_issuers" in claims else {}
    if issuers and role is not Role.ANCHOR:
        raise claims.refusal("names mark_issuers, which a trust anchor alone does")
    return Member(
        role=role,
        authority_hints=hints,
        name=_text(given, "name"),
        name_en=_text(given, "name_en"),
        contacts=claims.texts_in(claims.array("contacts"), "contacts", empty=True),
        is_provider=given.get("is_provider") is not False,
        mark_issuers={
            kind: tuple(
                claims.entity_in(one, "mark_issuers")
                for one in claims.texts_in(listed, "mark_issuers")
            )
            for kind, listed in issuers.items()
        },
    )


def member_as_json(member: Member) -> JsonObject:
    """Write it as `member_from_json` reads it."""
    return {
        "role": member.role.value,
        "authority_hints": [*member.authority_hints],
        "name": member.name,
        "name_en": member.name_en,
        "contacts": [*member.contacts],
        "is_provider": member.is_provider,
        "mark_issuers": {kind: [*issuers] for kind, issuers in member.mark_issuers.items()},
    }


def subordinate_of(
    configuration: EntityConfiguration, terms: JsonObject, *, now: datetime
) -> Subordinate:
    """Make a subordinate of what an entity says of itself, on terms that a superior sets.

    Args:
        configuration: its Entity Configuration.
        terms: `metadata`, `metadata_policy` and `constraints`, each as it goes into statements.
        now: the present instant.

    Raises:
        InvalidStatement, InvalidMetadata: the terms are not what they have to be.
    """
    return subordinate_from_json(
        configuration.entity,
        {
            "jwks": configuration.keys.as_json(),
            "entity_types": [*configuration.metadata],
            **{name: terms.get(name) or {} for name in _TERMS},
        },
        enrolled_at=now,
    )


_TERMS = ("metadata", "metadata_policy", "constraints")


def subordinate_from_json(entity: str, given: JsonObject, *, enrolled_at: datetime) -> Subordinate:
    """Read what is kept of a subordinate, or given by an operator.

    Raises:
        InvalidRequest, InvalidJwt, InvalidStatement, InvalidMetadata: it cannot be used so.
    """
    what = f"Terms of {entity}"
    policy, constraints = given.get("metadata_policy") or {}, given.get("constraints") or {}
    read_policy(policy)
    read_constraints(constraints, what=what)
    return Subordinate(
        entity=entity_id(entity),
        keys=read_keys(given.get("jwks"), what=f"jwks of {entity}"),
        entity_types=_texts(given.get("entity_types")),
        metadata=read_metadata(given.get("metadata") or {}, what=what),
        metadata_policy=cast(JsonObject, policy),
        constraints=cast(JsonObject, constraints),
        enrolled_at=enrolled_at,
    )


def subordinate_as_json(subordinate: Subordinate) -> JsonObject:
    """Write it as `subordinate_from_json` reads it."""
    return {
        "jwks": subordinate.keys.as_json(),
        "entity_types": [*subordinate.entity_types],
        "metadata": {**subordinate.metadata},
        "metadata_policy": subordinate.metadata_policy,
        "constraints": subordinate.constraints,
    }


def _text(given: JsonObject, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
