"""Metadata of an entity, by Entity Type."""

from collections.abc import Mapping
from typing import TypeAlias

from idp_federation.federation.errors import InvalidMetadata
from idp_federation.federation.identifiers import EntityId
from kit.json import JsonObject, JsonValue

Metadata: TypeAlias = Mapping[str, JsonObject]
"""Entity Type → metadata parameter → value."""

FEDERATION_ENTITY = "federation_entity"
OPENID_PROVIDER = "openid_provider"
OPENID_RELYING_PARTY = "openid_relying_party"


def read_metadata(value: JsonValue, *, what: str) -> Metadata:
    """Read a `metadata` claim: objects by Entity Type, no parameter null.

    Spec: OpenID Federation 1.0 §5
    Raises:
        InvalidMetadata: it is of another form.
    """
    if not isinstance(value, dict):
        raise InvalidMetadata(f"Metadata of {what} are not an object", where="metadata")
    found: dict[str, JsonObject] = {}
    for entity_type, parameters in value.items():
        if not isinstance(parameters, dict):
            raise InvalidMetadata(
                f"Metadata of {what} have no object for {entity_type}", where=entity_type
            )
        nulls = [name for name, one in parameters.items() if one is None]
        if nulls:
            raise InvalidMetadata(
                f"Metadata of {what} have null in {nulls[0]}; right would be to leave it out",
                where=f"{entity_type}/{nulls[0]}",
            )
        found[entity_type] = parameters
    return found


def override(own: Metadata, superior: Metadata) -> Metadata:
    """Let what the immediate superior states take the place of what the entity says of itself.

    Entity Types that the entity does not have are not added.

    Spec: OpenID Federation 1.0 §3.1.1

    >>> override({"openid_provider": {"a": 1, "b": 1}}, {"openid_provider": {"b": 2}, "other": {}})
    {'openid_provider': {'a': 1, 'b': 2}}
    """
    return {kind: {**parameters, **superior.get(kind, {})} for kind, parameters in own.items()}


def require_own_issuer(metadata: Metadata, entity: EntityId) -> None:
    """See that an OpenID Provider's `issuer` is its Entity Identifier.

    Spec: OpenID Federation 1.0 §5.1.3
    Raises:
        InvalidMetadata: it is another.
    """
    issuer = metadata.get(OPENID_PROVIDER, {}).get("issuer", entity)
    if issuer != entity:
        raise InvalidMetadata(
            f"OpenID Provider {entity} has the issuer {issuer!r}; right is its own identifier",
            where="openid_provider/issuer",
        )
