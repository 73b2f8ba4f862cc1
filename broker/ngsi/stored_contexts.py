"""Stored @contexts: hosted for clients, cached from elsewhere, or made by the broker (§5.13)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.ngsi.values import format_instant
from kit.json import JsonObject


class ContextKind(Enum):
    """Why a @context is stored (§5.13.1)."""

    HOSTED = "Hosted"
    CACHED = "Cached"
    IMPLICITLY_CREATED = "ImplicitlyCreated"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContext:
    """One stored @context.

    Args:
        local_id: a URI, unique in the tenant.
        url: where a cached one came from; None for the others.
        document: `{"@context": …}`.
        expires_at: when a cached one must be asked for again (§6.3.16).
        hits: how often requests used it.
    """

    local_id: str
    kind: ContextKind
    document: JsonObject
    created_at: datetime
    url: str | None = None
    expires_at: datetime | None = None
    last_usage: datetime | None = None
    hits: int = 0


def metadata(stored: StoredContext, *, url: str) -> JsonObject:
    """Describe a stored @context as the list with details does.

    Spec: CIM 009 §5.13.3.5

    Args:
        stored: the context.
        url: where it can be fetched: its origin, or this broker's address of it.
    """
    told: JsonObject = {
        "URL": url,
        "localId": stored.local_id,
        "kind": stored.kind.value,
        "createdAt": format_instant(stored.created_at),
        "numberOfHits": stored.hits,
    }
    if stored.expires_at is not None:
        told["expiresAt"] = format_instant(stored.expires_at)
    if stored.last_usage is not None:
        told["lastUsage"] = format_instant(stored.last_usage)
    return told
