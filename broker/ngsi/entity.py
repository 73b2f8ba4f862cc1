"""Entity, the state of a thing, and Fragment, what a request says of it (§4.5, §5.2.4).

Attributes are kept as JSON in one *stored form*, the same in memory and in the database, so that
nothing is converted on the hot path:

    {attribute IRI: [instance, …]}

    instance = {"type": "Property", "value": …,          the kind and its value member (§4.5.2 …)
                "unitCode", "observedAt", "datasetId", "valueType", "objectType", "expiresAt",
                "lang"                                    members that are not reified, if given
                "createdAt", "modifiedAt",                only where they differ, see below
                sub-attribute IRI: [instance, …]}         reified members, at any depth

- A key with a colon is an IRI and so a sub-attribute; one without is a member of the standard.
- Instants are strings of `format_instant`. `datasetId` is absent on the default instance.
- An instance without `createdAt` was created with what holds it (its entity, or its parent
  instance); one without `modifiedAt` was last modified when it was created.
- vocab, objectType and valueType hold IRIs; objectList holds bare URIs; a geometry is an object;
  every other value is opaque and kept as it came.

An instance is never changed in place: make a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from broker.ngsi.names import EntityId, Iri
from kit.json import JsonObject

Instance: TypeAlias = JsonObject
"""One attribute instance in stored form."""

Attributes: TypeAlias = Mapping[Iri, list[Instance]]
"""The attributes of an Entity in stored form; never an empty list."""

DELETION: Instance = {"deleted": True}
"""In a Fragment: the default instance is to be deleted (with "datasetId": that one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The current state of one Entity (§4.5.1).

    Args:
        scopes: as given, without a doubled one; empty: none.
        expires_at: after this instant the Entity is not served (§4.22); None: durable.
    """

    id: EntityId
    types: tuple[Iri, ...]
    attributes: Attributes
    created_at: datetime
    modified_at: datetime
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """What one request says of an Entity, expanded and valid (§5.4 Entity Fragment).

    Args:
        id: None where the request's URL names the entity and the body does not.
        types: empty where the fragment says nothing of the type.
        attributes: may hold deletions: `{"deleted": True}`, with a datasetId or without (§4.5.0).
            Inside a Property's object value the NGSI-LD Null stays as it is (merge only, §5.5.8).
        scopes: None where the fragment says nothing of scopes; empty: to be removed.
        expires_at: None where the fragment says nothing of it, or to remove it:
        removes_expiry: the fragment removes the Entity's expiry with the NGSI-LD Null.
    """

    id: EntityId | None = None
    types: tuple[Iri, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    removes_expiry: bool = False
